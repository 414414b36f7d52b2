"""The processes that this one has started and that are still there (Linux)."""

from __future__ import annotations

import time
from pathlib import Path


def children() -> set[str]:
    threads = Path("/proc/self/task").iterdir()
    return {pid for thread in threads for pid in (thread / "children").read_text().split()}


def none_within(seconds: float, before: set[str]) -> bool:
    """Whether there are no others than `before` any more."""
    deadline = time.monotonic() + seconds
    while children() - before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
