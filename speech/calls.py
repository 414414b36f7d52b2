"""One caller's errand from its arrival on: who asks, how long an answer is worth having, and whether anybody still waits."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping

from .errors import Cancelled, DeadlineExceeded


class Call:
    """Made when a request arrives, and asked at every step. All methods may be called from any thread.

    `caller` is whose turn is counted: a key's name or a session; those without one are one caller. `seconds` from now on the
    answer is worth nothing; the clock is monotonic, so that a jump of the wall clock changes nothing.
    """

    def __init__(self, caller: str = "", seconds: float = math.inf) -> None:
        self.caller = caller
        self.seconds = seconds
        self._ends = time.monotonic() + seconds
        self._gone = threading.Event()

    def leave(self) -> None:
        """Nobody waits any more."""
        self._gone.set()

    @property
    def gone(self) -> bool:
        return self._gone.is_set()

    @property
    def wanted(self) -> bool:
        """Whether an answer is still worth something to somebody."""
        return not self.gone and self.left() > 0

    def heed(self) -> None:
        """Raises Cancelled or DeadlineExceeded where there is nobody left to work for."""
        if self.gone:
            raise Cancelled()
        if self.left() <= 0:
            raise DeadlineExceeded(self.seconds)

    def left(self, most: float = math.inf) -> float:
        """Seconds until the deadline, at most `most`."""
        return max(0.0, min(self._ends - time.monotonic(), most))


def call_in(state: Mapping[str, object]) -> Call:
    """The one that whoever stands at the door has put there under "call"; one of its own where nobody does."""
    found = state.get("call")
    return found if isinstance(found, Call) else Call()
