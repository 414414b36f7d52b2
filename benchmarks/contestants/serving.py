"""A contestant's side of the pipe: everything loaded first, then one measured action for every line that comes in.

Needs nothing but numpy: it runs in the Python of any peer.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import wave
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Taken:
    """What an action took. `first`: until the first of its results, where it gives several."""

    seconds: float
    first: float = 0.0


Action = Callable[[Sequence[str]], Taken]


def serve(load: Callable[[], Mapping[str, Action]]) -> None:
    """Answers lines of JSON, [action, argument, …], with [seconds, first, peak MB above idle], until its input ends.

    The first line that it writes says that all is loaded.
    """
    answers = _own_output()
    actions = load()
    idle = _memory("VmRSS")
    _forget_peak()
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        taken = actions[name](arguments)
        print(json.dumps([taken.seconds, taken.first, _memory("VmHWM") - idle]), file=answers, flush=True)


def _own_output() -> TextIO:
    """Where answers go. Whatever else is printed goes to stderr: libraries talk."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _memory(field: str) -> float:
    """MB of this process, by a name of Linux's /proc/PID/status; elsewhere the highest that it ever had."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    line = next(line for line in status.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024 / 1e6


def _forget_peak() -> None:
    """What loading needed is not what hearing needs (Linux, proc_pid_clear_refs: 5 resets VmHWM)."""
    with suppress(OSError):  # no Linux, or not allowed: the peak is then that of loading, if it was higher
        Path("/proc/self/clear_refs").write_text("5")


def timed(work: Callable[[], object]) -> Taken:
    started = time.perf_counter()
    work()
    return Taken(time.perf_counter() - started)


@cache
def read(path: str) -> Samples:
    """A 16-bit mono WAV file, (n,) in [-1, 1]. Kept: no action's time is spent on reading what an earlier one read."""
    with wave.open(path, "rb") as reader:
        whole = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
    return whole.astype(np.float32) / np.float32(2**15)


def read_all(paths: Sequence[str]) -> list[Samples]:
    return [read(path) for path in paths]
