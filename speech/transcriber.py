"""The pipeline: decode, find speech, cut, hear, put together, window by window. Both doors and the command line call this.

Knows nothing of HTTP, Gradio, torch or where weights come from.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np

from . import cutting
from .audio import SAMPLE_RATE, DecodeLimits, Decoding, MediaInfo, Opener, Stream, Waveform
from .batching import Answer, Batcher, BatcherOptions, Request
from .calls import Call
from .clock import Clock
from .cutting import CutOptions
from .engine import CheckpointInfo, Clip, Engine, EngineInfo, Vad
from .errors import EngineUnavailable, ModelLoading, ShuttingDown, UnknownLanguage
from .spans import Span
from .transcript import Language, Segment, Transcript
from .windows import Piece, Window, WindowOptions, windows

log = logging.getLogger(__name__)

Loader = Callable[[Callable[[str], None]], tuple[Engine, Vad]]


@dataclass(frozen=True, slots=True)
class TranscriberOptions:
    limits: DecodeLimits = field(default_factory=DecodeLimits)
    cut: CutOptions = field(default_factory=CutOptions)
    window: WindowOptions = field(default_factory=WindowOptions)
    ahead: float = 180.0  # s of a file that are cut before they are heard: the engine never waits, memory does not grow
    batcher: BatcherOptions = field(default_factory=BatcherOptions)

    def endless(self) -> TranscriberOptions:
        """With a queue that takes everything: for a process in which nobody else waits."""
        return replace(self, batcher=replace(self.batcher, waiting=math.inf))


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller wants of a recording.

    `language` None: the engine finds out, `among` these where there are any. `vad` False: all of it is heard, overlapping,
    and no word is lost to a detector. `within`: that part of the recording alone.
    """

    language: Language | None = None
    itn: bool = True
    vad: bool = True
    among: frozenset[Language] = frozenset()
    within: Span | None = None


