"""Which file a browser means. It knows no path: uploads have tokens, and our own samples have names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from speech.errors import MissingFile, PathNotAllowed

from .samples import Sample

LONGEST_NAME = 255  # characters of an upload's name
LONGEST_STEM = 80  # characters of a download's name


@dataclass(frozen=True, slots=True)
class Choice:
    """A file that may be read, and the name a person knows it by."""

    path: Path
    name: str


def choose(posted: object, samples: Sequence[Sample], sent: Callable[[str], Choice]) -> Choice:
    """The file that the source widget posted: {"token": what came as that file} or {"sample": a sample's file name}.

    `sent` finds a file by its token. Raises MissingFile where nothing was chosen, PathNotAllowed for everything else.
    """
    if not posted:
        raise MissingFile()
    match posted:
        case {"sample": name}:
            return _sample(name, samples)
        case {"token": str(token)}:
            return sent(token)
    raise PathNotAllowed()


def _sample(posted: object, samples: Sequence[Sample]) -> Choice:
    for sample in samples:
        if sample.path.name == posted:
            return Choice(sample.path, sample.path.name)
    raise PathNotAllowed()


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
