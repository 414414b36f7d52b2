"""Who is let in, and what those are told who are not. Holds no lock: the batcher does."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from .calls import Call
from .errors import QueueFull
from .passes import RECENT, Passes
from .turns import Request, Turns

LEAST_RETRY, MOST_RETRY = 1, 120  # s that a client is told to wait; OpenAI's clients give up above 120


@dataclass(frozen=True, slots=True)
class Room:
    """How much there may be at once."""

    requests: float  # that are heard or wait
    per_caller: float  # of these, of one caller with a name
    waiting: float  # s of audio; a request that finds none waiting is always taken


class Admission:
    """Keeps a place for each request, from when it comes until it has been answered."""

    def __init__(self, room: Room, turns: Turns, passes: Passes) -> None:
        self._room, self._turns, self._passes = room, turns, passes
        self._usual = 0.0  # s of audio that a request brings, of late
        self.inside: list[Request] = []  # with clips in the queue or not

    def refusal(self, caller: str) -> QueueFull | None:
        """Why there is no place for a request of this caller; None where there is."""
        room, places = self._room, Counter(request.call.caller for request in self.inside)
        if places.total() >= room.requests:
            return self._full(f"{places.total()} requests")
        if caller and places[caller] >= room.per_caller:
            return self._full(f"{places[caller]} requests of this caller")
        return self._full_of_audio(0.0)

    def enter(self, call: Call) -> Request:
        request = Request(call)
        request.coming = self._usual  # until more is known
        self.inside.append(request)
        return request

    def leave(self, request: Request) -> None:
        """Its clips are withdrawn."""
        self.inside.remove(request)
        self._usual += RECENT * (request.brought - self._usual) if self._usual else request.brought
        for job in request.jobs:
            job.future.cancel()

    def admit(self, request: Request, seconds: float) -> None:
        """Lets in the first clips of a request; later ones follow them. Raises QueueFull."""
        if not request.admitted and (fault := self._full_of_audio(seconds)):
            raise fault
        request.admitted = True

    def _full_of_audio(self, seconds: float) -> QueueFull | None:
        """Where so many more seconds are too many."""
        if self._fits(seconds):
            return None
        self._turns.sweep()
        return None if self._fits(seconds) else self._full(f"{self._turns.waiting:.0f} seconds of audio")

    def _fits(self, seconds: float) -> bool:
        return not self._turns or self._turns.waiting + max(seconds, 1e-6) <= self._room.waiting

    def _full(self, what: str) -> QueueFull:
        """With the time in which all that is here will have been heard, at the pace of late."""
        held = {id(request): request for request in (*self.inside, *self._turns)}
        wait = sum(request.left for request in held.values()) * self._passes.pace + self._passes.left
        return QueueFull(what, retry_after=min(max(math.ceil(wait), LEAST_RETRY), MOST_RETRY))
