"""Clients that cannot live in the tests' own Python: installed once, below build/, in the versions that are pinned."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.server import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "clients"
PATIENCE = 240  # s for one command, beside whatever else runs


class NotInstalled(Exception):
    """Why not, in a line."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with copies of `pins` in which `commands` were run."""

    pins: tuple[Path, ...]
    commands: tuple[tuple[str, ...], ...]

    def folder(self) -> Path:
        """Where installing fails the test is skipped, and says why."""
        try:
            return (begun.get(self) or begin(self)).result()
        except NotInstalled as fault:
            pytest.skip(str(fault))

    def made(self) -> Path:
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in self.pins)).hexdigest()[:12]
        folder = BUILD / f"{self.pins[0].parent.name}-{digest}"
        done = folder / "done"
        BUILD.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                for path in self.pins:
                    shutil.copy(path, folder)
                for command in self.commands:
                    _run(command, folder)
                done.touch()
        return folder


def _run(command: Sequence[str], folder: Path) -> None:
    quiet = ("nice", "-n", "10", *command)  # behind the tests that run meanwhile
    process = subprocess.Popen(
        quiet, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    running.append(process)
    try:
        _, said = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        _end(process)
        raise NotInstalled(f"{folder.name} could not be installed within {PATIENCE} s") from None
    finally:
        running.remove(process)
    if process.returncode:
        why = [line for line in said.splitlines() if "error" in line.lower()]
        raise NotInstalled(f"{folder.name} could not be installed: {why[0] if why else f'exit status {process.returncode}'}")


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


begun: dict[Installation, Future[Path]] = {}
running: list[subprocess.Popen[str]] = []
_pool = ThreadPoolExecutor(1)


def begin(installation: Installation) -> Future[Path]:
    """While other tests run. Who asks for the folder meanwhile waits."""
    begun[installation] = _pool.submit(installation.made)
    return begun[installation]


def end() -> None:
    """What is not done by now is not wanted any more."""
    _pool.shutdown(wait=False, cancel_futures=True)
    for process in [*running]:
        _end(process)


VENV = (sys.executable, "-m", "venv", "venv")
PIP = ("venv/bin/python", "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--no-compile", "--retries=1")
NPM_CI = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000")

LITELLM = Installation((HERE / "litellm" / "requirements.txt",), (VENV, (*PIP, "--requirement=requirements.txt")))
NODE = Installation((HERE / "node" / "package.json", HERE / "node" / "package-lock.json"), (NPM_CI,))
ASKED_FOR_BY = {"test_litellm.py": LITELLM, "test_node.py": NODE}


def driven(command: Sequence[str], folder: Path) -> Any:
    """What a script prints: one line of JSON."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
