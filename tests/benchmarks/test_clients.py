"""Clients that ask at once, of a server that counts them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from python_multipart.multipart import parse_form

from benchmarks.clients import HEADERS, Load, drive, form
from benchmarks.servers import Server

ANSWERING = 0.02  # s


class Counting(BaseHTTPRequestHandler):
    """Refuses what is empty."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    here = most = asked = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with Counting.lock:
            Counting.asked += 1
            Counting.here += 1
            Counting.most = max(Counting.most, Counting.here)
        time.sleep(ANSWERING)
        with Counting.lock:
            Counting.here -= 1
        self.send_response(200 if body else 400)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    Counting.here = Counting.most = Counting.asked = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield Server("counting", serving.server_address[1], 0, "/", {}, ())
        serving.shutdown()
        thread.join()


def test_every_body_is_sent_once_by_so_many_clients_at_a_time(server: Server) -> None:
    load = drive(server, [b"clip"] * 20, clients=4)
    assert Counting.asked == len(load.latencies) == 20
    assert 1 < Counting.most <= 4
    assert min(load.latencies) >= ANSWERING


def test_what_a_server_refuses_is_raised(server: Server) -> None:
    with pytest.raises(RuntimeError, match="answered 400"):
        drive(server, [b"clip", b""], clients=2)


def test_a_latency_is_one_that_the_share_did_not_exceed() -> None:
    assert Load(9.0, tuple(float(i) for i in range(101))).latency(0.95) == 95.0


def test_a_form_is_read_by_the_servers_parser(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"RIFF\r\n--x")
    body = form(file, {"model": "custom"})
    fields: dict[bytes, bytes] = {}
    parse_form(
        {"Content-Type": HEADERS["Content-Type"].encode(), "Content-Length": str(len(body)).encode()},
        _Bytes(body),
        lambda field: fields.update({field.field_name or b"": field.value or b""}),
        lambda sent: fields.update({sent.field_name or b"": sent.file_object.getvalue()}),
    )
    assert fields == {b"model": b"custom", b"file": b"RIFF\r\n--x"}


class _Bytes:
    """As python-multipart wants its input."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int = -1) -> bytes:
        taken, self._content = self._content[:size], self._content[size:]
        return taken
