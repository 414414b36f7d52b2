"""Clients that cannot live in the tests' own Python: installed once, below build/, in the versions that are pinned."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.server import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "clients"
PATIENCE = 150  # s for one command


def installed(pins: Sequence[Path], *commands: Sequence[str]) -> Path:
    """A folder with copies of `pins` in which `commands` were run. Where one fails the test is skipped, and says why."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in pins)).hexdigest()[:12]
    folder = BUILD / f"{pins[0].parent.name}-{digest}"
    done = folder / "done"
    BUILD.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for path in pins:
                shutil.copy(path, folder)
            for command in commands:
                _install(command, folder)
            done.touch()
    return folder


def _install(command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{folder.name} could not be installed within {PATIENCE} s")
    except subprocess.CalledProcessError as fault:
        said = [line for line in fault.stderr.splitlines() if "error" in line.lower()]
        pytest.skip(f"{folder.name} could not be installed: {said[0] if said else fault}")


def driven(command: Sequence[str], folder: Path) -> Any:
    """What a script prints: one line of JSON."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
