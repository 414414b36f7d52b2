"""One thread owns the engine; everyone else hands it clips and waits.

Clips of many requests share a forward pass; where the engine pads them, only those of like length do: padding a 1 s clip to
30 s costs more than it saves. A watch looks at the engine's thread, so that nobody waits for one that hangs or has ended.
Knows nothing of files or doors. Who is let in: admission.py; whose turn it is: turns.py; what becomes of faults: passes.py.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from .admission import Admission, Room
from .calls import Call
from .engine import Clip, Engine
from .errors import EngineUnavailable, ShuttingDown, SpeechError
from .passes import Passes
from .turns import Answer, Batch, Job, Request, Turns

__all__ = ["Answer", "Batcher", "BatcherOptions", "Load", "Request"]

log = logging.getLogger(__name__)

LATELY = 10.0  # s for which a request that had company counts on more
LOOKS = 4  # how often the watch looks before it calls a pass hung


@dataclass(frozen=True, slots=True)
class BatcherOptions:
    at_once: float | None = None  # s of audio in one forward pass, with what is padded; None: what the engine says
    turn: float = 0.1  # s of a pass that one request's clips may take where others wait too, or have of late
    alike: float = 0.7  # the shortest clip of a batch is at least this part of the longest, where the engine pads
    wait: float = 0.02  # s an idle engine that pads waits for company; one that packs gains too little by it
    waiting: float = 4 * 3600.0  # s of audio that may wait; a request that finds the queue empty is always taken
    requests: float = 32  # that may be heard or wait at once
    per_caller: float = 8  # of these, of one caller with a name
    hung: float = 120.0  # s of one pass after which the engine is not waited for


@dataclass(frozen=True, slots=True)
class Load:
    """What the engine has to do, and has done since it was loaded."""

    requests: int = 0  # that are heard or wait
    waiting: float = 0.0  # s of audio in the queue
    clips: int = 0  # heard
    audio: float = 0.0  # s heard
    busy: float = 0.0  # s of passes
    batches: int = 0
    filled: float = 0.0  # of the batches that left others waiting, the parts of what fits, added up
    crowded: int = 0  # how many those were
    splits: int = 0  # batches or clips halved because the device had no room
    failures: int = 0  # clips that could not be heard
    turn: float = 0.0  # s that the pass in hand has taken; 0 between passes


class Batcher:
    """Hands clips of all callers to one engine. All methods may be called from any thread."""

    def __init__(self, options: BatcherOptions | None = None) -> None:
        self._options = chosen = options or BatcherOptions()
        self._turns, self._passes = Turns(), Passes()
        self._admission = Admission(Room(chosen.requests, chosen.per_caller, chosen.waiting), self._turns, self._passes)
        self._crowd = -math.inf  # when there was last more than one, on time.perf_counter()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed: Callable[[], SpeechError] | None = None  # why; made anew for each who asks
        self._draining = False
        self._hung = ""  # why the pass in hand is not waited for
        self._batch: Batch | None = None  # in hand
        self._filled, self._crowded = 0.0, 0

    # --- life ---

    def start(self, load: Callable[[], Engine], failed: Callable[[BaseException], None]) -> None:
        """Starts the engine's thread, which loads the engine and then serves it. `failed` hears why loading did not work.

        There is one thread, however often this is called.
        """
        if self._thread:
            return
        self._thread = threading.Thread(target=self._own, args=(load, failed), name="engine", daemon=True)
        self._thread.start()
        if math.isfinite(self._options.hung):
            threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def drain(self) -> None:
        """Lets nobody in any more, and refuses requests of which nothing was taken up; the others go on to their end."""
        with self._changed:
            self._draining = True
            self._turns.refuse(ShuttingDown, begun=False)

    def stop(self) -> None:
        """Refuses what waits and ends the thread after the batch in hand."""
        self._close(ShuttingDown)
        if self._thread and not self._hung:
            self._thread.join(timeout=30)

    @property
    def trouble(self) -> str:
        """Why an engine that was loaded does not hear any more; nothing where it does."""
        return self._hung

    @property
    def load(self) -> Load:
        with self._changed:
            self._turns.sweep()
            done = self._passes
            return Load(
                requests=len(self._admission.inside),
                waiting=self._turns.waiting,
                clips=done.clips,
                audio=done.audio,
                busy=done.busy,
                batches=done.batches,
                filled=self._filled,
                crowded=self._crowded,
                splits=done.splits,
                failures=done.failures,
                turn=done.elapsed,
            )

    @property
    def waiting(self) -> float:
        """Seconds of audio that wait."""
        return self.load.waiting

    # --- callers ---

    @contextmanager
    def inside(self, call: Call) -> Generator[Request]:
        """A place for one request, and its clips withdrawn at the end. Raises QueueFull, ShuttingDown or EngineUnavailable."""
        with self._changed:
            if fault := self._ended() or self._admission.refusal(call.caller):
                raise fault
            request = self._admission.enter(call)
        try:
            yield request
        finally:
            with self._changed:
                self._admission.leave(request)

    def refusal(self, caller: str) -> SpeechError | None:
        """Why a request of this caller would not be let in now; None where it would."""
        with self._changed:
            return self._ended() or self._admission.refusal(caller)

    def submit(self, clips: Sequence[Clip], request: Request | None = None) -> list[Future[Answer]]:
        """One future a clip, in their order: all clips are taken, or none. Cancel a future to withdraw its clip.

        A `request` that was let in once may bring more, of one caller at a time. Raises QueueFull, ShuttingDown or
        EngineUnavailable.
        """
        request = request or Request()
        now = time.perf_counter()
        jobs = [Job(clip, clip.waveform.duration, now) for clip in clips]
        with self._changed:
            if fault := self._ended(request):
                raise fault
            if jobs:
                self._admission.admit(request, sum(job.length for job in jobs))
                self._turns.add(request, jobs)
                self._changed.notify_all()
        return [job.future for job in jobs]

    def _ended(self, request: Request | None = None) -> SpeechError | None:
        if self._closed:
            return self._closed()
        if self._hung:
            return EngineUnavailable(self._hung)
        return ShuttingDown() if self._draining and not (request and request.begun) else None

    # --- the engine's thread ---

    def _own(self, load: Callable[[], Engine], failed: Callable[[BaseException], None]) -> None:
        try:
            engine = load()
        except BaseException as error:  # the server outlives a model that does not load, and says so on /readyz
            if not self._closed:
                log.exception("the engine could not be loaded")
            reason = str(error) or type(error).__name__
            self._close(lambda: EngineUnavailable(reason))
            failed(error)
            return
        while self._serve(engine):
            pass

    def _serve(self, engine: Engine) -> bool:
        """Hears one batch; False when it is time to end. Keeps no clip when it is done."""
        batch = self._next(engine)
        if batch is None:
            return False
        self._passes.hear(engine, batch.jobs)  # should this ever raise, the watch answers who is in hand
        with self._changed:
            self._batch = None
            if self._hung:
                log.warning("the engine answers again")
            self._hung = self._passes.broken
        if self._hung:
            self._close(lambda: EngineUnavailable(self._hung))
        return not self._hung

    def _next(self, engine: Engine) -> Batch | None:
        """The next batch, running; None when it is time to end."""
        with self._changed:
            while not self._closed:
                if not self._turns:
                    self._changed.wait()
                    continue
                if engine.pads and self._turns.is_lone:
                    self._changed.wait(self._options.wait)
                batch = Batch(self._most(engine), self._options.alike if engine.pads else None, self._share())
                self._turns.take(batch)
                if batch.jobs:
                    self._batch = batch
                    self._note_fill(batch)
                    return batch
            return None

    def _most(self, engine: Engine) -> float:
        """Seconds of audio for one pass: what the engine likes, and its device has room for."""
        liked = engine.at_once if self._options.at_once is None else self._options.at_once
        return min(liked, self._passes.room)

    def _share(self) -> float:
        """Seconds of audio that one request may bring: a long file alone fills passes, but beside others they stay short."""
        now, pace = time.perf_counter(), self._passes.pace
        if max(len(self._admission.inside), sum(1 for _ in self._turns)) > 1:
            self._crowd = now
        return self._options.turn / pace if pace and now - self._crowd < LATELY else math.inf

    def _note_fill(self, batch: Batch) -> None:
        if self._turns:
            self._filled += min(batch.cost / batch.most, 1.0) if batch.most else 1.0
            self._crowded += 1

    def _close(self, why: Callable[[], SpeechError]) -> None:
        with self._changed:
            self._closed = self._closed or why
            self._turns.refuse(self._closed, begun=True)
            self._changed.notify_all()

    # --- the watch ---

    def _watch(self) -> None:
        """Looks whether the engine's thread lives and its pass moves on; ends with the batcher."""
        while not self._closed:
            if self._thread and not self._thread.is_alive():
                self._lose("its thread has ended")
            elif self._passes.elapsed > self._options.hung and not self._hung:
                self._give_up(f"one pass has taken more than {self._options.hung:g} seconds")
            time.sleep(min(1.0, self._options.hung / LOOKS))

    def _give_up(self, reason: str) -> None:
        """Answers everyone, also those in the pass that hangs. Should it end, the engine is taken up again."""
        log.error("the engine hangs: %s", reason)
        with self._changed:
            self._hung = f"it hangs: {reason}"
            self._turns.refuse(lambda: EngineUnavailable(self._hung), begun=True)
            in_hand = self._batch.jobs if self._batch else []
            for job in in_hand:
                self._passes.fail(job, EngineUnavailable(self._hung))

    def _lose(self, reason: str) -> None:
        log.error("the engine is lost: %s", reason)
        self._give_up(reason)
        self._close(lambda: EngineUnavailable(self._hung))
