"""The clips of one recording on their way through the engine. Knows nothing of files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future

from .batching import Answer, Batcher, Request
from .engine import Clip
from .errors import Cancelled
from .hearing import Ask, Progress
from .spans import Span
from .transcript import Transcript
from .windows import Piece

LOOK = 0.25  # s between two looks whether a caller still waits


class Clips:
    """The clips of one file: handed to the engine as they are cut, heard in the order of time."""

    def __init__(self, batcher: Batcher, ask: Ask, request: Request) -> None:
        self._batcher, self._ask, self._request = batcher, ask, request
        self._open: deque[tuple[Piece, Future[Answer]]] = deque()
        self._reached = 0.0  # s
        self.asked = False
        self.parts: list[Transcript] = []
        self.queued, self.engine = 0.0, 0.0  # s: until the first clip was taken up, and of the forward passes

    def add(self, pieces: Sequence[Piece]) -> None:
        self.asked = True
        futures = self._batcher.submit([self._clip(piece) for piece in pieces], self._request)
        self._open.extend(zip(pieces, futures, strict=True))

    def _clip(self, piece: Piece) -> Clip:
        wanted = Span(piece.before, piece.before + piece.place.length)
        alone = wanted.length >= piece.waveform.duration
        return Clip(piece.waveform, self._ask.language, self._ask.itn, self._ask.among, None if alone else wanted)

    def heard(self, duration: float, ahead: float = 0.0) -> Iterator[Progress]:
        """What is heard by now, and more until no more than `ahead` seconds are open."""
        while self._open and (self._open[0][1].done() or self._seconds() > ahead):
            piece, future = self._open[0]
            answer = self._result(future)
            self._open.popleft()  # only now: until it is answered it can be withdrawn
            self.queued = self.queued if self.parts else answer.queued
            self.engine += answer.engine
            self.parts.append(answer.transcript.shift(piece.place.start - piece.before).said_by(piece.speaker))
            self._reached = max(self._reached, piece.place.end)  # who speaks alone may end later than who comes next
            yield Progress(self._reached, duration, self.parts[-1].segments)

    def _seconds(self) -> float:
        return sum(piece.place.length for piece, _ in self._open)

    def _result(self, future: Future[Answer]) -> Answer:
        """The answer of a clip, looking now and then whether it is still wanted."""
        while True:
            self._request.call.heed()
            try:
                return future.result(timeout=self._request.call.left(most=LOOK))
            except TimeoutError:
                continue
            except CancelledError:  # the queue saw first that nobody waits any more
                self._request.call.heed()
                raise Cancelled() from None

    def withdraw(self) -> None:
        for _, future in self._open:
            future.cancel()
