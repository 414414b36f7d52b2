"""Contestants in processes of their own, measured in turn: A B A B, so that what disturbs one disturbs the other."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from . import ROOT

PATIENCE = 15.0  # s that a process has to end when it is told to


@dataclass(frozen=True, slots=True)
class Measured:
    """What a contestant says of one action."""

    seconds: float
    first: float  # s until the first result, of actions that have several
    peak: float  # MB above what it needed when it was loaded and idle


class Absent(Exception):
    """A contestant that cannot take part."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


class Contestant:
    """The other end of contestants/serving.py."""

    def __init__(self, name: str, process: subprocess.Popen[str], complaints: IO[str]) -> None:
        self.name, self._process, self._complaints = name, process, complaints
        self._answer()

    def measure(self, action: str, *arguments: str) -> Measured:
        """Raises Absent when the process ends instead of answering."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([action, *arguments]) + "\n")
        self._process.stdin.flush()
        return Measured(*json.loads(self._answer()))

    def seconds(self, action: str, *arguments: str) -> float:
        return self.measure(action, *arguments).seconds

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(PATIENCE)
            raise Absent(self.name, last_line(self._complaints) or "it ended without a word")
        return line


@contextmanager
def running(name: str, module: str, *arguments: str, python: str = sys.executable) -> Iterator[Contestant]:
    """One of benchmarks/contestants, loaded. Raises Absent where it does not get as far."""
    command = [python, "-m", f"benchmarks.contestants.{module}", *arguments]
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        say(f"loading {name}")
        try:
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
            )
        except OSError as fault:
            raise Absent(name, f"{python} cannot be run ({fault.strerror})") from fault
        try:
            yield Contestant(name, process, complaints)
        finally:
            end(process)


def peer(
    stack: ExitStack, skipped: list[str], name: str, module: str, *arguments: str, python: str = sys.executable
) -> Contestant | None:
    """A contestant that others may lack; its name and the reason go to `skipped` then."""
    try:
        return stack.enter_context(running(name, module, *arguments, python=python))
    except Absent as missing:
        skipped.append(str(missing))
        return None


def in_turn(rounds: int, steps: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """What each step gave, round by round."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for i in range(rounds):
        for name, step in steps.items():
            taken[name].append(step())
            say(f"round {i + 1} of {rounds}: {name} {taken[name][-1]:.3g} s")
    return taken


def end(process: subprocess.Popen[str]) -> None:
    """Closes its input, asks it to end, and makes it."""
    if process.stdin:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_line(complaints: IO[str]) -> str:
    complaints.seek(0)
    lines = [line.strip() for line in complaints if line.strip()]
    return lines[-1] if lines else ""


def say(words: str) -> None:
    """Where we are. Results go to stdout."""
    print(words, file=sys.stderr, flush=True)
