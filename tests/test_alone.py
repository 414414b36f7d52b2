"""Workers that run tests: together, or one of them alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alone import beside_others

SHORT, PATIENCE = 0.2, 10.0  # s


class Worker:
    def __init__(self, folder: Path, *, alone: bool = False) -> None:
        self.inside, self.done = threading.Event(), threading.Event()
        self._folder, self._alone = folder, alone
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with beside_others(alone=self._alone, folder=self._folder):
            self.inside.set()
            self.done.wait(PATIENCE)

    def leave(self) -> None:
        self.done.set()
        self._thread.join(PATIENCE)


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(tmp_path)
    assert worker.inside.wait(PATIENCE)
    yield worker
    worker.leave()


def test_workers_run_beside_one_another(first: Worker, tmp_path: Path) -> None:
    second = Worker(tmp_path)
    assert second.inside.wait(PATIENCE)
    second.leave()


def test_who_must_be_alone_waits_for_the_others_and_nobody_slips_past_him(first: Worker, tmp_path: Path) -> None:
    alone = Worker(tmp_path, alone=True)
    assert not alone.inside.wait(SHORT)
    late = Worker(tmp_path)
    assert not late.inside.wait(SHORT)
    first.leave()
    assert alone.inside.wait(PATIENCE)
    assert not late.inside.wait(SHORT)
    alone.leave()
    assert late.inside.wait(PATIENCE)
    late.leave()
