"""Tests run beside one another, one a core. Those that measure time do not: while one runs, the other workers wait."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

if "TESTS_TOGETHER" not in os.environ:  # workers have it of the process that started them
    os.environ["TESTS_TOGETHER"] = tempfile.mkdtemp(prefix="earshot-tests-")
    atexit.register(shutil.rmtree, os.environ["TESTS_TOGETHER"], ignore_errors=True)

FOLDER = Path(os.environ["TESTS_TOGETHER"])


@contextlib.contextmanager
def beside_others(*, alone: bool, folder: Path = FOLDER) -> Iterator[None]:
    """Holds the room with others, or `alone`. Who waits for it holds the gate: nobody slips past him."""
    with (folder / "room").open("w") as room:
        with (folder / "gate").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(room, fcntl.LOCK_UN)  # closing is not enough: a child that was forked meanwhile has it open, too
