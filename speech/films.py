"""Films with captions: what is wanted, what comes of it, and who makes it, as a contract. How, this does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import quote

from .calls import Call
from .labels import Labels
from .names import stem
from .transcript import Transcript

PIECE = 1 << 18  # bytes

HowFar = Callable[[float], None]  # is told of every second of a film that is done, more or less


class Captions(StrEnum):
    SOFT = "soft"  # a track of text that a player shows or hides; pictures and sound stay as they are, to the bit
    BURNT = "burnt"  # part of the pictures, which are coded anew


@dataclass(frozen=True, slots=True)
class Film:
    """A finished one. `file` is open, at its start, and has no name any more: closed, it is gone."""

    file: BinaryIO
    n_bytes: int
    suffix: str  # without a dot, as "mp4"
    media_type: str

    def headers(self, name: str) -> dict[str, str]:
        """Of an answer that is this film, of a file that its owner calls so."""
        named = quote(f"{stem(name)}.{self.suffix}")
        return {
            "Content-Disposition": f"attachment; filename*=UTF-8''{named}",
            "Content-Length": str(self.n_bytes),
            "Cache-Control": "no-store",
        }

    def pieces(self) -> Iterator[bytes]:
        """The whole, once; closes the file."""
        with self.file:
            while piece := self.file.read(PIECE):
                yield piece


def unheard(_: float) -> None:
    """For who does not want to know how far a film is."""


class Captioner(Protocol):
    """Both block, heed the call, and are for any thread. A film is hostile: Transcriber.vet comes first."""

    def check(self, film: Path | BinaryIO, call: Call) -> None:
        """In a moment. Raises NoPictures or FilmNotWritten."""
        ...

    def caption(
        self,
        film: Path | BinaryIO,
        heard: Transcript,
        labels: Labels,
        captions: Captions,
        call: Call,
        how_far: HowFar = unheard,
    ) -> Film:
        """`heard`: by the times of the sound alone. Raises NoPictures, FilmNotWritten, FilmTooLarge, NoFont or StorageFull."""
        ...
