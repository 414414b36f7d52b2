"""Which file a browser means. It knows no path: uploads have tokens, and our own samples have names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from speech.errors import MissingFile, PathNotAllowed
from speech.names import bare, stem

from .samples import Sample

__all__ = ["Choice", "bare", "choose", "stem"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A file that may be read, and the name a person knows it by."""

    path: Path
    name: str
    posted: Mapping[str, str] = field(default_factory=dict)  # as the page says it


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
            return replace(sent(token), posted={"token": token})
    raise PathNotAllowed()


def _sample(posted: object, samples: Sequence[Sample]) -> Choice:
    for sample in samples:
        if sample.path.name == posted:
            return Choice(sample.path, sample.path.name, {"sample": sample.path.name})
    raise PathNotAllowed()
