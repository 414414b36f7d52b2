"""What a recording is when somebody cleans it on its way from the decoder to whoever hears it. How, this does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .audio import Decoding, MediaInfo
from .calls import Call
from .mixing import Samples

# Gives as many samples as it takes, each in its place, and keeps few in hand. Raises CleaningFailed, and what the call raises.
Cleaner = Callable[[Iterable[Samples], Call], Iterator[Samples]]


class Cleaned:
    """A Decoding whose samples went through a cleaner: of the same length, at the same times."""

    def __init__(self, decoding: Decoding, cleaner: Cleaner, call: Call) -> None:
        self._decoding, self._cleaner, self._call = decoding, cleaner, call

    def __iter__(self) -> Iterator[Samples]:
        return self._cleaner(self._decoding, self._call)

    @property
    def info(self) -> MediaInfo:
        return self._decoding.info

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._decoding.warnings

    @property
    def expected(self) -> float | None:
        return self._decoding.expected
