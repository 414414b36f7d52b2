"""The life of the server's process: how it begins, what it bears, how it ends. Real processes, an engine without weights."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from statistics import median

import httpx
import numpy as np
import pytest

from benchmarks import echo
from speech.playable import wav_bytes
from tests.server import APP, BARE, ECHO, Server, await_ready, connections, serving, started, until_closed
from tests.sounds import riff

SILENCE = 2.0  # s, for the tests' patience


def sound(seconds: float = 1.0, seed: int = 0) -> bytes:
    return riff(noise(seconds, seed).tobytes())


def noise(seconds: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.random.default_rng(seed).integers(-9000, 9000, round(seconds * 16_000), np.int16)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("patient"), BARE, LIMITS__SILENCE=str(SILENCE)) as server:
        yield server


def children(server: Server) -> set[str]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.process.pid)], capture_output=True, text=True, check=False)
    return set(found.stdout.split())


def await_gone(processes: set[str]) -> None:
    """A child ends when it hears that its parent has."""
    assert processes
    ends = time.monotonic() + 3
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < ends
        time.sleep(0.05)


def left_behind(server: Server) -> list[str]:
    return [str(path.relative_to(server.temporary)) for path in server.temporary.rglob("*")]


def latency(server: Server, n: int = 30) -> float:
    """s of a probe, the median."""
    with httpx.Client(base_url=server.url) as client:
        client.get("/livez")
        taken = []
        for _ in range(n):
            began = time.perf_counter()
            assert client.get("/livez").status_code == 200
            taken.append(time.perf_counter() - began)
    return median(taken)


# --- clients that say nothing ---


def test_who_does_not_finish_what_he_says_is_not_waited_for_and_others_do_not_notice(patient: Server) -> None:
    before = latency(patient)
    heads = connections(patient, 200, b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nX-Begun: y")
    silent = connections(patient, 200)
    begun = f"POST /transcribe HTTP/1.1\r\nHost: localhost:{patient.port}\r\nContent-Length: 9000\r\n"
    bodies = connections(patient, 50, f"{begun}Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode())
    assert latency(patient) < before + 0.05
    assert set(until_closed(silent, SILENCE + 3)) == {b""}
    assert {said.split(b" ")[1] for said in until_closed(heads, 2)} == {b"408"}
    assert all(b"request_timeout" in said for said in until_closed(bodies, 3))
    assert patient.post("/transcribe", sound()).status_code == 200


def test_a_head_that_comes_byte_by_byte_is_due_like_any_other(patient: Server) -> None:
    (slow,) = connections(patient, 1)
    began = time.monotonic()
    with slow, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while time.monotonic() < began + SILENCE + 3:
            slow.sendall(b"G")
            time.sleep(0.1)
    assert SILENCE - 0.5 < time.monotonic() - began < SILENCE + 2


def test_who_does_not_take_his_answer_loses_it(patient: Server) -> None:
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", patient.port))
    slow.sendall(f"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost:{patient.port}\r\n\r\n".encode() * 20)
    time.sleep(SILENCE + 1.5)
    (taken,) = until_closed([slow], 30)  # through a window of 4 kB: what the kernel still holds takes its time
    whole = len(patient.get("/docs/swagger-ui-bundle.js").content)
    assert 0 < len(taken) < 20 * whole


def test_a_thousand_idle_connections_are_closed_after_five_seconds(patient: Server) -> None:
    asked = f"GET /livez HTTP/1.1\r\nHost: localhost:{patient.port}\r\n\r\n".encode()
    idle = connections(patient, 1000, asked)
    assert latency(patient, 5) < 1.0
    assert all(said.startswith(b"HTTP/1.1 200") for said in until_closed(idle, 9))
    assert patient.post("/transcribe", sound()).status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000,
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * 20_000,
        b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
        b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    ],
)
def test_what_is_no_request_is_refused_in_the_envelope(patient: Server, head: bytes) -> None:
    (sender,) = connections(patient, 1)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        sender.sendall(head)
    (said,) = until_closed([sender], 3)
    assert said.startswith(b"HTTP/1.1 400")
    assert b'"code":"bad_request"' in said


# --- the folder ---


def test_a_folder_that_somebody_removed_is_made_anew(patient: Server) -> None:
    (folder,) = (path for path in patient.temporary.glob("earshot-*") if path.is_dir())
    shutil.rmtree(folder)
    assert patient.post("/transcribe", sound(60)).status_code == 200  # above what is kept in memory
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_without_a_place_for_files_it_says_so_until_there_is_one(patient: Server) -> None:
    shutil.rmtree(patient.temporary)
    patient.temporary.touch()
    try:
        assert (patient.get("/readyz").status_code, patient.get("/readyz").json()["status"]) == (503, "storage_unavailable")
        refused = patient.post("/transcribe", sound(60))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "storage_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert patient.get("/livez").status_code == 200
    finally:
        patient.temporary.unlink()
    assert patient.get("/readyz").status_code == 200
    assert patient.post("/transcribe", sound(60)).status_code == 200


def test_nothing_is_kept_of_what_was_answered(patient: Server) -> None:
    before = left_behind(patient)
    for seed in range(5):
        assert patient.post("/transcribe", sound(40, seed)).status_code == 200
        assert patient.post("/transcribe", b"no sound at all" * 100_000).status_code == 400
    assert left_behind(patient) == before


def test_a_full_disk_is_said_and_outlived(tmp_path: Path) -> None:
    own = ("unshare", "--user", "--map-root-user", "--mount")
    if not shutil.which("unshare") or subprocess.run([*own, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system of one's own can be made here")
    (tmp_path / "temporary").mkdir()
    mounted = f'mount -t tmpfs -o size=4m none {tmp_path / "temporary"} && exec "$@"'
    with serving(tmp_path, (*own, "sh", "-c", mounted, "sh", *BARE)) as server:
        refused = server.post("/transcribe", sound(300))
        assert (refused.status_code, refused.json()["error"]["code"]) == (507, "storage_full")
        assert server.post("/transcribe", sound(60)).status_code == 200  # what was begun has left its place
    assert "No space left on device" in server.log.read_text()


# --- the log ---


def test_a_flood_of_bad_requests_does_not_fill_the_log(patient: Server) -> None:
    before = len(patient.log.read_text())
    with httpx.Client(base_url=patient.url) as client:
        for _ in range(300):
            assert client.post("/transcribe").status_code == 400
    junk = connections(patient, 200, b"nonsense\r\n\r\n")
    until_closed(junk, 5)
    written = patient.log.read_text()[before:]
    assert len(written) < 60_000
    ends = time.monotonic() + 15
    while "more like it" not in patient.log.read_text()[before:] and time.monotonic() < ends:
        time.sleep(0.5)
        patient.get("/readyz")
    assert "more like it" in patient.log.read_text()[before:]


def test_the_log_holds_nothing_that_users_sent(tmp_path: Path) -> None:
    canaries = {name: f"canary{name}" for name in ("file", "field", "query", "path", "key", "header", "gradio")}
    said = echo.answer(noise(1.0, 7))
    with serving(tmp_path, ECHO, API_KEYS="canarykeyofourown") as server:
        bearer = {"Authorization": "Bearer canarykeyofourown", "X-Canary": canaries["header"]}
        with httpx.Client(base_url=server.url, headers=bearer, timeout=30) as client:
            for route in ("/transcribe", "/v1/audio/transcriptions", "/asr?language=canaryquery", "/inference"):
                name = "audio_file" if route.startswith("/asr") else "file"
                for content in (sound(1.0, 7), b"no sound" * 200, b""):
                    fields = {"prompt": canaries["field"], "language": canaries["field"]}
                    for data in (fields, {}):
                        client.post(route, files={name: (f"{canaries['file']}.wav", content)}, data=data)
            assert said in client.post("/transcribe", files={"file": ("canaryfile.wav", sound(1.0, 7))}).text
            client.get(f"/{canaries['path']}%0Aforged?canaryquery=1")
            client.get("/gradio_api/file=/tmp/canarypath.wav")
            posted = {"data": [{"path": "/etc/canarygradio", "meta": {"_type": "gradio.FileData"}}] * 9, "session_hash": "canary"}
            for index in range(12):
                client.post("/gradio_api/queue/join", json={**posted, "fn_index": index})
            time.sleep(1)
        httpx.post(f"{server.url}/transcribe", headers={"Authorization": f"Bearer {canaries['key']}"})
        httpx.get(f"{server.url}/v1/models?api_key={canaries['key']}")
    log = server.log.read_text()
    assert "/transcribe" in log
    assert "canary" not in log
    assert said not in log
    assert not [line for line in log.splitlines() if line.startswith("forged")]


# --- how it ends ---


@pytest.mark.alone
def test_it_lets_running_work_finish_and_takes_no_more(tmp_path: Path) -> None:
    with serving(tmp_path, ECHO, RTF="0.15") as server, tab(server), ThreadPoolExecutor(4) as clients:
        running = clients.submit(server.post, "/transcribe", sound(25, 1))
        await_pass(server)
        queued = [clients.submit(server.post, "/transcribe", sound(1, seed)) for seed in range(2)]
        await_counted(server, "earshot_queue_requests 3.0")
        workers = children(server)
        server.process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        while (ready := server.get("/readyz")).status_code == 200:
            pass
        assert time.monotonic() - told < 0.5
        assert ready.json()["status"] == "draining"
        refused = server.post("/transcribe", sound())
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "shutting_down")
        assert int(refused.headers["Retry-After"]) > 0
        assert [answer.result().json()["error"]["code"] for answer in queued] == ["shutting_down"] * 2
        assert running.result().json()["text"] == echo.answer(noise(25, 1))
        assert server.process.wait(5) == 0
    await_gone(workers)
    assert "Traceback" not in server.log.read_text()
    assert not left_behind(server)


def await_pass(server: Server) -> None:
    """Until the engine hears something."""
    await_counted(server, r"earshot_pass_seconds (?!0\.0$)")


def await_counted(server: Server, line: str) -> None:
    ends = time.monotonic() + 10
    while not re.search(f"^{line}", server.get("/metrics").text, re.M):
        assert time.monotonic() < ends
        time.sleep(0.05)


@contextlib.contextmanager
def tab(server: Server) -> Iterator[None]:
    """What a console holds open as long as its tab is: a stream without end."""
    (heartbeat,) = connections(
        server, 1, f"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode()
    )
    with heartbeat:
        heartbeat.settimeout(10)
        assert heartbeat.recv(4096).startswith(b"HTTP/1.1 200")
        yield


@pytest.mark.alone
def test_work_that_cannot_finish_in_time_is_refused_and_the_process_ends(tmp_path: Path) -> None:
    with serving(tmp_path, BARE, RTF="0.025", LIMITS__DRAIN="1") as server, ThreadPoolExecutor(1) as clients:
        long = clients.submit(server.post, "/transcribe", sound(300))
        await_pass(server)
        told = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - told < 1 + 2 + 1  # its time, the server's own, and a busy machine's
        assert long.result().json()["error"]["code"] == "shutting_down"
    assert "Traceback" not in server.log.read_text()
    assert not left_behind(server)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_it_ends_at_once_even_with_a_console_open(tmp_path: Path, number: int) -> None:
    with serving(tmp_path, ECHO) as server, tab(server):
        told = time.monotonic()
        assert server.end(number) == 0
        assert time.monotonic() - told < 5
    assert "Traceback" not in server.log.read_text()
    assert not left_behind(server)


@pytest.mark.alone
def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, BARE, RTF="1") as server, ThreadPoolExecutor(1) as clients:
        lost: Future[httpx.Response] = clients.submit(server.post, "/transcribe", sound(30))
        await_pass(server)
        workers = children(server)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        told = time.monotonic()
        assert server.end(signal.SIGINT) == 130
        assert time.monotonic() - told < 1
        with pytest.raises(httpx.HTTPError):
            lost.result()
    await_gone(workers)
    assert "Traceback" not in server.log.read_text()
    assert not left_behind(server)


def test_what_a_killed_server_left_is_gone_when_the_next_has_started(tmp_path: Path) -> None:
    with serving(tmp_path, ECHO) as killed:
        upload = threading.Thread(target=half_an_upload, args=(killed,))
        upload.start()
        ends = time.monotonic() + 9  # of the upload's ten
        while not uploads(killed):
            assert time.monotonic() < ends
            time.sleep(0.05)
        killed.process.kill()
        killed.process.wait()
        upload.join()
    lost = left_behind(killed)
    assert any(path.endswith(".lock") for path in lost)
    assert uploads(killed)
    with serving(tmp_path, ECHO) as next_one:
        assert not set(lost) & set(left_behind(next_one))
    assert not left_behind(next_one)


def uploads(server: Server) -> list[str]:
    return [path for path in left_behind(server) if "/console/" in path and (server.temporary / path).is_file()]


def half_an_upload(server: Server) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(200):
            yield sound(1)
            time.sleep(0.05)

    with contextlib.suppress(httpx.HTTPError):
        httpx.post(f"{server.url}/console/upload", content=body(), timeout=20)


# --- how it does not begin ---


def test_a_port_in_use_is_one_line_and_no_server(patient: Server, tmp_path: Path) -> None:
    assert refusal(tmp_path, PORT=str(patient.port)) == (
        f"earshot: port {patient.port} of 127.0.0.1 is in use. Set EARSHOT_PORT or --port to another."
    )


def test_an_open_door_is_no_server(tmp_path: Path) -> None:
    assert "EARSHOT_API_KEYS" in refusal(tmp_path, HOST="0.0.0.0")


def test_settings_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, LIMITS__REQUESTS="many").startswith("earshot: EARSHOT_LIMITS__REQUESTS: ")


def test_a_model_that_can_never_load_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert "model" in refusal(tmp_path, MODEL=str(tmp_path / "model"))


def refusal(folder: Path, **settings: str) -> str:
    """The one line that is said of why it does not start."""
    with started(folder, APP, **settings) as server:
        assert server.process.wait(60) == 1
    (line,) = server.log.read_text().splitlines()
    return line


def test_it_opens_to_everybody_where_that_is_wished(tmp_path: Path) -> None:
    with started(tmp_path, BARE, HOST="0.0.0.0", ALLOW_OPEN="1") as server:
        await_ready(server)
        assert server.post("/transcribe", wav_bytes_of(1.0)).status_code == 200
        assert server.end() == 0


def wav_bytes_of(seconds: float) -> bytes:
    from speech.audio import Waveform

    return wav_bytes(Waveform(np.zeros(round(seconds * 16_000), np.float32)))


# --- the clock ---


def test_a_jump_of_the_wall_clock_changes_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    from speech.calls import Call

    call = Call(seconds=60)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 86_400)
    call.heed()
    assert 59 < call.left() <= 60
