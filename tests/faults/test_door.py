"""What comes to the door that should not: every request here is refused in words, and leaves nothing behind."""

from __future__ import annotations

import json
import logging
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from settings import Limits, Settings
from tests import sounds
from tests.faults.door import Door, hear, held_files, opened
from tests.processes import resident

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pandas', of Gradio's queue

UPLOAD = 2_000_000  # bytes
SILENCE = 1.5  # s
KEYS = ("the-first-key-of-this-server", "the-second-key-of-this-server")
CLIP = sounds.encode(sounds.tone(duration=1.0))
HEARING = ("/transcribe", "/v1/audio/transcriptions", "/asr", "/detect-language", "/inference")
FIELD = {path: "audio_file" if path in ("/asr", "/detect-language") else "file" for path in HEARING}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where temporary files go."""
    made = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(made))
        patch.setenv("GRADIO_TEMP_DIR", str(made / "console"))
        yield made


@pytest.fixture(scope="module")
def door(folder: Path) -> Iterator[Door]:
    with opened(Settings(limits=Limits(upload=UPLOAD, silence=SILENCE))) as it:
        yield it


@pytest.fixture(scope="module")
def locked(folder: Path) -> Iterator[Door]:
    keys = tuple(map(SecretStr, KEYS))
    with opened(Settings(api_keys=keys, limits=Limits(upload=UPLOAD, rate=120))) as it:
        yield it


@pytest.fixture
def client(door: Door) -> Iterator[httpx.Client]:
    with door.client() as it:
        yield it


def sentence(answer: httpx.Response, path: str) -> str:
    """A refusal in the shape that the path's clients know."""
    if path == "/asr":
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.text
    error = answer.json()["error"]
    return str(error if path == "/inference" else error["message"])


def code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def boundary(*parts: str, end: bool = True) -> bytes:
    """A form's body with boundary=x, of parts that are heads and values."""
    body = "".join(f"--x\r\n{part}\r\n" for part in parts)
    return (body + ("--x--\r\n" if end else "")).encode("latin-1")


def part(name: str, value: str, filename: str = "") -> str:
    file = f'; filename="{filename}"' if filename else ""
    return f'Content-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}'


MULTIPART = {"content-type": "multipart/form-data; boundary=x"}

# --- the shape of a request ---


@pytest.mark.parametrize("path", HEARING)
def test_a_request_without_a_file_is_told_so(client: httpx.Client, path: str) -> None:
    nothing = client.post(path, files={"model": (None, "x")})
    text = client.post(path, files={FIELD[path]: (None, "abc")})
    assert (nothing.status_code, text.status_code) == (400, 400)
    assert "No audio file was sent" in sentence(nothing, path)
    assert "No audio file was sent" in sentence(text, path)
    assert nothing.headers["x-request-id"]


@pytest.mark.parametrize("path", HEARING)
def test_an_empty_file_is_told_so(client: httpx.Client, path: str) -> None:
    answer = client.post(path, files={FIELD[path]: ("a.wav", b"")})
    assert answer.status_code == 400
    assert "0 bytes" in sentence(answer, path)


