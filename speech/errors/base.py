"""What all faults have in common."""

from __future__ import annotations


class SpeechError(Exception):
    """The base of all faults that Earshot names."""

    code = "internal"
    param: str | None = None
