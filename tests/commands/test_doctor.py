from __future__ import annotations

import contextlib
import json
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli
from commands import doctor
from media import fonts, program
from models.checkup import Check
from models.sensevoice import SenseVoiceOptions
from settings import Limits, Settings

KEY = "k" * 16
FAKE_EARSHOT = b'HTTP/1.1 200 OK\r\nx-request-id: 1\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'
Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("nothing_of_this_machine")


@contextlib.contextmanager
def answering(words: bytes) -> Iterator[int]:
    """A port on which the first who comes is told `words`, whatever he asks."""

    def answer(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client, _ = server.accept()
            with client:
                client.recv(4096)
                client.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose every part is well, as long as no test says otherwise."""
    monkeypatch.setattr(doctor, "checkup", lambda options: iter([Check("hands")]))
    monkeypatch.setattr(doctor, "check_precision", lambda options: Check("skin"))
    monkeypatch.setenv("EARSHOT_PORT", "0")


def test_the_doctor_says_what_to_do(hands: None, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(doctor, "checkup", lambda options: iter([Check("hands"), Check("feet", "wash them")]))
    assert cli.main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["ok    hands", "warn  feet", "      -> wash them", "ok    skin"]


def test_a_healthy_machine_has_status_0_and_one_screen(hands: None, capsys: Captured) -> None:
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line[:6] for line in lines} == {"ok    "}
    assert "ok    port 0 on 127.0.0.1 is free" in lines
    assert len(lines) + 14 <= 24  # the checkup's eight, each with a mend for six


def test_programs_are_told_the_same(hands: None, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(doctor, "checkup", lambda options: iter([Check("feet", "wash them")]))
    assert cli.main(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told[:2] == [{"ok": False, "found": "feet", "todo": "wash them"}, {"ok": True, "found": "skin", "todo": ""}]


@pytest.mark.parametrize(("server", "earshot"), [(FAKE_EARSHOT, True), (b"SSH-2.0-OpenSSH_9.2\r\n", False), (b"", False)])
def test_who_has_the_port_is_said(server: bytes, earshot: bool) -> None:
    with answering(server) as port:
        found = doctor.check_port(Settings(port=port))
    assert found.found.startswith(f"port {port} on 127.0.0.1 cannot be had")
    assert found.found.endswith("an Earshot answers there") == earshot
    assert found.todo == f"stop what listens there, or python app.py --port {port + 1}"


@pytest.mark.parametrize(
    ("settings", "found", "todo"),
    [
        ({}, "door: this machine alone, without a key", ""),
        ({"host": "::1", "api_keys": KEY}, "door: this machine alone, with one of 1 keys", ""),
        ({"host": "0.0.0.0", "api_keys": KEY}, "door: all who reach 0.0.0.0, with one of 1 keys", ""),
        ({"host": "0.0.0.0"}, "door: all who reach 0.0.0.0, without a key: the server will not start", "EARSHOT_API_KEYS"),
        ({"host": "10.0.0.1", "allow_open": True}, "without a key, as EARSHOT_ALLOW_OPEN says", "EARSHOT_API_KEYS"),
    ],
)
def test_who_may_come_in_is_said(settings: dict[str, object], found: str, todo: str) -> None:
    check = doctor.check_door(Settings.model_validate(settings))
    assert found in check.found
    assert todo in check.todo
    assert bool(check.todo) == bool(todo)


def test_little_room_for_uploads_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert str(tmp_path) in doctor.check_temporary(Limits()).found
    assert not doctor.check_temporary(Limits()).todo
    assert "TMPDIR" in doctor.check_temporary(Limits(upload=10**18)).todo


def test_decoders_that_are_missing_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not doctor.check_decoders().todo
    monkeypatch.setattr(doctor, "DECODERS", ("mp3", "of-the-future"))
    check = doctor.check_decoders()
    assert check.found.endswith("it cannot decode of-the-future")
    assert check.todo
    monkeypatch.setitem(sys.modules, "av", None)
    assert "PyAV cannot be imported" in doctor.check_decoders().found


def test_the_program_that_cleans_and_captions_is_said_and_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    program.program.cache_clear()
    check = doctor.check_program()
    assert Path(check.found.removeprefix("ffmpeg program: ").split(",")[0].split(";")[0]).is_file()
    assert not check.todo
    monkeypatch.setattr(fonts, "FOLDERS", ())
    assert "fonts-noto-cjk" in doctor.check_program().found
    assert not doctor.check_program().todo
    program.program.cache_clear()
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert "cleaned" in doctor.check_program().found
    assert doctor.check_program().todo


def test_limits_in_force_are_shown() -> None:
    shown = " ".join(check.found for check in doctor.limits(Limits(upload=7_000_000, longest=60, requests=3, per_key=2)))
    for part in ("upload 7 MB", "recording 60 s", "3 requests", "2 a key"):
        assert part in shown


def test_the_doctor_says_the_precision_that_a_start_would_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.sensevoice.precision.choose", lambda device: f"that of the {device.type.upper()}")
    assert doctor.check_precision(SenseVoiceOptions("cpu")) == Check("precision: that of the CPU, the fastest here")
    fixed = doctor.check_precision(SenseVoiceOptions(precision="int8"))
    assert fixed == Check("precision: int8, as EARSHOT_PRECISION says")


def test_without_torch_the_precision_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert doctor.check_precision(SenseVoiceOptions()) == Check("precision: not known without torch")
