"""One run of the pipeline in a thread of its own, so that whoever shows it can look at the clock while the engine works."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from queue import Empty, Queue

from speech.batching import Load
from speech.calls import Call
from speech.errors import Cancelled, InferenceFailed, SpeechError
from speech.transcriber import Ask, Hearing, Progress, Transcriber
from speech.transcript import Segment, Transcript

log = logging.getLogger(__name__)

PACE = 0.5  # s between two looks

Step = Progress | Hearing | SpeechError


class Phase(StrEnum):
    IDLE = "idle"
    OPENING = "opening"
    HEARING = "hearing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Heard:
    """How far a run has come: `heard` of `duration` seconds are done, `segments` are all that came."""

    phase: Phase = Phase.OPENING
    heard: float = 0.0
    duration: float = 0.0
    elapsed: float = 0.0  # s since the run began
    segments: tuple[Segment, ...] = ()
    hearing: Hearing | None = None
    error: SpeechError | None = None
    opened: float | None = None  # s after which the file was open, and its turn could come
    others: int = 0  # requests that share the engine with it
    queued: float = 0.0  # s of audio that wait for the engine

    @property
    def transcript(self) -> Transcript:
        """What there is, whole or not."""
        return self.hearing.transcript if self.hearing else Transcript(self.segments, self.duration)


def listen(transcriber: Transcriber, file: Path, ask: Ask, call: Call) -> Generator[Heard, None, None]:
    """How far the run is, every PACE seconds and once more when it is over. Leaving the call or closing the iterator ends it."""
    steps: Queue[Step] = Queue()
    threading.Thread(target=_pump, args=(transcriber, file, ask, call, steps), name="listening", daemon=True).start()
    heard, began = Heard(), time.monotonic()
    try:
        while heard.phase in (Phase.OPENING, Phase.HEARING):
            yield heard
            for step in _arrived(steps):
                heard = after(heard, step)
            if call.gone and not heard.hearing:
                heard = after(heard, Cancelled())
            heard = _timed(heard, time.monotonic() - began, transcriber.load)
        yield heard
    finally:
        call.leave()


def after(heard: Heard, step: Step) -> Heard:
    """How far the run is once `step` has come."""
    if isinstance(step, Progress):
        segments = heard.segments + step.segments
        return replace(heard, phase=Phase.HEARING, heard=step.heard, duration=step.duration, segments=segments)
    if isinstance(step, Hearing):
        whole = step.transcript.duration
        return replace(heard, phase=Phase.DONE, heard=whole, duration=whole, segments=step.transcript.segments, hearing=step)
    if isinstance(step, Cancelled):
        return replace(heard, phase=Phase.STOPPED)
    return replace(heard, phase=Phase.FAILED, error=step)


def _timed(heard: Heard, elapsed: float, load: Load) -> Heard:
    """The same with what the clock and the engine's queue say."""
    opened = heard.elapsed if heard.opened is None and heard.phase is not Phase.OPENING else heard.opened  # the look before
    return replace(heard, elapsed=elapsed, opened=opened, others=max(0, load.requests - 1), queued=load.waiting)


def _arrived(steps: Queue[Step]) -> list[Step]:
    """What comes within PACE seconds, or until the run is over."""
    arrived: list[Step] = []
    deadline = time.monotonic() + PACE
    while not arrived or isinstance(arrived[-1], Progress):
        try:
            arrived.append(steps.get(timeout=max(0.0, deadline - time.monotonic())))
        except Empty:
            break
    return arrived


def _pump(transcriber: Transcriber, file: Path, ask: Ask, call: Call, steps: Queue[Step]) -> None:
    try:
        for step in transcriber.listen(file, ask, call):
            steps.put(step)
    except SpeechError as error:
        steps.put(error)
    except Exception:  # whoever waits must hear of it
        log.exception("a file could not be heard")
        steps.put(InferenceFailed())
