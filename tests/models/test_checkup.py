from __future__ import annotations

from pathlib import Path

import pytest

from models import ModelOptions, checkup
from models.checkpoints import CheckpointOptions


@pytest.fixture(autouse=True)
def no_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "modelscope"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "huggingface"))


def test_weights_that_are_not_here_are_to_be_downloaded(tmp_path: Path) -> None:
    online = checkup.check_weights(CheckpointOptions(home=tmp_path, demo=tmp_path))
    offline = checkup.check_weights(CheckpointOptions(home=tmp_path, demo=tmp_path, offline=True))
    assert online.todo == checkup.GET
    assert offline.todo == f"unset EARSHOT_OFFLINE, and {checkup.GET}"


def test_a_folder_that_is_no_checkpoint_is_said(tmp_path: Path) -> None:
    found = checkup.check_weights(CheckpointOptions(model=str(tmp_path), demo=tmp_path / "demo"))
    assert "model.pt is missing" in found.found
    assert found.todo


def test_little_memory_and_little_disk_are_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "memory_free", lambda: 4_000_000_000)
    assert checkup.check_memory() == checkup.Check("free memory: 4,000 MB")
    monkeypatch.setattr(checkup, "memory_free", lambda: 2_000_000_000)
    assert "3,000 MB" in checkup.check_memory().todo
    monkeypatch.setattr(checkup, "ROOM", 1e18)
    assert "EARSHOT_HOME" in checkup.check_disk(tmp_path / "not" / "yet").todo


def test_a_quota_limits_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_text", lambda path: "50000 100000")
    assert checkup.cores_allowed() == 1
    monkeypatch.setattr(checkup, "_text", lambda path: "max 100000")
    assert checkup.cores_allowed() >= 1


def test_a_detector_without_its_files_is_said() -> None:
    found = checkup.check_detector(ModelOptions(vad="fsmn"))
    assert found.found.startswith("no voice activity by fsmn")
    assert "EARSHOT_VAD_FOLDER" in found.todo
