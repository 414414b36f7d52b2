"""Names of files as people give them, made harmless."""

from __future__ import annotations

import re

LONGEST_NAME = 255  # characters of an upload's name
LONGEST_STEM = 80  # characters of a download's name


def bare(name: str) -> str:
    """A file's name as a person knows it: without folders and control characters, and not endless."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c for c in last if c.isprintable())[:LONGEST_NAME].strip() or "audio"


def stem(name: str) -> str:
    """What exports of a file are called: its name without folder and ending, harmless on every system and in a header.

    >>> stem("../My talk (1).final.mp4")
    'My_talk_1_.final'
    """
    last = re.split(r"[/\\]", name)[-1]
    bare = last.rpartition(".")[0] or last
    safe = re.sub(r"[^\w.-]+", "_", bare).strip("._- ")[:LONGEST_STEM]
    return f"_{safe}" if safe.upper().split(".")[0] in _RESERVED else safe or "transcript"


# names that Windows keeps for devices
_RESERVED = {"CON", "PRN", "AUX", "NUL"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
