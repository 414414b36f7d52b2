"""One thread owns the engine; everyone else hands it clips and waits.

Clips of many requests share a forward pass when they are of like length: padding a 1 s clip to 30 s costs more than it
saves. Requests take turns, so a long file does not stand before a short one. Knows nothing of files or doors.
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
    padded: float = 60.0  # s of audio in one forward pass, padding counted
    alike: float = 0.7  # the shortest clip of a batch is at least this part of the longest
    wait: float = 0.02  # s an idle engine waits for company
    waiting: float = 4 * 3600.0  # s of audio that may wait; a request that finds the queue empty is always taken


@dataclass(frozen=True, slots=True)
class Answer:
    """A clip's transcript, and what it cost."""

    transcript: Transcript
    queued: float  # s between submit and the forward pass
    engine: float  # s of the forward pass, shared by length among its clips


@dataclass(slots=True)
class _Job:
    clip: Clip
    since: float
    future: Future[Answer] = field(default_factory=Future)

    @property
    def length(self) -> float:
        return self.clip.waveform.duration


class Batcher:
    """Hands clips of all callers to one engine. `submit` may be called from any thread."""

    def __init__(self, options: BatcherOptions | None = None) -> None:
        self._options = options or BatcherOptions()
        self._requests: deque[deque[_Job]] = deque()  # one queue a request, in the order of their turns
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed: SpeechError | None = None

    def start(self, load: Callable[[], Engine], failed: Callable[[Exception], None]) -> None:
        """Starts the engine's thread, which loads the engine and then serves it. `failed` hears why loading did not work."""
        self._thread = threading.Thread(target=self._own, args=(load, failed), name="engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Refuses what waits and ends the thread after the batch in hand."""
        self._close(ShuttingDown())
        if self._thread:
            self._thread.join(timeout=30)

    def submit(self, clips: Sequence[Clip]) -> list[Future[Answer]]:
        """One future a clip, in their order: all clips of a request are taken, or none.

        Raises QueueFull, ShuttingDown or EngineUnavailable.
        """
        jobs = deque(_Job(clip, time.perf_counter()) for clip in clips)
        with self._changed:
            if self._closed:
                raise self._closed
            self._admit(sum(job.length for job in jobs))
            if jobs:
                self._requests.append(jobs)
                self._changed.notify()
            return [job.future for job in jobs]

    @property
    def waiting(self) -> float:
        """Seconds of audio that wait."""
        with self._changed:
            return self._seconds()

    def _seconds(self) -> float:
        return sum(job.length for jobs in self._requests for job in jobs)

    def _admit(self, seconds: float) -> None:
        waiting = self._seconds()
        if waiting and waiting + seconds > self._options.waiting:
            raise QueueFull(waiting, retry_after=30)

    def _own(self, load: Callable[[], Engine], failed: Callable[[Exception], None]) -> None:
        try:
            engine = load()
        except Exception as error:  # the server outlives a model that does not load, and says so on /readyz
            log.exception("the engine could not be loaded")
            self._close(EngineUnavailable(str(error)))
            failed(error)
            return
        while batch := self._next():
            _hear(engine, batch)

    def _next(self) -> list[_Job]:
        """The next batch; empty when it is time to end."""
        with self._changed:
            while not self._requests and not self._closed:
                self._changed.wait()
            if not self._closed and self._is_lone():
                self._changed.wait(self._options.wait)
            return self._take()

    def _is_lone(self) -> bool:
        return len(self._requests) == 1 and len(self._requests[0]) == 1

    def _take(self) -> list[_Job]:
        """The first clip of the request whose turn it is, and the clips of like length that fit beside it."""
        if not self._requests:
            return []
        first = self._requests[0].popleft()
        self._requests.rotate(-1)
        batch, longest, shortest = [first], first.length, first.length
        for jobs in self._requests:
            for job in list(jobs):
                long, short = max(longest, job.length), min(shortest, job.length)
                if long * (len(batch) + 1) <= self._options.padded and short >= self._options.alike * long:
                    batch.append(job)
                    jobs.remove(job)
                    longest, shortest = long, short
        self._requests = deque(jobs for jobs in self._requests if jobs)
        return batch

    def _close(self, why: SpeechError) -> None:
        with self._changed:
            self._closed = self._closed or why
            left = [job for jobs in self._requests for job in jobs]
            self._requests.clear()
            self._changed.notify_all()
        for job in left:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(self._closed)


def _hear(engine: Engine, batch: Sequence[_Job]) -> None:
    """Answers every job of the batch; a clip that fails is found by halving, and its neighbours succeed."""
    batch = [job for job in batch if not job.future.cancelled()]
    if not batch:
        return
    started = time.perf_counter()
    try:
        transcripts = engine.infer([job.clip for job in batch])
        if len(transcripts) != len(batch):
            raise RuntimeError(f"the engine gave {len(transcripts)} answers to {len(batch)} clips")
    except Exception:  # the engine's thread outlives a bad batch
        if len(batch) > 1:
            _hear(engine, batch[: len(batch) // 2])
            _hear(engine, batch[len(batch) // 2 :])
            return
        log.exception("a clip of %.1f s could not be heard", batch[0].length)
        if batch[0].future.set_running_or_notify_cancel():
            batch[0].future.set_exception(InferenceFailed())
        return
    each = (time.perf_counter() - started) / max(sum(job.length for job in batch), 1e-9)
    for job, transcript in zip(batch, transcripts, strict=True):
        if job.future.set_running_or_notify_cancel():
            job.future.set_result(Answer(transcript, started - job.since, each * job.length))
