"""How often something may happen: a bucket of tokens that refills with time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable


class Bucket:
    """Holds `most` tokens at first and gets `rate` a second. For one thread."""

    def __init__(self, rate: float, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._tokens, self._seen = most, clock()

    def take(self) -> int:
        """0 where a token was there; else the whole seconds until one will be."""
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        if self._tokens < 1:
            return max(1, math.ceil((1 - self._tokens) / self._rate))
        self._tokens -= 1
        return 0
