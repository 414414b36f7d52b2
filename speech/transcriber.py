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
from .batching import Answer, Batcher, BatcherOptions, Load, Request
from .calls import Call
from .clock import Clock
from .cutting import CutOptions
from .engine import CheckpointInfo, Clip, Engine, EngineInfo, Vad
from .errors import EngineUnavailable, ModelLoading, ShuttingDown, SpeechError, UnknownLanguage
from .spans import Span
from .transcript import Language, Segment, Transcript
from .windows import Piece, Window, WindowOptions, windows

log = logging.getLogger(__name__)

WARM_UP = (1.0, 5.0, 15.0)  # s of clips that are heard before any caller's: the first request is as quick as the tenth
LOOK = 0.25  # s between two looks whether a caller still waits

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
        unbounded = replace(self.batcher, waiting=math.inf, requests=math.inf, per_caller=math.inf)
        return replace(self, batcher=unbounded)


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
    FAILED = "failed"  # to load
    BROKEN = "broken"  # it was ready, and hangs or is lost: only a new process is sure to mend it
    DRAINING = "draining"  # what runs goes on to its end, nothing new is taken
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
        self._draining = False
        self.fault: BaseException | None = None  # why loading failed

    # --- life ---

    def start(self) -> None:
        self._batcher.start(self._ready_engine, self._failed)

    def drain(self) -> None:
        """Refuses new work from now on, and requests of which nothing was begun; the others go on to their end."""
        self._draining = True
        self._batcher.drain()

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
        known, trouble = self._status, self._batcher.trouble
        if known.state is State.READY and trouble:
            return replace(known, state=State.BROKEN, detail=trouble)
        if self._draining and known.state is not State.STOPPED:
            return replace(known, state=State.DRAINING, detail="finishing what runs, then shutting down")
        return known

    @property
    def load(self) -> Load:
        return self._batcher.load

    @property
    def waiting(self) -> float:
        """Seconds of audio in the queue."""
        return self.load.waiting

    def refusal(self, caller: str = "") -> SpeechError | None:
        """Why a request of this caller would not be taken now; None where it would."""
        return self._unready() or self._batcher.refusal(caller)

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
        with self._batcher.inside(call) as request:
            yield from self._hear(file, ask, vad, request)

    def _hear(self, file: Path | BinaryIO, ask: Ask, vad: Vad, request: Request) -> Iterator[Progress | Hearing]:
        clock, call = Clock(), request.call
        stream = self.open(file, call)
        clips = _Clips(self._batcher, ask, request)
        window = Window((), 0.0, last=False)
        try:
            for window in self._windows(stream, ask, vad, clock, call):
                call.heed()
                duration = window.read if window.last else max(window.read, stream.expected or 0.0)
                request.coming = max(0.0, min(duration, self.options.limits.longest) - window.read)
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
        if fault := self._unready():
            raise fault
        assert self._vad is not None
        return self._vad

    def _unready(self) -> SpeechError | None:
        status = self.status
        match status.state:
            case State.STOPPED | State.DRAINING:
                return ShuttingDown()
            case State.LOADING:
                return ModelLoading()
            case State.FAILED | State.BROKEN:
                return EngineUnavailable(status.detail)
        return None

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
        for seconds in WARM_UP:
            engine.infer([Clip(_soft_noise(seconds))])
        self._vad = vad
        self._become(Status(State.READY, "ready", engine.checkpoint, vad.name))
        self._settled.set()
        log.info("ready: %s (%s), voice activity by %s", engine.checkpoint.name, engine.checkpoint.source, vad.name)
        return engine

    def _say(self, detail: str) -> None:
        """Raises ShuttingDown out of a loader that nobody waits for any more."""
        if not self._become(Status(State.LOADING, detail)):
            raise ShuttingDown()

    def _failed(self, error: BaseException) -> None:
        self.fault = error
        self._become(Status(State.FAILED, str(error) or type(error).__name__))
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

    def __init__(self, batcher: Batcher, ask: Ask, request: Request) -> None:
        self._batcher, self._ask, self._request = batcher, ask, request
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
        """The answer of a clip, looking now and then whether it is still wanted."""
        while True:
            self._request.call.heed()
            try:
                return future.result(timeout=self._request.call.left(most=LOOK))
            except TimeoutError:
                continue

    def withdraw(self) -> None:
        for _, future in self._open:
            future.cancel()


def _soft_noise(seconds: float) -> Waveform:
    noise = np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE)) * 1e-3
    return Waveform(noise.astype(np.float32))
