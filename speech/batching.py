"""One thread owns the engine; everyone else hands it clips and waits.

Clips of many requests share a forward pass; where the engine pads them, only those of like length do: padding a 1 s clip to
30 s costs more than it saves. Requests take turns, so a long file does not stand before a short one. Knows nothing of files
or doors.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from .engine import Clip, Engine
from .errors import EngineUnavailable, InferenceFailed, QueueFull, ShuttingDown, SpeechError
from .transcript import Transcript

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BatcherOptions:
    at_once: float | None = None  # s of audio in one forward pass, with what is padded; None: what the engine says
    alike: float = 0.7  # the shortest clip of a batch is at least this part of the longest, where the engine pads
    wait: float = 0.02  # s an idle engine that pads waits for company; one that packs gains too little by it
    waiting: float = 4 * 3600.0  # s of audio that may wait; a request that finds the queue empty is always taken
    requests: float = 32  # that may be heard or wait at once
    per_caller: float = 8  # of these, of one caller with a name
    hung: float = 120.0  # s of one pass after which the engine is not waited for


@dataclass(frozen=True, slots=True)
class Load:
    """What the engine has to do and has done, since it was loaded."""

    requests: int = 0  # that are heard or wait
    waiting: float = 0.0  # s of audio in the queue
    clips: int = 0  # heard
    audio: float = 0.0  # s heard
    busy: float = 0.0  # s of passes
    batches: int = 0
    filled: float = 0.0  # of batches that others waited behind, the parts of what fits, added up
    crowded: int = 0  # how many those were
    splits: int = 0  # batches halved because the device had no room
    failures: int = 0  # clips that could not be heard
    turn: float = 0.0  # s that the pass in hand has taken; 0 between passes


@dataclass(frozen=True, slots=True)
class Answer:
    """A clip's transcript, and what it cost."""

    transcript: Transcript
    queued: float  # s between submit and the forward pass
    engine: float  # s of the forward pass, shared by length among its clips


@dataclass(slots=True)
class _Job:
    clip: Clip
    length: float
    since: float
    future: Future[Answer] = field(default_factory=Future)


class Request:
    """One caller's clips, however often he brings some: they have one turn among those of others."""

    def __init__(self) -> None:
        self.jobs: deque[_Job] = deque()  # that wait
        self.admitted = False


