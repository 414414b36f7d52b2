"""Hears the jobs that wait, a few at a time, and says what comes of them.

Where the engine cannot hear, as while it loads, the jobs wait: that is never a job's fault.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from speech.calls import Call
from speech.errors import (
    Cancelled,
    EngineUnavailable,
    JobsUnavailable,
    ModelLoading,
    QueueFull,
    ShuttingDown,
    SpeechError,
    StorageFull,
    storage_fault,
)
from speech.hearing import Hearing, Progress
from speech.transcriber import Transcriber

from .options import DAY
from .rows import News, Run
from .store import Store

log = logging.getLogger(__name__)

CALLER = "jobs"  # all jobs together have one turn among those who ask in person
PACE = 0.5  # s between two words of a job's progress
PAUSE = 1.0  # s until what cannot be done now is tried again
PASSING = (QueueFull, ModelLoading, ShuttingDown, EngineUnavailable)  # faults of the engine's state, not of a job


class InternalFault(SpeechError):
    """A mistake of ours, which one file has shown."""

    def __init__(self) -> None:
        super().__init__("Earshot failed on this file. The log has the details.")


class Runner:
    """`find` says where the file of a job lies. All methods may be called from any thread."""

    def __init__(self, store: Store, transcriber: Transcriber, find: Callable[[Run], Path], at_once: int) -> None:
        self._store, self._transcriber, self._find = store, transcriber, find
        self._threads = [threading.Thread(target=self._work, name=f"job-{n}", daemon=True) for n in range(at_once)]
        self._calls: dict[str, Call] = {}
        self._changed = threading.Condition()
        self._ending = False

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is work."""
        with self._changed:
            self._changed.notify_all()

    def leave(self, id: str) -> None:
        """Nobody wants what this job would hear."""
        with self._changed:
            if call := self._calls.get(id):
                call.leave()

    def drain(self) -> None:
        """What runs is broken off and waits again. Does not block."""
        with self._changed:
            self._ending = True
            for call in self._calls.values():
                call.leave()
            self._changed.notify_all()

    def join(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends - time.monotonic()))

    # --- a thread of ours ---

    def _work(self) -> None:
        while not self._ending:
            try:
                if not self._able() or not self._one():
                    self._rest()
            except (JobsUnavailable, StorageFull):
                self._rest()
            except Exception:  # the threads outlive what nobody foresaw
                log.exception("the jobs' runner stumbled")
                self._rest()

    def _able(self) -> bool:
        return self._transcriber.refusal(CALLER) is None

    def _rest(self) -> None:
        with self._changed:
            if not self._ending:
                self._changed.wait(PAUSE)

    def _one(self) -> bool:
        """Hears one job; False where none waits, or it has to wait again."""
        call = Call(CALLER, DAY)
        with self._changed:  # nobody can cancel between its beginning and its entry here
            run = None if self._ending else self._store.take(self._calls.keys())
            if run is None:
                return False
            self._calls[run.id] = call
        try:
            return self._hear(run, call)
        finally:
            with self._changed:
                if self._calls.get(run.id) is call:
                    del self._calls[run.id]

    def _hear(self, run: Run, call: Call) -> bool:
        try:
            self._listen(run, call)
        except Cancelled:
            self._store.put_back(run)  # heeded where it is the server that ends, and nobody has cancelled
        except PASSING as fault:
            self._store.put_back(run, lost=isinstance(fault, EngineUnavailable))
            return False
        except SpeechError as fault:
            self._store.fail(run, fault)
        except OSError as fault:
            self._store.fail(run, storage_fault(fault) or InternalFault())
        except Exception:
            log.exception("a job could not be heard")
            self._store.fail(run, InternalFault())
        return True

    def _listen(self, run: Run, call: Call) -> None:
        news, said = News(0.0, 0.0, ()), 0.0
        try:
            for step in self._transcriber.listen(self._find(run), run.ask, call):
                if isinstance(step, Progress):
                    news = News(step.heard, step.duration, news.segments + step.segments)
                    if time.monotonic() - said > PACE:
                        self._store.note(run, news)
                        news, said = News(news.heard, news.duration, ()), time.monotonic()
                elif isinstance(step, Hearing):
                    news = News(0.0, 0.0, ())
                    self._store.finish(run, step.transcript, step.warnings)
        finally:
            if news.segments:
                self._store.note(run, news)
