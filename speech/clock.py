"""Where the seconds of a run go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from .mixing import Samples
from .spans import Span


class Clock:
    """Runs from when it is made. `decode` and `vad` are what was spent in each, in s."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self.decode = self.vad = 0.0

    @property
    def total(self) -> float:
        return time.perf_counter() - self._started

    def decoding(self, samples: Iterable[Samples]) -> Iterator[Samples]:
        pieces = iter(samples)
        while True:
            started = time.perf_counter()
            piece = next(pieces, None)
            self.decode += time.perf_counter() - started
            if piece is None:
                return
            yield piece

    def cutting(self, cut: Callable[[], list[Span]]) -> list[Span]:
        started = time.perf_counter()
        places = cut()
        self.vad += time.perf_counter() - started
        return places
