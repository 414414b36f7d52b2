"""Contestants behind a pipe, and turns."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from benchmarks import ROOT
from benchmarks.contest import Absent, Contestant, end, in_turn, peer

TOY = """
from benchmarks.contestants.serving import Taken, serve
def load():
    print("a library talks")
    return {"count": lambda given: Taken(len(given), 0.5), "fall": lambda given: 1 / 0}
serve(load)
"""


@contextmanager
def toy() -> Iterator[Contestant]:
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-c", TOY], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        try:
            yield Contestant("toy", process, complaints)
        finally:
            end(process)
            if process.stdout:
                process.stdout.close()


def test_a_contestant_answers_what_it_was_asked_whatever_its_libraries_print() -> None:
    with toy() as contestant:
        measured = contestant.measure("count", "a", "b")
        assert (measured.seconds, measured.first) == (2.0, 0.5)
        assert 0 <= measured.peak < 100
        assert contestant.seconds("count") == 0.0


def test_one_that_falls_says_why() -> None:
    with toy() as contestant, pytest.raises(Absent, match="toy: ZeroDivisionError"):
        contestant.measure("fall")


def test_a_peer_that_cannot_be_run_is_named_and_skipped() -> None:
    skipped: list[str] = []
    with ExitStack() as stack:
        assert peer(stack, skipped, "Peer", "sherpa", "model", python="/nowhere/python") is None
    assert skipped == ["Peer: /nowhere/python cannot be run (No such file or directory)"]


def test_steps_take_turns() -> None:
    order: list[str] = []

    def step(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = in_turn(3, {"a": lambda: step("a"), "b": lambda: step("b")})
    assert order == ["a", "b"] * 3
    assert taken == {"a": [1.0, 3.0, 5.0], "b": [2.0, 4.0, 6.0]}
