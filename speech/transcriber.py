"""The pipeline: decode, find speech, cut, hear, put together, window by window. Both doors and the command line call this.

Knows nothing of HTTP, Gradio, torch or where weights come from.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from . import cutting
from .audio import SAMPLE_RATE, Decoding, Opener, Stream, Waveform
from .batching import Batcher, BatcherOptions, Load, Request
from .calls import Call
from .cleaning import Cleaned, Cleaner
from .clips import Clips
from .clock import Clock
from .containers import DecodeLimits
from .cutting import CutOptions
from .engine import Clip, Device, Engine, EngineInfo, Vad
from .errors import CleaningUnavailable, EngineUnavailable, ModelLoading, NotDiarised, ShuttingDown, SpeechError, UnknownLanguage
from .hearing import Ask, Hearing, Progress, State, Status, Timing, parse_language
from .mixing import Samples
from .spans import Span
from .tracks import Tracks
from .transcript import Transcript
from .windows import Window, WindowOptions, abreast, stretch, windows

__all__ = [
    "Ask",
    "Hearing",
    "Loader",
    "Progress",
    "State",
    "Status",
    "Timing",
    "Transcriber",
    "TranscriberOptions",
    "parse_language",
]

log = logging.getLogger(__name__)

WARM_UP = (1.0, 5.0, 15.0)  # s of clips that are heard before any caller's: the first request is as quick as the tenth

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


class Transcriber:
    """Cheap to make; `start` loads the engine in its own thread. All methods may be called from any thread."""

    def __init__(
        self,
        info: EngineInfo,
        load: Loader,
        options: TranscriberOptions | None = None,
        opener: Opener = Stream,
        cleaner: Cleaner | None = None,
    ) -> None:
        self.info = info
        self.options = options or TranscriberOptions()
        self._load, self._opener, self._cleaner = load, opener, cleaner
        self._batcher = Batcher(self.options.batcher)
        self._vad: Vad | None = None
        self._engine: Engine | None = None
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
    def device(self) -> Device | None:
        """Where the engine runs; None until it is loaded."""
        return self._engine.device() if self._engine else None

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

    def open(self, file: Path | BinaryIO, call: Call | None = None, apart: bool = False) -> Decoding:
        """A file's samples within the limits, without an engine; `apart` as in Stream."""
        return self._opener(file, self.options.limits, call or Call(), apart)

    def vet(self, file: Path | BinaryIO, call: Call) -> None:
        """Raises what the decoder raises at a file's beginning: what it does not take, no other program gets to see."""
        next(iter(self.open(file, call)), None)

    @property
    def cleans(self) -> bool:
        """Whether recordings can be cleaned before they are heard."""
        return self._cleaner is not None

    def cleaned(self, stream: Decoding, call: Call | None = None) -> Decoding:
        """The same with less noise and an even loudness, as it is heard for who asks for `clean`. Raises CleaningUnavailable."""
        if self._cleaner is None:
            raise CleaningUnavailable()
        return Cleaned(stream, self._cleaner, call or Call())

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
        stream = self.open(file, call, ask.apart)
        clips = Clips(self._batcher, ask, request)
        window, tracks = Window((), 0.0, last=False), None
        try:
            if ask.apart:
                tracks = Tracks(stretch(clock.decoding(stream), ask.within))
            voices = self._each(tracks, ask, call) if tracks else self._all(stream, ask, clock, call)
            for window in self._windows(voices, ask, vad, clock, call):
                call.heed()
                duration = window.read if window.last else max(window.read, stream.expected or 0.0)
                left = max(0.0, min(duration, self.options.limits.longest) - window.read)
                request.coming = left * len(voices)
                if not clips.asked:
                    yield Progress(0.0, duration)
                clips.add(window.pieces)
                yield from clips.heard(duration, ahead=self.options.ahead)
            yield from clips.heard(window.read)
        finally:
            clips.withdraw()
        timing = Timing(clock.decode, clock.vad, clips.queued, clips.engine, clock.total)
        warnings = (*stream.warnings, *(tracks.warnings if tracks else ()))
        yield Hearing(Transcript.join(clips.parts, window.read), stream.info, warnings, timing)

    def _all(self, stream: Decoding, ask: Ask, clock: Clock, call: Call) -> Mapping[str, Iterable[Samples]]:
        """Whoever speaks in it, as one voice without a name."""
        return {"": stretch(clock.decoding(self._cleaned(stream, ask, call)), ask.within)}

    def _each(self, tracks: Tracks, ask: Ask, call: Call) -> Mapping[str, Iterable[Samples]]:
        """The voices by their speakers. Raises NotDiarised."""
        if ask.diarized and len(tracks.speakers) == 1:
            raise NotDiarised()
        return {name: self._cleaned(track, ask, call) for name, track in zip(tracks.speakers, tracks, strict=True)}

    def _windows(self, voices: Mapping[str, Iterable[Samples]], ask: Ask, vad: Vad, clock: Clock, call: Call) -> Iterator[Window]:
        options, context = self.options, 0.0 if ask.vad else self.options.cut.context

        def cut(waveform: Waveform, start: float) -> list[Span]:
            call.heed()
            if ask.vad:
                return clock.cutting(lambda: cutting.speech(waveform, vad, self.info.longest_clip, options.cut))
            return cutting.everything(waveform, start, options.cut)

        start = ask.within.start if ask.within else 0.0
        return abreast({speaker: windows(voice, cut, options.window, context, start) for speaker, voice in voices.items()})

    def _cleaned(self, samples: Iterable[Samples], ask: Ask, call: Call) -> Iterable[Samples]:
        return self._cleaner(samples, call) if ask.clean and self._cleaner else samples

    def check(self, ask: Ask) -> None:
        """Raises UnknownLanguage for a language this engine does not hear, CleaningUnavailable where nothing cleans."""
        if ask.clean and self._cleaner is None:
            raise CleaningUnavailable()
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
        self._vad, self._engine = vad, engine
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


def _soft_noise(seconds: float) -> Waveform:
    noise = np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE)) * 1e-3
    return Waveform(noise.astype(np.float32))
