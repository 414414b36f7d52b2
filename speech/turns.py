"""Whose clip is heard next: callers take turns, and so do the requests of one caller. Holds no lock, knows no engine."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from .calls import Call
from .engine import Clip
from .errors import SpeechError
from .transcript import Transcript


@dataclass(frozen=True, slots=True)
class Answer:
    """A clip's transcript, and what it cost."""

    transcript: Transcript
    queued: float  # s between submit and the forward pass
    engine: float  # s of the forward pass, shared by length among its clips


@dataclass(slots=True, eq=False)
class Job:
    """A clip that waits for its turn, or has it."""

    clip: Clip
    length: float  # s
    since: float  # on time.perf_counter()
    future: Future[Answer] = field(default_factory=Future)


class Request:
    """One caller's clips, however often he brings some: they have one turn among those of others."""

    def __init__(self, call: Call | None = None) -> None:
        self.call = call or Call()
        self.jobs: deque[Job] = deque()  # that wait
        self.admitted = False  # whether some were let in
        self.begun = False  # whether one was taken up
        self.brought = 0.0  # s, so far
        self.coming = 0.0  # s that may still be brought, as far as anybody knows

    @property
    def left(self) -> float:
        """Seconds of audio that wait or may still come."""
        return self.coming + sum(job.length for job in self.jobs)

    def sweep(self) -> None:
        """Drops what nobody waits for any more."""
        if not self.call.wanted:
            for job in self.jobs:
                job.future.cancel()
        self.jobs = deque(job for job in self.jobs if not _dropped(job))


class Turns:
    """All requests that have clips waiting, in the order of their turns."""

    def __init__(self) -> None:
        self._callers: dict[str, deque[Request]] = {}  # the first is whose turn it is; and so with his requests
        self.waiting = 0.0  # s in them, and perhaps of some that were cancelled since the last sweep

    def __iter__(self) -> Iterator[Request]:
        """One request of each caller, then the second of each, and so on."""
        rounds = chain.from_iterable(zip_longest(*self._callers.values()))
        return (request for request in rounds if request is not None)

    def __bool__(self) -> bool:
        return bool(self._callers)

    @property
    def is_lone(self) -> bool:
        """Whether one clip waits and no other."""
        return len(self._callers) == 1 and sum(len(request.jobs) for request in self) == 1

    def add(self, request: Request, jobs: list[Job]) -> None:
        if not request.jobs:
            self._callers.setdefault(request.call.caller, deque()).append(request)
        request.jobs.extend(jobs)
        seconds = sum(job.length for job in jobs)
        request.brought += seconds
        self.waiting += seconds

    def sweep(self) -> None:
        """Drops what nobody waits for any more, and counts again."""
        for request in self:
            request.sweep()
        self._forget_empty()
        self.waiting = sum(job.length for request in self for job in request.jobs)

    def take(self, batch: Batch) -> None:
        """Fills a batch: the first clip of the request whose turn it is, and the clips that fit beside it."""
        for request in list(self):
            batch.draw(request, most=1)
            if batch.jobs:
                self._pass_on(request)
                break
        for request in self:
            batch.draw(request)
        self._forget_empty()
        self.waiting = self.waiting - batch.total if self else 0.0

    def refuse(self, why: Callable[[], SpeechError], begun: bool) -> None:
        """Answers what waits with a fault made anew for each; with `begun`, of requests too of which a clip was taken up."""
        for request in self:
            if begun or not request.begun:
                refused, request.jobs = request.jobs, deque()
                for job in refused:
                    if job.future.set_running_or_notify_cancel():
                        job.future.set_exception(why())
        self.sweep()

    def _pass_on(self, request: Request) -> None:
        """It was his turn: he goes to the end, and so does his request among his own."""
        queue = self._callers.pop(request.call.caller)
        queue.remove(request)
        queue.append(request)
        self._callers[request.call.caller] = queue

    def _forget_empty(self) -> None:
        kept = {caller: deque(one for one in queue if one.jobs) for caller, queue in self._callers.items()}
        self._callers = {caller: queue for caller, queue in kept.items() if queue}


@dataclass(slots=True)
class Batch:
    """Clips for one forward pass of `most` seconds. They are running: nobody can cancel them any more.

    Without `alike` a clip costs its own length; with it, that of the longest beside it, and only like lengths go together.
    A request brings one clip, and more within its `share` of seconds.
    """

    most: float
    alike: float | None = None
    share: float = math.inf
    jobs: list[Job] = field(default_factory=list)
    brought: dict[int, float] = field(default_factory=dict)  # s by each request's id
    total: float = 0.0
    longest: float = 0.0
    shortest: float = math.inf

    @property
    def cost(self) -> float:
        """Seconds of audio that the engine has to work through."""
        return self.total if self.alike is None else self.longest * len(self.jobs)

    def draw(self, request: Request, most: float = math.inf) -> None:
        """Takes the clips of a request that fit, `most` at most, and drops those it meets that nobody waits for."""
        if not request.call.wanted:
            request.sweep()
        queue, passed = request.jobs, list[Job]()
        while queue and len(self.jobs) < most and self._with(0.0) <= self.most:
            job = queue.popleft()
            if not (self._fits(job.length) and self._is_due(request, job)):
                passed.append(job)
            elif job.future.set_running_or_notify_cancel():
                self._add(request, job)
        queue.extendleft(reversed(passed))

    def _is_due(self, request: Request, job: Job) -> bool:
        brought = self.brought.get(id(request), 0.0)
        return not brought or brought + job.length <= self.share

    def _add(self, request: Request, job: Job) -> None:
        request.begun = True
        self.jobs.append(job)
        self.brought[id(request)] = self.brought.get(id(request), 0.0) + job.length
        self.total += job.length
        self.longest, self.shortest = max(self.longest, job.length), min(self.shortest, job.length)

    def _with(self, length: float) -> float:
        """The cost with one clip more."""
        if self.alike is None:
            return self.total + length
        return max(self.longest, length) * (len(self.jobs) + 1)

    def _fits(self, length: float) -> bool:
        if not self.jobs:
            return True
        alike = self.alike is None or min(self.shortest, length) >= self.alike * max(self.longest, length)
        return alike and self._with(length) <= self.most


def _dropped(job: Job) -> bool:
    """Whether it was cancelled; if so, tells those who look at its future."""
    return job.future.cancelled() and not job.future.set_running_or_notify_cancel()
