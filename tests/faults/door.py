"""The whole app over a fake engine, served on a real socket as `python app.py` serves it: what is seen here is on the wire."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from app import create_app, server_config
from settings import Settings
from speech.transcriber import State, Transcriber
from tests.fakes import FakeEngine, fake_transcriber
from tests.ui.conftest import in_a_loop


@dataclass
class Door:
    port: int
    app: FastAPI
    engine: FakeEngine
    transcriber: Transcriber

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, headers=headers)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def say(self, head: str, body: bytes = b"") -> Answer:
        """A request as it is written here, and all that comes back until the connection ends or the answer is whole."""
        with self.connect() as wire:
            wire.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
            return hear(wire)


@dataclass(frozen=True)
class Answer:
    status: int
    head: str
    body: bytes
    seconds: float

    @property
    def code(self) -> str:
        found = re.search(rb'"code":\s*"(\w+)"', self.body)
        return found[1].decode() if found else ""


def hear(wire: socket.socket) -> Answer:
    began = time.monotonic()
    data = b""
    while not _whole(data):
        try:
            piece = wire.recv(1 << 16)
        except ConnectionResetError:
            break
        if not piece:
            break
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    return Answer(status, head.decode("latin-1").lower(), body, time.monotonic() - began)


def _whole(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return bool(found and length and len(body) >= int(length[1]))


@contextmanager
def opened(
    settings: Settings,
    engine: FakeEngine | None = None,
    app: Callable[[FastAPI], None] | None = None,
    transcriber: Transcriber | None = None,
    ready: bool = True,
) -> Iterator[Door]:
    """`app` may change the app before it is served; a `transcriber` of one's own is served as it is, `ready` or not."""
    engine = engine or FakeEngine()
    transcriber = transcriber or fake_transcriber(engine, options=settings.transcriber)
    made = in_a_loop(lambda: create_app(settings, transcriber))
    if app:
        app(made)
    server = uvicorn.Server(server_config(made, settings))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([_socket()])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    while ready and transcriber.status.state is State.LOADING:
        time.sleep(0.02)
    yield Door(server.servers[0].sockets[0].getsockname()[1], made, engine, transcriber)
    server.should_exit = True
    thread.join(timeout=20)


def _socket() -> socket.socket:
    made = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle's algorithm on
    made.bind(("127.0.0.1", 0))
    return made


def held_files(folder: Path) -> list[str]:
    """Files of this process below a folder, deleted ones too."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = link.readlink()
        except OSError:
            continue
        if str(target).startswith(str(folder)):
            found.append(str(target))
    return found + [str(path) for path in folder.rglob("*") if path.is_file()]
