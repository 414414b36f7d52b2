"""The server as users start it, `python app.py`: the bundled demo checkpoint, no network, a free port of this machine."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks import echo

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "models" / "demo" / "samples"
PATIENCE = 120.0  # s until it must be ready, and for one answer
APP = (sys.executable, "app.py")
ECHO = (sys.executable, "-c", echo.COMMAND)  # an engine without weights, which is there in a moment
NO_CONSOLE = "import app; app.mount_console = lambda *_: (frozenset(), frozenset())"
BARE = (sys.executable, "-c", f"{NO_CONSOLE}; {echo.COMMAND}")


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    temporary: Path  # where it may keep files
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def post(self, path: str, audio: bytes, name: str = "a.wav", **fields: str) -> httpx.Response:
        return httpx.post(self.url + path, files={"file": (name, io.BytesIO(audio))}, data=fields, timeout=PATIENCE)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=PATIENCE)

    def answered(self, path: str) -> int:
        """How often it was sent something at `path`, as it counted itself: what no client can hide."""
        counted = re.findall(
            rf'^earshot_requests_total{{method="POST",route="{path}",.*}} (\S+)$', self.get("/metrics").text, re.M
        )
        return round(sum(map(float, counted)))

    def end(self, number: int = signal.SIGTERM, within: float = 40.0) -> int:
        """Its exit status, after a signal."""
        self.process.send_signal(number)
        return self.process.wait(within)


@contextlib.contextmanager
def serving(folder: Path, command: Sequence[str] = APP, **settings: str) -> Iterator[Server]:
    """Ready when it is given; must end with 0, unless a test has ended it before."""
    with started(folder, command, **settings) as server:
        await_ready(server, str(settings.get("API_KEYS", "")))
        yield server
        if server.process.poll() is None:
            assert server.end() == 0, server.log.read_text()[-2000:]


@contextlib.contextmanager
def started(folder: Path, command: Sequence[str] = APP, **settings: str) -> Iterator[Server]:
    """`settings` without their EARSHOT_. Nothing of this machine is used: neither its settings nor weights of its caches."""
    temporary, log = folder / "temporary", folder / "log.txt"
    temporary.mkdir(exist_ok=True)
    port = int(settings.get("PORT", _free_port()))
    own = {"HOME": folder / "home", "OFFLINE": "1", "PRECISION": "fp32", **settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    environment |= {f"EARSHOT_{name}": str(value) for name, value in own.items()}
    environment |= {"TMPDIR": str(temporary), "MODELSCOPE_CACHE": str(folder / "ms"), "HF_HUB_CACHE": str(folder / "hf")}
    environment |= {echo.RTF: settings.get("RTF", "0")}
    environment.setdefault("OMP_NUM_THREADS", "1")  # two would wait for one another wherever the cores are busy
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Server(f"http://127.0.0.1:{port}", temporary, log, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def await_ready(server: Server, key: str = "") -> None:
    asked = urllib.request.Request(f"{server.url}/readyz", headers={"Authorization": f"Bearer {key}"})
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"the server ended by itself: {server.log.read_text()[-2000:]}"
        with contextlib.suppress(OSError), urllib.request.urlopen(asked, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"the server was not ready within {PATIENCE:.0f} s")


def connections(server: Server, n: int, sent: bytes = b"") -> list[socket.socket]:
    opened = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(n)]
    for each in opened:
        each.sendall(sent)
    return opened


def until_closed(opened: Sequence[socket.socket], seconds: float) -> list[bytes]:
    """What each was sent before the server closed it; fails where one is still open after `seconds`."""
    ends = time.monotonic() + seconds
    answers = []
    for each in opened:
        said = b""
        with each, contextlib.suppress(ConnectionResetError):
            while True:
                each.settimeout(max(0.01, ends - time.monotonic()))
                if not (more := each.recv(65536)):
                    break
                said += more
        answers.append(said)
    return answers
