"""The server as users start it, `python app.py`: the bundled demo checkpoint, no network, a free port of this machine."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "models" / "demo" / "samples"
PATIENCE = 120.0  # s until it must be ready, and for one answer


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    temporary: Path  # where it may keep files
    log: Path

    def post(self, path: str, audio: bytes, name: str = "a.wav", **fields: str) -> httpx.Response:
        return httpx.post(self.url + path, files={"file": (name, io.BytesIO(audio))}, data=fields, timeout=PATIENCE)

    def answered(self, path: str) -> int:
        """How often it was sent something at `path`, as its own log has it: what no client can hide."""
        return self.log.read_text().count(f'"POST {path} ')


@contextlib.contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """`settings` without their EARSHOT_. Nothing of this machine is used: neither its settings nor weights of its caches."""
    temporary, log = folder / "temporary", folder / "log.txt"
    temporary.mkdir()
    own = {"HOME": folder / "home", "OFFLINE": "1", **settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    environment |= {f"EARSHOT_{name}": str(value) for name, value in own.items()}
    environment |= {"TMPDIR": str(temporary), "MODELSCOPE_CACHE": str(folder / "ms"), "HF_HUB_CACHE": str(folder / "hf")}
    environment.setdefault("OMP_NUM_THREADS", "1")  # two would wait for one another wherever the cores are busy
    port = _free_port()
    with log.open("wb") as output:
        command = [sys.executable, "app.py", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    server = Server(f"http://127.0.0.1:{port}", temporary, log)
    try:
        _await_ready(server, process)
        yield server
    finally:
        process.terminate()
        assert process.wait(30) in (0, -signal.SIGTERM)  # uvicorn raises the signal again when it has shut down


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended by itself: {server.log.read_text()[-2000:]}"
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.url}/readyz", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"the server was not ready within {PATIENCE:.0f} s")
