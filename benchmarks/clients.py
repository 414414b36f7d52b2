"""Clients that ask a server to transcribe files: so many at once, each asking again when it has its answer.

They share the CPU with the server, so they do as little as can be: the requests are written beforehand, answers are not read.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import numpy as np

from .servers import Server

BOUNDARY = "earshot-benchmark"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
PATIENCE = 600.0  # s for one answer


@dataclass(frozen=True, slots=True)
class Load:
    """What all clients together saw."""

    seconds: float  # until the last answer
    latencies: tuple[float, ...]  # s of each request

    def latency(self, share: float) -> float:
        """That `share` of the requests did not exceed."""
        return float(np.quantile(self.latencies, share))


@dataclass(slots=True)
class _Asked:
    """What the clients share; deques may be used by several threads."""

    waiting: deque[bytes]
    latencies: list[float] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)


def drive(server: Server, bodies: Sequence[bytes], clients: int) -> Load:
    """Raises what the first client that failed raised."""
    asked = _Asked(deque(bodies))
    threads = [threading.Thread(target=_ask_on, args=(server, asked), daemon=True) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if asked.faults:
        raise asked.faults[0]
    return Load(time.perf_counter() - started, tuple(asked.latencies))


def _ask_on(server: Server, asked: _Asked) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        for body in _left(asked.waiting):
            asked.latencies.append(_ask(connection, server.route, body))
    except Exception as fault:  # a thread's fault is told by the one that waits for it
        asked.faults.append(fault)
    finally:
        connection.close()


def _left(waiting: deque[bytes]) -> Iterator[bytes]:
    """Until the clients together have taken all."""
    while True:
        try:
            yield waiting.popleft()
        except IndexError:
            return


def _ask(connection: HTTPConnection, route: str, body: bytes) -> float:
    """Seconds until the whole answer is there."""
    started = time.perf_counter()
    connection.request("POST", route, body, HEADERS)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{route} answered {answer.status}: {said[:200]!r}")
    return time.perf_counter() - started


def form(file: Path, fields: Mapping[str, str]) -> bytes:
    """The body of a request."""
    return form_of(file.name, file.read_bytes(), fields)


def form_of(name: str, content: bytes, fields: Mapping[str, str]) -> bytes:
    parts = [_part(f'name="{field}"', value.encode()) for field, value in fields.items()]
    parts.append(_part(f'name="file"; filename="{name}"', content))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(disposition: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"
