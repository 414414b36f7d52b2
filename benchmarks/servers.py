"""Servers as users start them, each a process on a free port of this machine alone, and how long they took to answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from . import ROOT
from .contest import Absent, end, last_line, say
from .echo import COMMAND, RTF

ROUTE = "/v1/audio/transcriptions"  # the same clients ask both
PATIENCE = 180.0  # s until a server must answer
FUNASR_SERVER = "from funasr.bin.server import main; main()"  # what the console script funasr-server does (funasr 1.4.16)


@dataclass(frozen=True, slots=True)
class Server:
    """`answered`: s from its start until each of the paths that were waited for answered with 200, in their order."""

    name: str
    port: int
    pid: int
    route: str  # takes a file to transcribe
    fields: Mapping[str, str]  # that the form has beside the file
    answered: tuple[float, ...]


@contextmanager
def earshot(checkpoint: Path | str, precision: str = "auto") -> Iterator[Server]:
    """Our own: the console and then readiness are waited for. Raises Absent."""
    with tempfile.TemporaryDirectory() as temporary:
        ours = {"EARSHOT_OFFLINE": "1", "EARSHOT_DEVICE": "cpu", "EARSHOT_PRECISION": precision, "TMPDIR": temporary}
        command = [sys.executable, "app.py", "--model", str(checkpoint), "--port"]
        fields = {"model": "whisper-1", "response_format": "json"}
        with _serving("Earshot", command, ours, ("/", "/readyz"), ROUTE, fields) as server:
            yield server


@contextmanager
def echo(rtf: float, settings: Mapping[str, str]) -> Iterator[Server]:
    """Earshot over an engine that answers with checksums. `settings` are environment variables. Raises Absent."""
    with tempfile.TemporaryDirectory() as temporary:
        ours = {RTF: str(rtf), "TMPDIR": temporary, **settings}
        with _serving("echo", [sys.executable, "-c", COMMAND], ours, ("/livez", "/readyz"), "/transcribe", {}) as server:
            yield server


@contextmanager
def funasr_server(checkpoint: Path) -> Iterator[Server]:
    """FunASR's own. Raises Absent."""
    options = ["--host", "127.0.0.1", "--device", "cpu", "--model-path", str(checkpoint), "--port"]
    command = [sys.executable, "-c", FUNASR_SERVER, *options]
    fields = {"model": "custom", "language": "auto", "response_format": "json"}
    with _serving("funasr-server", command, {}, ("/health",), ROUTE, fields) as server:
        yield server


@contextmanager
def _serving(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    awaited: Sequence[str],
    route: str,
    fields: Mapping[str, str],
) -> Iterator[Server]:
    """`command` is run with a free port as its last argument."""
    port = free_port()
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        say(f"starting {name}")
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, str(port)], cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT, text=True
        )
        try:
            answered = []
            for path in awaited:
                if not _answers(port, path, process):
                    raise Absent(name, last_line(log) or f"{path} did not answer within {PATIENCE:.0f} s")
                answered.append(time.perf_counter() - started)
            yield Server(name, port, process.pid, route, fields, tuple(answered))
        finally:
            end(process)


def _answers(port: int, path: str, process: subprocess.Popen[str]) -> bool:
    """Waits for it. False when it does not, or the process has ended."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError, HTTPException):
            if status_of(port, path) == 200:
                return True
        time.sleep(0.02)
    return False


def status_of(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
