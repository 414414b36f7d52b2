"""What goes wrong, in one sentence on stderr. Knows nothing of exit statuses but what it is told."""

from __future__ import annotations

import sys

from tqdm import tqdm


class WrongUsage(Exception):
    """What was typed cannot be meant."""


def complain(sentence: str, status: int = 1) -> int:
    """Gives the status back, for whoever ends with it. Leaves bars of progress as they are."""
    tqdm.write(sentence, file=sys.stderr)
    return status
