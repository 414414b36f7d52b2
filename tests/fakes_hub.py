"""A model hub on loopback that speaks ModelScope's and Hugging Face's dialect, and fails in the ways that hubs do."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a file, as it came in."""

    file: str
    revision: str
    begin: int | None  # of the Range header
    sent: int  # bytes of the file that went out


@dataclass
class FakeHub:
    """Serves `files`; the other fields are its faults, and may be changed while it runs."""

    files: Mapping[str, bytes]
    revisions: set[str] | None = None  # those it knows; None: all
    cut: dict[str, list[int]] = field(default_factory=dict)  # file -> after how many bytes its next answers hang up
    wrong: set[str] = field(default_factory=set)  # files with one byte changed
    missing: set[str] = field(default_factory=set)
    status: dict[str, int] = field(default_factory=dict)  # file -> what to answer instead
    ranges: bool = True
    shift: int = 0  # by how much a range that is answered begins too early
    announce: bool = True  # sizes
    delay: float = 0.0  # s before each answer
    redirect: bool = False  # to another address, as hubs do for large files
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> FakeHub:
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def requests_for(self, file: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.file == file]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes: each answer would take 40 ms

            def setup(self) -> None:
                hub.connections += 1
                super().setup()

            def do_GET(self) -> None:
                hub._closing.wait(hub.delay)
                hub._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        return Handler

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        file, revision = _file_and_revision(request.path)
        known = self.revisions is None or revision in self.revisions
        if file in self.status:
            _answer_bare(request, self.status[file])
        elif file not in self.files or file in self.missing or not known:
            _answer_bare(request, 404)
        elif self.redirect and not request.path.startswith("/storage/"):
            _answer_bare(request, 302, f"{self.endpoint}/storage/{revision}/{file}")
        else:
            self._serve(request, file, revision)

    def _serve(self, request: BaseHTTPRequestHandler, file: str, revision: str) -> None:
        content = _changed(self.files[file]) if file in self.wrong else self.files[file]
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        begin = int(asked[1]) if asked else None
        if self.ranges and begin is not None and begin >= len(content):
            _answer_bare(request, 416)
            return
        first = max(0, begin - self.shift) if self.ranges and begin is not None else 0
        cuts = self.cut.get(file)
        cut = cuts.pop(0) if cuts else None
        sent = content[first:] if cut is None else content[first : first + cut]
        self.asked.append(Asked(file, revision, begin, len(sent)))
        self._send_head(request, first, len(content), partial=self.ranges and begin is not None)
        request.wfile.write(sent)
        request.close_connection = cut is not None or not self.announce

    def _send_head(self, request: BaseHTTPRequestHandler, first: int, size: int, *, partial: bool) -> None:
        request.send_response(206 if partial else 200)
        if partial:
            request.send_header("Content-Range", f"bytes {first}-{size - 1}/{size if self.announce else '*'}")
        if self.announce:
            request.send_header("Content-Length", str(size - first))
        else:
            request.send_header("Connection", "close")
        request.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no fault of the hub's."""


def _file_and_revision(target: str) -> tuple[str, str]:
    """ModelScope: /api/v1/models/O/N/repo?Revision=R&FilePath=F. Hugging Face: /O/N/resolve/R/F. Ours: /storage/R/F."""
    address = urlsplit(target)
    if re.fullmatch(r"/api/v1/models/iic/SenseVoiceSmall/repo", address.path):
        query = parse_qs(address.query)
        return query["FilePath"][0], query["Revision"][0]
    found = re.fullmatch(r"/(?:FunAudioLLM/SenseVoiceSmall/resolve|storage)/([^/]+)/(.+)", address.path)
    return (unquote(found[2]), unquote(found[1])) if found else ("", "")


def _answer_bare(request: BaseHTTPRequestHandler, status: int, location: str | None = None) -> None:
    request.send_response(status)
    if location:
        request.send_header("Location", location)
    request.send_header("Content-Length", "0")
    request.end_headers()


def _changed(content: bytes) -> bytes:
    """The byte in the middle is another one; the size is the same."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
