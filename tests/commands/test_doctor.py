from __future__ import annotations

import socket
import sys

import pytest

import cli
from commands import doctor
from models.checkup import Check
from models.sensevoice import SenseVoiceOptions

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("nothing_of_this_machine")


def test_the_doctor_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(doctor, "checkup", lambda options: iter([Check("hands"), Check("feet", "wash them")]))
    monkeypatch.setattr(doctor, "check_precision", lambda options: Check("skin"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("EARSHOT_PORT", str(port))
        assert cli.main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["ok    hands", "warn  feet", "      -> wash them", "ok    skin"]
    assert lines[4].startswith(f"warn  port {port} on 127.0.0.1 cannot be had")


def test_a_healthy_machine_has_status_0(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(doctor, "checkup", lambda options: iter([Check("hands")]))
    monkeypatch.setattr(doctor, "check_precision", lambda options: Check("skin"))
    monkeypatch.setenv("EARSHOT_PORT", "0")
    assert cli.main(["doctor"]) == 0
    assert capsys.readouterr().out == "ok    hands\nok    skin\nok    port 0 on 127.0.0.1 is free\n"


def test_the_doctor_says_the_precision_that_a_start_would_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.sensevoice.precision.choose", lambda device: f"that of the {device.type.upper()}")
    assert doctor.check_precision(SenseVoiceOptions("cpu")) == Check("precision: that of the CPU, the fastest here")
    fixed = doctor.check_precision(SenseVoiceOptions(precision="int8"))
    assert fixed == Check("precision: int8, as EARSHOT_PRECISION says")


def test_without_torch_the_precision_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert doctor.check_precision(SenseVoiceOptions()) == Check("precision: not known without torch")