class State(StrEnum):
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Status:
    """Where the engine stands, in words for probes and people."""

    state: State
    detail: str = ""
    checkpoint: CheckpointInfo | None = None
    vad: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the seconds of a request went."""

    decode: float
    vad: float
    queue: float  # until the first clip was taken up
    engine: float  # this request's share of the forward passes
    total: float


@dataclass(frozen=True, slots=True)
class Progress:
    """`heard` of `duration` seconds are done; `segments` are those that came since the last progress, in their places."""

    heard: float
    duration: float
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """A finished transcript, what the file was, what was odd about it, and what it cost."""

    transcript: Transcript
    media: MediaInfo
    warnings: tuple[str, ...]
    timing: Timing


class Transcriber:
    """Cheap to make; `start` loads the engine in its own thread. All methods may be called from any thread."""

    def __init__(
        self, info: EngineInfo, load: Loader, options: TranscriberOptions | None = None, opener: Opener = Stream
    ) -> None:
        self.info = info
        self.options = options or TranscriberOptions()
        self._load, self._opener = load, opener
        self._batcher = Batcher(self.options.batcher)
        self._vad: Vad | None = None
        self._status = Status(State.LOADING, "starting")
        self._turning = threading.Lock()  # while the status changes
        self._settled = threading.Event()

    # --- life ---

    def start(self) -> None:
        self._batcher.start(self._ready_engine, self._failed)

    def stop(self) -> None:
        """Refuses new work and what waits, and breaks off loading. Blocks until the batch in hand is done, 30 s at most."""
        self._become(replace(self._status, state=State.STOPPED, detail="shutting down"))
        self._settled.set()
        self._batcher.stop()

    def wait(self, timeout: float | None = None) -> Status:
        """Blocks until loading has ended, well or not, or was stopped."""
        self._settled.wait(timeout)
        return self._status

    @property
    def status(self) -> Status:
        return self._status

    @property
    def waiting(self) -> float:
        """Seconds of audio in the queue."""
        return self._batcher.waiting

    # --- work ---

    def open(self, file: Path | BinaryIO, call: Call | None = None) -> Decoding:
        """A file's samples within the limits, without an engine."""
        return self._opener(file, self.options.limits, call or Call())

    def transcribe(self, file: Path | BinaryIO, ask: Ask | None = None, call: Call | None = None) -> Hearing:
        """The whole pipeline over one audio or video file. Raises SpeechError, and nothing else for what a file may hold."""
        *_, hearing = self.listen(file, ask, call)
        assert isinstance(hearing, Hearing)
        return hearing

    def listen(
        self, file: Path | BinaryIO, ask: Ask | None = None, call: Call | None = None
    ) -> Generator[Progress | Hearing, None, None]:
        """The same with Progress while it runs, in the order of time, and the Hearing last.

        Clips that were not begun are withdrawn when the iterator is closed, or when the caller is gone or too late, which
        raises Cancelled or DeadlineExceeded.
        """
        vad = self._require_ready()
        ask, call = ask or Ask(), call or Call()
        self.check(ask)
        clock = Clock()
        stream = self.open(file, call)
        clips = _Clips(self._batcher, ask, call)
        window = Window((), 0.0, last=False)
        try:
            for window in self._windows(stream, ask, vad, clock, call):
                call.heed()
                duration = window.read if window.last else max(window.read, stream.expected or 0.0)
                if not clips.asked:
                    yield Progress(0.0, duration)
                clips.add(window.pieces)
                yield from clips.heard(duration, ahead=self.options.ahead)
            yield from clips.heard(window.read)
        finally:
            clips.withdraw()
        timing = Timing(clock.decode, clock.vad, clips.queued, clips.engine, clock.total)
        yield Hearing(Transcript.join(clips.parts, window.read), stream.info, stream.warnings, timing)

    def _windows(self, stream: Decoding, ask: Ask, vad: Vad, clock: Clock, call: Call) -> Iterator[Window]:
        options = self.options

        def cut(waveform: Waveform, start: float) -> list[Span]:
            call.heed()
            if ask.vad:
                return clock.cutting(lambda: cutting.speech(waveform, vad, self.info.longest_clip, options.cut))
            return cutting.everything(waveform, start, options.cut)

        samples, context = clock.decoding(stream), 0.0 if ask.vad else options.cut.context
        return windows(samples, cut, options.window, context, ask.within)

    def check(self, ask: Ask) -> None:
        """Raises UnknownLanguage for a language this engine does not hear."""
        for language in (*([ask.language] if ask.language else []), *ask.among):
            if language not in self.info.languages:
                raise UnknownLanguage(language, [*self.info.languages, "auto"])

    def _require_ready(self) -> Vad:
        status = self._status
        if status.state is State.STOPPED:
            raise ShuttingDown()
        if status.state is State.LOADING:
            raise ModelLoading()
        if self._vad is None or status.state is State.FAILED:
            raise EngineUnavailable(status.detail)
        return self._vad

    def _become(self, status: Status) -> bool:
        """Takes the status, unless it is stopped: nothing comes after that."""
        with self._turning:
            if self._status.state is State.STOPPED:
                return False
            self._status = status
            return True

    # --- the engine's thread ---

    def _ready_engine(self) -> Engine:
        engine, vad = self._load(self._say)
        self._say("warming up")
        engine.infer([Clip(_warm_up())])
        self._vad = vad
        self._become(Status(State.READY, "ready", engine.checkpoint, vad.name))
        self._settled.set()
        log.info("ready: %s (%s), voice activity by %s", engine.checkpoint.name, engine.checkpoint.source, vad.name)
        return engine

    def _say(self, detail: str) -> None:
        """Raises ShuttingDown out of a loader that nobody waits for any more."""
        if not self._become(Status(State.LOADING, detail)):
            raise ShuttingDown()

    def _failed(self, reason: str) -> None:
        self._become(Status(State.FAILED, reason))
        self._settled.set()


def parse_language(text: str | None, info: EngineInfo, param: str = "language") -> Language | None:
    """The language a user wrote: a code (zh, zh-CN, yue, en-US), a full name (chinese, Cantonese), auto or nothing.

    Raises UnknownLanguage, which names `param`. Never takes an unknown one for "auto".
    """
    wanted = (text or "").strip().lower().replace("_", "-")
    if wanted in ("", "auto"):
        return None
    code = {"zh-hk": "yue", "zh-yue": "yue", "mandarin": "zh"}.get(wanted, wanted)
    for language in info.languages:
        if code in (language.value, language.full_name) or code.split("-")[0] == language.value:
            return language
    raise UnknownLanguage(text or "", [*info.languages, "auto"], param)


class _Clips:
    """The clips of one file: handed to the engine as they are cut, heard in the order of time."""

    def __init__(self, batcher: Batcher, ask: Ask, call: Call) -> None:
        self._batcher, self._ask, self._call = batcher, ask, call
        self._request = Request()
        self._open: deque[tuple[Piece, Future[Answer]]] = deque()
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
            self.parts.append(answer.transcript.shift(piece.place.start - piece.before))
            yield Progress(piece.place.end, duration, self.parts[-1].segments)

    def _seconds(self) -> float:
        return sum(piece.place.length for piece, _ in self._open)

    def _result(self, future: Future[Answer]) -> Answer:
        """The answer of a clip, looking twice a second whether it is still wanted."""
        while True:
            self._call.heed()
            try:
                return future.result(timeout=self._call.left(most=0.5))
            except TimeoutError:
                continue

    def withdraw(self) -> None:
        for _, future in self._open:
            future.cancel()


def _warm_up() -> Waveform:
    """A second of soft noise: enough to make the network run once."""
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE) * 1e-3
    return Waveform(noise.astype(np.float32))
