"""Clients that cannot live in the tests' own Python: installed once, below build/, in the versions that are pinned."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.server import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "clients"
PATIENCE = 150  # s for one command


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
            return self.made()
        except NotInstalled as fault:
            pytest.skip(str(fault))

    def begin(self) -> None:
        """While other tests run. Who asks for the folder meanwhile waits."""
        threading.Thread(target=self._unless_it_fails, daemon=True).start()

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

    def _unless_it_fails(self) -> None:
        with contextlib.suppress(NotInstalled):  # it is told where the folder is asked for
            self.made()


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        command = ("nice", "-n", "10", *command)  # behind the tests that run meanwhile
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"{folder.name} could not be installed within {PATIENCE} s") from None
    except (OSError, subprocess.CalledProcessError) as fault:
        said = [line for line in str(getattr(fault, "stderr", "")).splitlines() if "error" in line.lower()]
        raise NotInstalled(f"{folder.name} could not be installed: {said[0] if said else fault}") from None


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
