"""The pipeline: decode, find speech, cut, hear, put together. Both doors and the command line call this.

Knows nothing of HTTP, Gradio, torch or where weights come from.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np

from . import audio, spans
from .audio import DecodeLimits, MediaInfo, Recording, Waveform
from .batching import Answer, Batcher, BatcherOptions
from .engine import CheckpointInfo, Clip, Engine, EngineInfo, Vad
from .errors import Cancelled, EngineUnavailable, ModelLoading, ShuttingDown, UnknownLanguage
from .lulls import lulls
from .spans import Span
from .transcript import Language, Segment, Transcript

log = logging.getLogger(__name__)

Loader = Callable[[Callable[[str], None]], tuple[Engine, Vad]]


@dataclass(frozen=True, slots=True)
class CutOptions:
    """How stretches of speech become clips."""

    gap: float = 0.4  # s: neighbours closer than this are one clip
    comfortable: float = 12.0  # s: as long as together they stay within this
    margin: float = 0.15  # s kept around speech, so that no soft consonant is lost


@dataclass(frozen=True, slots=True)
class TranscriberOptions:
    limits: DecodeLimits = field(default_factory=DecodeLimits)
    cut: CutOptions = field(default_factory=CutOptions)
    batcher: BatcherOptions = field(default_factory=BatcherOptions)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller wants of a recording. `language` None: the engine finds out."""

    language: Language | None = None
    itn: bool = True


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

    def __init__(self, info: EngineInfo, load: Loader, options: TranscriberOptions | None = None) -> None:
        self.info = info
        self.options = options or TranscriberOptions()
        self._load = load
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

    def transcribe(self, file: Path | BinaryIO, ask: Ask | None = None) -> Hearing:
        """The whole pipeline over one audio or video file. Raises SpeechError, and nothing else for what a file may hold."""
        *_, hearing = self.listen(file, ask)
        assert isinstance(hearing, Hearing)
        return hearing

    def listen(
        self, file: Path | BinaryIO, ask: Ask | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Generator[Progress | Hearing, None, None]:
        """The same with Progress while it runs, in the order of time, and the Hearing last.

        Clips that were not begun are withdrawn when the iterator is closed or `cancelled` answers True, which raises Cancelled.
        """
        vad = self._require_ready()
        ask = ask or Ask()
        self.check(ask)
        started = time.perf_counter()
        recording = audio.decode(file, self.options.limits)
        decoded = time.perf_counter()
        _heed(cancelled)
        waveform = recording.waveform
        places = self.cut(waveform, vad)
        segmented = time.perf_counter()
        _heed(cancelled)
        yield Progress(0.0, waveform.duration)
        clips = [Clip(waveform.cut(place), ask.language, ask.itn) for place in places]
        futures = self._batcher.submit(clips)
        parts: list[Transcript] = []
        answers: list[Answer] = []
        try:
            for place, future in zip(places, futures, strict=True):
                answer = _result(future, cancelled)
                answers.append(answer)
                parts.append(answer.transcript.shift(place.start))
                yield Progress(place.end, waveform.duration, parts[-1].segments)
        finally:
            for future in futures:
                future.cancel()
        timing = Timing(
            decode=decoded - started,
            vad=segmented - decoded,
            queue=min((answer.queued for answer in answers), default=0.0),
            engine=sum(answer.engine for answer in answers),
            total=time.perf_counter() - started,
        )
        yield _hearing(Transcript.join(parts, waveform.duration), recording, timing)

    def check(self, ask: Ask) -> None:
        """Raises UnknownLanguage for a language this engine does not hear."""
        if ask.language is not None and ask.language not in self.info.languages:
            raise UnknownLanguage(ask.language, [*self.info.languages, "auto"])

    def cut(self, waveform: Waveform, vad: Vad) -> list[Span]:
        """Where the clips of a recording lie: speech, put together over short gaps and cut at pauses where it is long."""
        cut = self.options.cut
        found = vad.segment(waveform)
        padded = spans.pad(found, cut.margin, waveform.duration)
        together = spans.merge(padded, cut.gap, cut.comfortable)
        pauses = spans.gaps(found)
        return [piece for span in together for piece in self._pieces(waveform, span, pauses)]

    def _pieces(self, waveform: Waveform, span: Span, pauses: Sequence[Span]) -> list[Span]:
        """A span that is too long, cut where the detector heard a pause, or else where it is quietest."""
        longest = self.info.longest_clip
        if span.length <= longest:
            return [span]
        within = [pause for pause in pauses if span.start < pause.start and pause.end < span.end]
        return spans.split(span, longest, within or lulls(waveform, span))

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


def parse_language(text: str | None, info: EngineInfo) -> Language | None:
    """The language a user wrote: a code (zh, zh-CN, yue, en-US), a full name (chinese, Cantonese), auto or nothing.

    Raises UnknownLanguage. Never takes an unknown one for "auto".
    """
    wanted = (text or "").strip().lower().replace("_", "-")
    if wanted in ("", "auto"):
        return None
    code = {"zh-hk": "yue", "zh-yue": "yue", "mandarin": "zh"}.get(wanted, wanted)
    for language in info.languages:
        if code in (language.value, language.full_name) or code.split("-")[0] == language.value:
            return language
    raise UnknownLanguage(text or "", [*info.languages, "auto"])


def _result(future: Future[Answer], cancelled: Callable[[], bool]) -> Answer:
    """The answer of a clip, looking twice a second whether it is still wanted."""
    while True:
        _heed(cancelled)
        try:
            return future.result(timeout=0.5)
        except TimeoutError:
            continue


def _heed(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled()


def _hearing(transcript: Transcript, recording: Recording, timing: Timing) -> Hearing:
    return Hearing(transcript, recording.info, recording.warnings, timing)


def _warm_up() -> Waveform:
    """A second of soft noise: enough to make the network run once."""
    noise = np.random.default_rng(0).standard_normal(audio.SAMPLE_RATE) * 1e-3
    return Waveform(noise.astype(np.float32))
