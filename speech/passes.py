"""Forward passes and what becomes of their faults: a guilty clip is found by halving, a lack of room is halved and remembered.

The engine's thread alone makes passes. Knows nothing of queues.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from concurrent.futures import InvalidStateError
from enum import Enum, auto

from .engine import Clip, Engine, halved
from .errors import EngineOutOfMemory, EngineUnavailable, InferenceFailed, SpeechError
from .transcript import Transcript
from .turns import Answer, Job

log = logging.getLogger(__name__)

RECENT = 0.2  # the part that the last one makes of what is known of late
SHRINK, GROW = 0.5, 1.05  # of the room: for a pass that had none, and for one that used most of it
USED = 0.7  # of the room, for it to count as used
SHORTEST_HALF = 2.0  # s: a shorter clip is not halved


class Fault(Enum):
    NO_ROOM = auto()
    FAILED = auto()
    LOST = auto()  # the engine, for this process


class Passes:
    """Counts what it has done; numbers only grow, and may be read by any thread."""

    def __init__(self) -> None:
        self.clips = self.batches = self.splits = self.failures = 0
        self.audio = self.busy = 0.0  # s heard, and s it took
        self.pace = 0.0  # s of a pass for a second of audio, of late; 0 before the first
        self.room = math.inf  # s of audio for which the device had room
        self.broken = ""  # why the engine is lost
        self._began: float | None = None
        self._cost = 0.0  # s of audio in the pass in hand

    @property
    def elapsed(self) -> float:
        """Seconds of the pass in hand; 0 between passes."""
        began = self._began
        return 0.0 if began is None else time.perf_counter() - began

    @property
    def left(self) -> float:
        """Seconds that the pass in hand should still take."""
        return max(0.0, self._cost * self.pace - self.elapsed) if self._began is not None else 0.0

    def hear(self, engine: Engine, batch: Sequence[Job]) -> None:
        """Answers every job of the batch; a clip that fails is found by halving, and its neighbours succeed."""
        started = time.perf_counter()
        heard = self._infer(engine, [job.clip for job in batch])
        if isinstance(heard, list):
            self._answer(batch, heard, started)
        elif heard is Fault.LOST:
            for job in batch:
                self.fail(job, EngineUnavailable(self.broken))
        elif len(batch) > 1:
            for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                self.hear(engine, half)
        else:
            self._hear_lone(engine, batch[0], heard, started)

    def fail(self, job: Job, error: SpeechError) -> None:
        """Nothing where it was answered already: a pass that was given up may end after all."""
        try:
            job.future.set_exception(error)
            self.failures += 1
        except InvalidStateError:
            log.debug("a clip was answered already")

    def _hear_lone(self, engine: Engine, job: Job, fault: Fault, started: float) -> None:
        """A clip for which there is no room is heard in halves."""
        heard = self._infer_halves(engine, job.clip) if fault is Fault.NO_ROOM else fault
        if isinstance(heard, Transcript):
            self._answer([job], [heard], started)
        elif heard is Fault.LOST:
            self.fail(job, EngineUnavailable(self.broken))
        else:
            self.fail(job, EngineOutOfMemory() if heard is Fault.NO_ROOM else InferenceFailed())

    def _infer_halves(self, engine: Engine, clip: Clip) -> Transcript | Fault:
        if clip.waveform.duration < 2 * SHORTEST_HALF:
            return Fault.NO_ROOM
        first, second, start = halved(clip)
        parts = []
        for half in (first, second):
            heard = self._infer(engine, [half])
            part = self._infer_halves(engine, half) if heard is Fault.NO_ROOM else heard
            if isinstance(part, Fault):
                return part
            parts.append(part if isinstance(part, Transcript) else part[0])
        return Transcript.join([parts[0], parts[1].shift(start)], clip.waveform.duration)

    def _answer(self, batch: Sequence[Job], transcripts: Sequence[Transcript], started: float) -> None:
        seconds, took = sum(job.length for job in batch), time.perf_counter() - started
        self.clips += len(batch)
        self.audio += seconds
        each = took / max(seconds, 1e-9)
        for job, transcript in zip(batch, transcripts, strict=True):
            try:
                job.future.set_result(Answer(transcript, started - job.since, each * job.length))
            except InvalidStateError:
                log.debug("a clip was answered already")

    def _infer(self, engine: Engine, clips: Sequence[Clip]) -> list[Transcript] | Fault:
        """What the engine failed with is let go of here, with all the memory that hangs on it."""
        self._cost, self._began = _cost(engine, clips), time.perf_counter()
        began = self._began
        try:
            transcripts = engine.infer(clips)
            if len(transcripts) != len(clips):
                raise RuntimeError(f"the engine gave {len(transcripts)} answers to {len(clips)} clips")
            self._note(engine, time.perf_counter() - began)
            return transcripts
        except EngineOutOfMemory:
            self._shrink(len(clips))
            return Fault.NO_ROOM
        except EngineUnavailable as error:
            log.exception("the engine is lost")
            self.broken = str(error)
            return Fault.LOST
        except BaseException:  # the engine's thread outlives whatever a batch does
            log.exception("could not hear %d clips of up to %.1f s", len(clips), max(clip.waveform.duration for clip in clips))
            return Fault.FAILED
        finally:
            self.batches += 1
            self.busy += time.perf_counter() - began
            self._began = None

    def _note(self, engine: Engine, took: float) -> None:
        """The pace of late; and after a pass that used most of the room, a little more of it is tried."""
        cost = self._cost
        pace = took / max(cost, 1e-9)
        self.pace = RECENT * pace + (1 - RECENT) * self.pace if self.pace else pace
        if math.isfinite(self.room) and cost >= USED * self.room:
            self.room *= GROW
            if self.room >= engine.at_once:
                self.room = math.inf

    def _shrink(self, n_clips: int) -> None:
        self.splits += 1
        self.room = min(self.room, SHRINK * self._cost)
        log.warning("no room on the device for %d clips: passes of %.1f s from now on", n_clips, self.room)


def _cost(engine: Engine, clips: Sequence[Clip]) -> float:
    """Seconds of audio that the engine has to work through."""
    lengths = [clip.waveform.duration for clip in clips]
    return max(lengths) * len(lengths) if engine.pads else sum(lengths)
