"""Which file a browser means. What it posts is not believed: only uploads and our own samples are read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from speech.errors import MissingFile, PathNotAllowed

from .samples import Sample

LONGEST_STEM = 80  # characters of a download's name


@dataclass(frozen=True, slots=True)
class Choice:
    """A file that may be read, and the name a person knows it by."""

    path: Path
    name: str


def choose(posted: object, samples: Sequence[Sample], folder: Path) -> Choice:
    """The file that the source widget posted: {"path": an upload} or {"sample": a sample's file name}.

    Raises MissingFile where nothing was chosen, PathNotAllowed for every other file.
    """
    if not posted:
        raise MissingFile()
    if not isinstance(posted, Mapping):
        raise PathNotAllowed()
    if "sample" in posted:
        return _sample(posted["sample"], samples)
    path = uploaded(posted.get("path"), folder)
    return Choice(path, path.name)


def uploaded(posted: object, folder: Path) -> Path:
    """The real path of a file below the upload folder, links followed. Raises PathNotAllowed."""
    if not isinstance(posted, str):
        raise PathNotAllowed()
    try:
        path = Path(posted).resolve()
        allowed = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError) as fault:  # too long, or with a NUL
        raise PathNotAllowed() from fault
    if not allowed:
        raise PathNotAllowed()
    return path


def _sample(posted: object, samples: Sequence[Sample]) -> Choice:
    for sample in samples:
        if sample.path.name == posted:
            return Choice(sample.path, sample.path.name)
    raise PathNotAllowed()


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