class Batcher:
    """Hands clips of all callers to one engine. `submit` may be called from any thread."""

    def __init__(self, options: BatcherOptions | None = None) -> None:
        self._options = options or BatcherOptions()
        self._requests: deque[Request] = deque()  # those whose clips wait, in the order of their turns
        self._waiting = 0.0  # s in them, and perhaps of some that were cancelled since
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed: Callable[[], SpeechError] | None = None  # why; made anew for each who asks

    def start(self, load: Callable[[], Engine], failed: Callable[[str], None]) -> None:
        """Starts the engine's thread, which loads the engine and then serves it. `failed` hears why loading did not work."""
        self._thread = threading.Thread(target=self._own, args=(load, failed), name="engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Refuses what waits and ends the thread after the batch in hand."""
        self._close(ShuttingDown)
        if self._thread:
            self._thread.join(timeout=30)

    def submit(self, clips: Sequence[Clip], request: Request | None = None) -> list[Future[Answer]]:
        """One future a clip, in their order: all clips are taken, or none. Cancel a future to withdraw its clip.

        A `request` that was let in once may bring more, of one caller at a time. Raises QueueFull, ShuttingDown or
        EngineUnavailable.
        """
        request = request or Request()
        now = time.perf_counter()
        jobs = [_Job(clip, clip.waveform.duration, now) for clip in clips]
        with self._changed:
            if self._closed:
                raise self._closed()
            if jobs:
                self._admit(sum(job.length for job in jobs), request)
                if not request.jobs:
                    self._requests.append(request)
                request.jobs.extend(jobs)
                self._changed.notify()
        return [job.future for job in jobs]

    @property
    def waiting(self) -> float:
        """Seconds of audio that wait."""
        with self._changed:
            self._sweep()
            return self._waiting

    def _admit(self, seconds: float, request: Request) -> None:
        if not request.admitted and self._waiting + seconds > self._options.waiting:
            self._sweep()
            if self._requests and self._waiting + seconds > self._options.waiting:
                raise QueueFull(f"{self._waiting:.0f} seconds of audio", retry_after=30)
        request.admitted = True
        self._waiting += seconds

    def _sweep(self) -> None:
        """Drops what was cancelled, and counts again."""
        for request in self._requests:
            request.jobs = deque(job for job in request.jobs if not _cancelled(job))
        self._requests = deque(request for request in self._requests if request.jobs)
        self._waiting = sum(job.length for request in self._requests for job in request.jobs)

    def _own(self, load: Callable[[], Engine], failed: Callable[[str], None]) -> None:
        try:
            engine = load()
        except BaseException as error:  # the server outlives a model that does not load, and says so on /readyz
            if not self._closed:
                log.exception("the engine could not be loaded")
            reason = str(error) or type(error).__name__
            self._close(lambda: EngineUnavailable(reason))
            failed(reason)
            return
        while self._serve(engine):
            pass

    def _serve(self, engine: Engine) -> bool:
        """Hears one batch; False when it is time to end. Keeps no clip when it is done."""
        batch = self._next(engine)
        if batch:
            _hear(engine, batch)
        return bool(batch)

    def _next(self, engine: Engine) -> list[_Job]:
        """The next batch, running; empty when it is time to end."""
        with self._changed:
            while not self._closed:
                if not self._requests:
                    self._changed.wait()
                    continue
                if engine.pads and self._is_lone():
                    self._changed.wait(self._options.wait)
                if batch := self._take(engine):
                    return batch
            return []

    def _is_lone(self) -> bool:
        return len(self._requests) == 1 and len(self._requests[0].jobs) == 1

    def _take(self, engine: Engine) -> list[_Job]:
        """The first clip of the request whose turn it is, and the clips that fit beside it."""
        most = engine.at_once if self._options.at_once is None else self._options.at_once
        batch = _Batch(most, self._options.alike if engine.pads else None)
        for _ in range(len(self._requests)):
            if not batch.jobs:
                batch.draw(self._requests[0].jobs, most=1)
                self._requests.rotate(-1)
        for request in self._requests:
            batch.draw(request.jobs)
        self._requests = deque(request for request in self._requests if request.jobs)
        self._waiting = self._waiting - sum(job.length for job in batch.jobs) if self._requests else 0.0
        return batch.jobs

    def _close(self, why: Callable[[], SpeechError]) -> None:
        with self._changed:
            self._closed = self._closed or why
            left = [job for request in self._requests for job in request.jobs]
            self._requests.clear()
            self._waiting = 0.0
            self._changed.notify_all()
        for job in left:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(self._closed())


@dataclass(slots=True)
class _Batch:
    """Clips for one forward pass of `most` seconds. They are running: nobody can cancel them any more.

    Without `alike` a clip costs its own length; with it, that of the longest beside it, and only like lengths go together.
    """

    most: float
    alike: float | None
    jobs: list[_Job] = field(default_factory=list)
    total: float = 0.0
    longest: float = 0.0
    shortest: float = float("inf")

    def draw(self, queue: deque[_Job], most: float = float("inf")) -> None:
        """Takes the clips that fit out of a queue, `most` at most, and drops those it meets that were cancelled."""
        passed: list[_Job] = []
        while queue and len(self.jobs) < most and self._cost(0.0) <= self.most:
            job = queue.popleft()
            if not self._fits(job.length):
                passed.append(job)
            elif job.future.set_running_or_notify_cancel():
                self._add(job)
        queue.extendleft(reversed(passed))

    def _add(self, job: _Job) -> None:
        self.jobs.append(job)
        self.total += job.length
        self.longest, self.shortest = max(self.longest, job.length), min(self.shortest, job.length)

    def _cost(self, length: float) -> float:
        """Of one clip more."""
        if self.alike is None:
            return self.total + length
        return max(self.longest, length) * (len(self.jobs) + 1)

    def _fits(self, length: float) -> bool:
        if not self.jobs:
            return True
        alike = self.alike is None or min(self.shortest, length) >= self.alike * max(self.longest, length)
        return alike and self._cost(length) <= self.most


def _cancelled(job: _Job) -> bool:
    """Whether nobody waits for it any more; if so, tells those who look at its future."""
    return job.future.cancelled() and not job.future.set_running_or_notify_cancel()


def _hear(engine: Engine, batch: Sequence[_Job]) -> None:
    """Answers every job of the batch; a clip that fails is found by halving, and its neighbours succeed."""
    started = time.perf_counter()
    transcripts = _infer(engine, batch)
    if transcripts:
        each = (time.perf_counter() - started) / max(sum(job.length for job in batch), 1e-9)
        for job, transcript in zip(batch, transcripts, strict=True):
            job.future.set_result(Answer(transcript, started - job.since, each * job.length))
    elif len(batch) > 1:
        _hear(engine, batch[: len(batch) // 2])
        _hear(engine, batch[len(batch) // 2 :])
    else:
        batch[0].future.set_exception(InferenceFailed())


def _infer(engine: Engine, batch: Sequence[_Job]) -> list[Transcript]:
    """Nothing where the engine failed. What it failed with is let go of here, with all the memory that hangs on it."""
    try:
        transcripts = engine.infer([job.clip for job in batch])
        if len(transcripts) != len(batch):
            raise RuntimeError(f"the engine gave {len(transcripts)} answers to {len(batch)} clips")
        return transcripts
    except BaseException:  # the engine's thread outlives whatever a batch does
        log.exception("could not hear %d clips of up to %.1f s", len(batch), max(job.length for job in batch))
        return []
