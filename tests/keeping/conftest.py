"""A keeper over a fake engine, in a folder of its own."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from keeping.keeper import Keeper
from keeping.options import KeepingOptions
from speech.batching import BatcherOptions
from speech.hearing import Ask
from speech.jobs import Job, JobState
from speech.transcriber import Transcriber, TranscriberOptions
from tests import sounds
from tests.fakes import FakeEngine, fake_transcriber

ASK = Ask()


def sound(seconds: float = 4.0, seed: int = 0) -> BinaryIO:
    return io.BytesIO(sounds.encode(sounds.noise(-20, seconds, seed=seed)))


def until(reached: Callable[[], bool], seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.02)


def ended(keeper: Keeper, id: str, owner: str = "") -> Job:
    until(lambda: keeper.get(id, owner).state.ended)
    return keeper.get(id, owner)


def running(keeper: Keeper, id: str, owner: str = "") -> None:
    until(lambda: keeper.get(id, owner).state is JobState.RUNNING)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def transcriber(engine: FakeEngine) -> Iterator[Transcriber]:
    """One clip a pass: what is heard comes piece by piece."""
    made = fake_transcriber(engine, options=TranscriberOptions(ahead=0.0, batcher=BatcherOptions(at_once=1.0, wait=0.0)))
    yield made
    engine.gate.set()
    made.stop()


@pytest.fixture
def options(tmp_path: Path) -> KeepingOptions:
    return KeepingOptions(home=tmp_path / "jobs")


Keepers = Callable[..., Keeper]


@pytest.fixture
def keepers(transcriber: Transcriber, options: KeepingOptions, engine: FakeEngine) -> Iterator[Keepers]:
    """Makes keepers of the same folder, one after the other, started or not."""
    made: list[Keeper] = []

    def make(start: bool = True, transcriber: Transcriber = transcriber, **changes: object) -> Keeper:
        keeper = Keeper(transcriber, replace(options, **changes))  # type: ignore[arg-type]
        made.append(keeper)
        if start:
            keeper.start()
        return keeper

    yield make
    engine.gate.set()
    for keeper in made:
        keeper.stop()