@pytest.mark.parametrize("path", HEARING)
def test_two_files_are_one_too_many(client: httpx.Client, folder: Path, path: str) -> None:
    answer = client.post(path, files=[(FIELD[path], ("a.wav", bytes(2_000_000 // 3))), (FIELD[path], ("b.wav", CLIP))])
    assert answer.status_code == 400
    assert "More than one file" in sentence(answer, path)
    assert held_files(folder) == []


def test_a_thousand_fields_are_too_many(client: httpx.Client, folder: Path) -> None:
    answer = client.post("/transcribe", files=[("file", ("a.wav", CLIP)), *[(f"f{i}", (None, "x")) for i in range(1000)]])
    assert (answer.status_code, code(answer)) == (400, "too_many_parts")
    listed = client.post("/transcribe", data={f"f{i}": "x" for i in range(1000)})
    assert (listed.status_code, code(listed)) == (400, "too_many_parts")
    assert held_files(folder) == []


def test_a_field_that_is_no_file_is_not_kept_in_memory(folder: Path) -> None:
    """300 MB of one field, below the limit of uploads."""
    with opened(Settings(limits=Limits(upload=500_000_000))) as door, door.client() as client:
        client.post("/transcribe", files={"file": ("a.wav", CLIP)})
        before = resident("self")
        head = b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n'
        pieces = (head if i == 0 else b"a" * (1 << 16) for i in range(300_000_000 // (1 << 16)))
        with watched_memory() as most:
            answer = client.post("/transcribe", content=pieces, headers=MULTIPART)
    assert (answer.status_code, code(answer)) == (413, "body_too_large")
    assert most() - before < 20_000_000
    assert held_files(folder) == []


class watched_memory:  # noqa: N801
    """The most memory that was resident within."""

    def __enter__(self) -> watched_memory:
        self._seen, self._over = [resident("self")], threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._over.wait(0.005):
            self._seen.append(resident("self"))

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def __call__(self) -> int:
        return max(self._seen)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("path", "head", "expected"),
    [
        ("/transcribe", "content-type: multipart/form-data; boundary=x", "file_too_large"),
        ("/console/upload", "content-type: application/octet-stream", "file_too_large"),
        ("/gradio_api/queue/join", "content-type: application/json", "body_too_large"),
    ],
)
def test_a_length_over_the_limit_is_refused_before_a_byte_is_sent(door: Door, path: str, head: str, expected: str) -> None:
    answer = door.say(f"POST {path} HTTP/1.1\nhost: localhost\n{head}\ncontent-length: 3000000")
    assert (answer.status, answer.code) == (413, expected)
    assert "connection: close" in answer.head
    assert answer.seconds < 1


@pytest.mark.parametrize("path", ["/transcribe", "/console/upload"])
def test_a_body_in_chunks_is_cut_off_just_over_the_limit(
    door: Door, folder: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    chunk = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n"
    opening = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    begin = b"%x\r\n%s\r\n" % (len(opening), opening)
    caplog.set_level(logging.INFO, "earshot.access")
    with door.connect() as wire:
        wire.sendall(f"{head}content-type: multipart/form-data; boundary=x\r\n\r\n".encode() + begin)
        thread = threading.Thread(target=flood, args=(wire, chunk))
        thread.start()
        answer = hear(wire)
        thread.join()
    assert (answer.status, answer.code) == (413, "file_too_large")
    settle(folder)
    assert held_files(folder) == []
    deadline = time.monotonic() + 5
    while not (seen := [record.__dict__ for record in caplog.records if getattr(record, "route", "") == path]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert seen[0]["code"] == "file_too_large"
    assert UPLOAD < seen[0]["bytes_in"] <= UPLOAD + (1 << 20)


def flood(wire: object, chunk: bytes) -> None:
    """Until the other side has had enough."""
    try:
        for _ in range(2000):
            wire.sendall(chunk)  # type: ignore[attr-defined]
    except OSError:
        pass


def settle(folder: Path) -> None:
    deadline = time.monotonic() + 5
    while held_files(folder) and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.parametrize("length", ["-1", "abc", "5\ncontent-length: 7", "1e3", "+5"])
def test_a_length_that_is_none_is_refused(door: Door, length: str) -> None:
    answer = door.say(f"POST /transcribe HTTP/1.1\nhost: localhost\ncontent-length: {length}", b"hello")
    assert (answer.status, answer.code) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/transcribe", "/console/upload"])
def test_a_body_that_stops_coming_is_given_up(door: Door, folder: Path, path: str) -> None:
    head = f"POST {path} HTTP/1.1\nhost: localhost\ncontent-type: multipart/form-data; boundary=x\ncontent-length: 1500000"
    began = time.monotonic()
    answer = door.say(head, boundary(part("file", "x" * 1_200_000, "a.wav"), end=False)[:1_200_000])
    assert (answer.status, answer.code) == (408, "request_timeout")
    assert "connection: close" in answer.head
    assert SILENCE <= time.monotonic() - began < SILENCE + 2.5
    settle(folder)
    assert held_files(folder) == []


def test_a_reader_that_takes_nothing_is_given_up(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "earshot.access")
    with door.connect() as wire:
        began = time.monotonic()
        for _ in range(8):  # more than the system's buffers take
            wire.sendall(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: localhost\r\n\r\n")
        statuses: list[int] = []
        while 499 not in statuses:
            assert time.monotonic() - began < SILENCE + 3
            time.sleep(0.05)
            statuses = [record.__dict__["status"] for record in caplog.records if "bundle" in getattr(record, "route", "")]
    assert time.monotonic() - began >= SILENCE


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", boundary(part("file", "x", "a.wav"))),
        ("multipart/form-data; boundary=", boundary(part("file", "x", "a.wav"))),
        ("multipart/form-data; boundary=other", boundary(part("file", "x", "a.wav"))),
        ("multipart/form-data; boundary=x", boundary(part("file", "x" * 5000, "a.wav"), end=False)),
        ("multipart/form-data; boundary=x", boundary(part("file", "x" * 5000, "a.wav"))[:3000]),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", boundary("Content-Disposition: form-data\r\n\r\nx")),
        ("multipart/form-data; boundary=x", boundary("X: " + "y" * 1_000_000 + "\r\n\r\nx")),
        ("multipart/form-data; boundary=x", boundary("".join(f"X{i}: y\r\n" for i in range(10_000)) + "\r\nx")),
    ],
    ids=["none", "empty", "odd", "no end", "cut off", "nonsense", "nameless", "long header", "many headers"],
)
def test_a_form_that_cannot_be_read_is_told_so(client: httpx.Client, folder: Path, kind: str, body: bytes) -> None:
    answer = client.post("/transcribe", content=body, headers={"content-type": kind})
    assert (answer.status_code, code(answer)) == (400, "malformed_multipart")
    assert held_files(folder) == []


def test_json_that_cannot_be_read_is_refused_before_gradio_sees_it(client: httpx.Client) -> None:
    for body in (b"[" * 10_000, b'{"data":' * 10_000, b"{", b"[1]", b"\xff", b'{"data":' + b"[" * 9000 + b"]" * 9000 + b"}"):
        answer = client.post("/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, code(answer)) == (400, "bad_json")
    large = client.post("/gradio_api/queue/join", json={"data": ["x" * 10_000_000]})
    assert (large.status_code, code(large)) == (413, "body_too_large")


@pytest.mark.parametrize("kind", ["application/json", "audio/wav", "text/plain"])
@pytest.mark.parametrize("path", HEARING)
def test_a_body_that_is_no_form_is_told_so(client: httpx.Client, path: str, kind: str) -> None:
    answer = client.post(path, content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 415
    assert kind in sentence(answer, path)


@pytest.mark.parametrize(
    ("path", "fields", "status", "expected"),
    [
        ("/v1/audio/transcriptions", {"response_format": "docx"}, 400, "verbose_json"),
        ("/v1/audio/transcriptions", {"language": "klingon"}, 400, "yue"),
        ("/v1/audio/transcriptions", {"language": "z\0h"}, 400, "yue"),
        ("/v1/audio/transcriptions", {"temperature": "nan"}, 400, "temperature"),
        ("/v1/audio/transcriptions", {"temperature": "inf"}, 400, "temperature"),
        ("/v1/audio/transcriptions", {"prompt": "x" * 1_000_000}, 413, "0.1 MB"),
        ("/transcribe", {"labels": "xml"}, 400, "emoji"),
        ("/inference", {"temperature": "nan"}, 400, "temperature"),
        ("/inference", {"response_format": "docx"}, 400, "verbose_json"),
    ],
)
def test_values_that_make_no_sense_are_refused_and_the_allowed_ones_named(
    client: httpx.Client, path: str, fields: dict[str, str], status: int, expected: str
) -> None:
    answer = client.post(path, files={"file": ("a.wav", CLIP)}, data=fields)
    assert answer.status_code == status
    assert expected in sentence(answer, path)


def test_an_unknown_model_is_refused_where_openai_would(folder: Path) -> None:
    with opened(Settings(openai_strict=True)) as door, door.client() as client:
        answer = client.post("/v1/audio/transcriptions", files={"file": ("a.wav", CLIP)}, data={"model": "whisper-9"})
    assert (answer.status_code, code(answer)) == (404, "model_not_found")
    assert "whisper-1" in answer.text


@pytest.fixture
def sink() -> Iterator[HTTPServer]:
    """Somewhere that a server could be made to ask; `hits` are the paths it was asked for."""
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.hits = hits  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", HEARING)
@pytest.mark.parametrize("name", ["url", "file_url"])
def test_nothing_is_fetched_for_a_client(client: httpx.Client, sink: HTTPServer, path: str, name: str) -> None:
    address = f"http://127.0.0.1:{sink.server_port}/a.wav"
    for answer in (client.post(path, data={name: address}), client.post(path, params={name: address})):
        assert answer.status_code == 400
        assert sentence(answer, path).startswith(f"{name} is not read")
    named = client.post(path, data={FIELD[path]: address})
    assert "No audio file was sent" in sentence(named, path)
    heard = client.post(path, data={name: address}, files={FIELD[path]: ("a.wav", CLIP)})
    assert heard.status_code == 200
    assert sink.hits == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [*HEARING, "/load"])
def test_other_methods_are_not_allowed(client: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD", "PUT", "TRACE"):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert method == "HEAD" or code(answer) == "method_not_allowed"


@pytest.mark.parametrize("path", ["/nowhere", "/v1/nowhere", "/v1/audio/nowhere", "/gradio_api/nowhere", "/docs/nowhere", "/%00"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there_is_told_in_the_envelope(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, code(answer)) == (404, "not_found")
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


# --- by which name, from which page ---


@pytest.mark.parametrize("path", ["/", "/livez", "/transcribe", "/config"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "192.168.0.9", "127.0.0.1.nip.io", "[::2]"])
def test_a_foreign_name_is_not_answered(client: httpx.Client, path: str, host: str) -> None:
    for name in (host, f"{host}:6006"):
        answer = client.get(path, headers={"host": name, "origin": f"http://{name}"})
        assert (answer.status_code, code(answer)) == (421, "host_not_allowed")
        assert not [header for header in answer.headers if header.startswith("access-control")]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:65000", "[::1]"])
def test_a_tunnel_may_map_ports(client: httpx.Client, host: str) -> None:
    assert client.get("/livez", headers={"host": host}).status_code == 200


def test_names_of_ones_own_and_addresses_are_answered_where_they_are_meant(folder: Path) -> None:
    settings = Settings(host="0.0.0.0", hosts=("earshot.example",), allow_open=True)
    with opened(settings) as door, door.client() as client:
        statuses = {
            host: client.get("/livez", headers={"host": host}).status_code
            for host in ("earshot.example", "Earshot.example:443", "192.168.0.9:6006", "[fe80::1]:6006", "evil.example")
        }
    assert list(statuses.values()) == [200, 200, 200, 200, 421]


@pytest.mark.parametrize(
    "head", ["", "host: localhost\nhost: localhost", "host:", "host: a b", "host: x@localhost", "host: [::1"]
)
def test_a_request_names_one_host(door: Door, head: str) -> None:
    answer = door.say("\n".join(line for line in ("GET /livez HTTP/1.0", head) if line))
    assert (answer.status, answer.code) == (400, "bad_request")


FOREIGN = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:1"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: next(iter(headers.values())))
def test_a_page_of_elsewhere_stores_nothing(door: Door, folder: Path, headers: dict[str, str]) -> None:
    with door.client(**headers) as client:
        heard = len(door.engine.batches)
        for answer in (
            client.post("/transcribe", files={"file": ("a.wav", CLIP)}),
            client.post("/console/upload", content=CLIP),
            client.post("/gradio_api/queue/join", json={"data": []}),
        ):
            assert (answer.status_code, code(answer)) == (403, "origin_not_allowed")
            assert not [header for header in answer.headers if header.startswith("access-control")]
    assert len(door.engine.batches) == heard
    assert held_files(folder) == []


def test_our_own_page_is_let_in_through_a_tunnel(door: Door) -> None:
    own = {"host": "localhost:8080", "origin": "http://localhost:8080", "sec-fetch-site": "same-origin"}
    with door.client(**own) as client:
        assert client.post("/transcribe", files={"file": ("a.wav", CLIP)}).status_code == 200


def test_a_preflight_grants_nothing(client: httpx.Client) -> None:
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    for path in ("/transcribe", "/gradio_api/queue/join"):
        answer = client.options(path, headers=asked)
        assert answer.status_code == 403
        assert not [header for header in answer.headers if header.startswith("access-control")]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
def test_no_websocket_opens(door: Door, origin: str | None) -> None:
    for path in ("/", "/gradio_api/queue/data", "/transcribe", "/nowhere"):
        with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{door.port}{path}", origin=origin):  # type: ignore[arg-type]
            pass
        assert refused.value.response.status_code == 403


def test_forwarded_headers_are_a_proxys_and_nobody_elses(client: httpx.Client, folder: Path) -> None:
    forwarded = {"x-forwarded-host": "earshot.example", "x-forwarded-proto": "https"}
    assert "earshot.example" not in client.get("/config", headers=forwarded).text
    with opened(Settings(proxy=True, hosts=("earshot.example",))) as door, door.client() as behind:
        assert behind.get("/config", headers=forwarded).json()["root"] == "https://earshot.example"
        assert behind.get("/livez", headers={**forwarded, "x-forwarded-host": "evil.example"}).status_code == 421


def test_every_answer_tells_browsers_what_not_to_do(client: httpx.Client) -> None:
    answers = [client.get(path) for path in ("/", "/docs", "/livez", "/nowhere", "/theme.css")]
    answers += [client.get("/", headers={"host": "evil.example"}), client.post("/transcribe")]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "microphone=(self)" in answer.headers["permissions-policy"]
        assert len(answer.headers["x-request-id"]) == 32
    text = client.post("/inference", files={"file": ("a.wav", CLIP)}, data={"response_format": "text"})
    assert text.headers.get_list("content-security-policy") == ["sandbox"]


# --- with keys ---


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def routes(app: object) -> Iterator[tuple[str, str]]:
    """Every method and path that is served, of mounted apps too."""
    for route in getattr(app, "routes", []):
        path = str(getattr(route, "path", ""))
        for method in sorted(getattr(route, "methods", None) or {"GET"}):
            if path:
                yield method, path
        inner = getattr(route, "original_router", getattr(route, "app", None))
        yield from routes(getattr(inner, "_app", inner))


def test_every_route_needs_a_key(locked: Door) -> None:
    found = {
        *routes(locked.app),
        *routes(locked.app.router),
        ("GET", "/metrics"),
        ("GET", "/nowhere"),
        ("POST", "/console/upload"),
    }
    assert len(found) > 60
    assert {("POST", "/gradio_api/upload"), ("POST", "/transcribe"), ("GET", "/docs")} <= found
    with locked.client() as client:
        for method, path in sorted(found):
            answer = client.request(method, path.replace("{path:path}", "x").replace("{", "").replace("}", ""))
            if path == "/livez" and method == "GET":
                assert answer.status_code == 200
            elif path != "/livez":
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), (method, path)


def test_a_missing_and_a_wrong_key_are_told_the_same(locked: Door) -> None:
    def told(headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        with locked.client(**headers) as client:
            answer = client.get("/v1/models")
        return answer.status_code, {**answer.json()["error"], "request_id": ""}

    missing = told({})
    assert missing[1]["code"] == "invalid_api_key"
    for headers in (
        bearer("wrong-key-of-this-server"),
        bearer(KEYS[0] + "x"),
        {"authorization": "Bearer"},
        {"authorization": "Basic %%%"},
    ):
        assert told(headers) == missing
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{locked.port}/"):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("key", KEYS)
def test_any_of_the_keys_lets_in(locked: Door, key: str) -> None:
    with locked.client(**bearer(key)) as client:
        assert client.get("/v1/models").status_code == 200
        assert client.post("/transcribe", files={"file": ("a.wav", CLIP)}).status_code == 200
    assert httpx.get(f"{locked.url}/v1/models", auth=("anybody", key)).status_code == 200


def lines_of(caplog: pytest.LogCaptureFixture, n: int) -> list[logging.LogRecord]:
    """So many of the guard's, which it writes when an answer has gone."""
    deadline = time.monotonic() + 10
    while True:
        lines = [record for record in caplog.records if record.name == "earshot.access"]
        if len(lines) >= n or time.monotonic() > deadline:
            return lines
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["api_key", "key", "token", "API_KEY"])
def test_a_key_in_an_address_is_refused_and_not_logged(locked: Door, name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), locked.client(**bearer(KEYS[0])) as client:
        answer = client.get(f"/v1/models?{name}={KEYS[1]}")
        assert len(lines_of(caplog, 1)) == 1
    assert (answer.status_code, code(answer)) == (401, "invalid_api_key")
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [record for record in ours if KEYS[1] in record.getMessage() or KEYS[1] in str(record.__dict__)]


def test_too_many_requests_of_one_key_wait_and_another_key_does_not(folder: Path) -> None:
    keys = tuple(map(SecretStr, KEYS))
    with opened(Settings(api_keys=keys, limits=Limits(rate=60))) as door:
        with door.client(**bearer(KEYS[0])) as client:
            answers = [client.post("/v1/audio/translations") for _ in range(100)]
            assert {client.get("/v1/models").status_code for _ in range(100)} == {200}
        with door.client(**bearer(KEYS[1])) as client:
            assert client.post("/v1/audio/translations").status_code == 400
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 30 <= len(refused) <= 40
    assert code(refused[0]) == "rate_limited"
    assert int(refused[0].headers["retry-after"]) >= 1


def test_wrong_keys_are_slowed_and_right_ones_are_not(folder: Path) -> None:
    """Ten at once, and one a second from then on."""
    keys = tuple(map(SecretStr, KEYS))
    with opened(Settings(api_keys=keys)) as door, door.client() as client:
        began = time.monotonic()
        typed = [client.post("/console/key", data={"key": f"wrong {i}"}) for i in range(30)]
        took = time.monotonic() - began
        sent = [client.get("/v1/models", headers=bearer("wrong")) for _ in range(5)]
        right = client.get("/v1/models", headers=bearer(KEYS[0]))
    slowed = [answer for answer in typed if answer.status_code == 429]
    assert 30 - 10 - took - 1 <= len(slowed) <= 30 - 10
    assert typed[0].status_code == 401
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in slowed)
    assert {code(answer) for answer in sent if answer.status_code == 429} == {"rate_limited"}
    assert right.status_code == 200


def test_a_browser_is_asked_once(locked: Door, folder: Path) -> None:
    page = {"accept": "text/html,*/*", "accept-language": "zh-CN"}
    with locked.client() as client:
        asked = client.get("/", headers=page)
        assert (asked.status_code, asked.headers["www-authenticate"]) == (401, "Bearer")
        assert "API 密钥" in asked.text
        assert "<script" not in asked.text
        wrong = client.post("/console/key", data={"key": "nonsense"}, headers=page)
        assert (wrong.status_code, wrong.cookies) == (401, {})
        right = client.post("/console/key", data={"key": KEYS[0]})
        assert (right.status_code, right.headers["location"]) == (303, "/")
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert KEYS[0] not in right.headers["set-cookie"]
        assert client.get("/", headers=page).status_code == 200
        assert client.get("/config").status_code == 200
        badge = dict(client.cookies)
    with opened(Settings(api_keys=(SecretStr(KEYS[0]),))) as again, again.client() as client:
        assert client.get("/config", cookies=badge).status_code == 200
    with opened(Settings(api_keys=(SecretStr(KEYS[1]),))) as other, other.client() as client:
        assert client.get("/config", cookies=badge).status_code == 401


def test_where_there_are_no_keys_nobody_is_asked(client: httpx.Client) -> None:
    assert client.get("/", headers={"accept": "text/html"}).status_code == 200
    assert client.post("/console/key", data={"key": "x"}).status_code == 404


# --- a disk that is full, a folder that is gone ---


def full(*_: object, **__: object) -> object:
    return Path("/dev/full").open("w+b", buffering=0)  # the system's own: every write finds no room


@pytest.mark.parametrize("path", HEARING)
def test_a_full_disk_is_told_and_the_service_stays_up(door: Door, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    large = sounds.encode(sounds.noise(-20, 40.0))
    with door.client() as client:
        with monkeypatch.context() as patch:
            patch.setattr(tempfile, "TemporaryFile", full)
            answer = client.post(path, files={FIELD[path]: ("a.wav", large)})
        assert answer.status_code == 507
        assert "no room left" in sentence(answer, path)
        assert client.post(path, files={FIELD[path]: ("a.wav", large)}).status_code == 200


def test_a_full_disk_is_told_to_the_console(client: httpx.Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.intake._open", full)
    answer = client.post("/console/upload", content=CLIP)
    assert (answer.status_code, code(answer)) == (507, "storage_full")
    assert held_files(folder / "console" / "uploads") == []


def test_a_temporary_folder_that_is_gone_is_told(client: httpx.Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = sounds.encode(sounds.noise(-20, 40.0))
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "gone"))
    answer = client.post("/transcribe", files={"file": ("a.wav", large)})
    assert (answer.status_code, code(answer)) == (503, "storage_unavailable")
    assert int(answer.headers["retry-after"]) > 0


# --- what is noted ---


def test_a_line_of_the_log_names_neither_files_nor_queries_nor_texts(locked: Door, caplog: pytest.LogCaptureFixture) -> None:
    secret = "canary"
    with caplog.at_level(logging.INFO), locked.client(**bearer(KEYS[0])) as client:
        client.post(f"/asr?initial_prompt={secret}", files={"audio_file": (f"{secret}.wav", CLIP)})
        client.get(f"/gradio_api/file=/tmp/{secret}.wav")
        client.get(f"/{secret}")
        client.post("/console/upload", content=CLIP, headers={"x-file-name": f"{secret}.wav"})
        lines = lines_of(caplog, 4)
    assert [record.__dict__["route"] for record in lines] == ["/asr", "-", "-", "/console/upload"]
    assert {record.__dict__["caller"] for record in lines} == {lines[0].__dict__["caller"]}
    assert len(lines[0].__dict__["caller"]) == 8
    assert [record.__dict__["code"] for record in lines] == ["", "path_not_allowed", "not_found", ""]
    assert not [record for record in caplog.records if record.name != "httpx" and secret in str(record.__dict__)]
    assert lines[0].__dict__["bytes_in"] > len(CLIP)


def test_a_deadline_of_the_clients_own_holds(door: Door) -> None:
    door.engine.rtf = 1.0
    try:
        with door.client(**{"x-request-timeout": "0.5"}) as client:
            began = time.monotonic()
            answer = client.post("/transcribe", files={"file": ("a.wav", sounds.encode(sounds.noise(-20, 20.0)))})
    finally:
        door.engine.rtf = 0.0
    assert (answer.status_code, code(answer)) == (504, "deadline_exceeded")
    assert time.monotonic() - began < 3
    with door.client() as client:
        for value in ("soon", "-1", "0", "nan"):
            refused = client.post("/transcribe", headers={"x-request-timeout": value})
            assert (refused.status_code, code(refused)) == (400, "invalid_value")


def test_no_telemetry_is_begun_whatever_the_environment_asks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """FastAPI begins its own where these are set, and says so where it cannot."""
    with socket.create_server(("127.0.0.1", 0)) as sink:
        sink.settimeout(0.2)
        monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{sink.getsockname()[1]}")
        with opened(Settings()) as door, door.client() as client:
            assert client.post("/transcribe", files={"file": ("a.wav", CLIP)}).status_code == 200
        with pytest.raises(TimeoutError):
            sink.accept()
    assert "telemetry" not in caplog.text


def test_refusals_carry_the_request_s_own_name(client: httpx.Client) -> None:
    answer = client.get("/", headers={"host": "evil.example"})
    assert json.loads(answer.content)["error"]["request_id"] == answer.headers["x-request-id"]
