from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from models import ModelOptions, checkup
from models.checkpoints import CheckpointOptions
from models.manifest import sha256_of
from models.sensevoice import SenseVoiceOptions
from tests.fakes_hub import FakeHub


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


def checkpoint(folder: Path) -> Path:
    folder.mkdir(parents=True)
    files = ("model.pt", "config.yaml", "am.mvn", "a.bpe.model")
    for name in files:
        (folder / name).write_bytes(name.encode())
    facts = {name: {"size": len(name), "sha256": sha256_of(folder / name)} for name in files}
    (folder / "manifest.json").write_text(json.dumps(facts))
    return folder


def test_every_file_of_the_weights_is_read(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "mine")
    options = CheckpointOptions(model=str(folder), home=tmp_path / "home")
    assert "mine, sha256 right, in" in checkup.check_weights(options).found
    (folder / "model.pt").write_bytes(b"MODEL.PT")
    found = checkup.check_weights(options)
    assert "model.pt" in found.found
    assert "sha256" in found.found
    assert found.todo
    (folder / "manifest.json").unlink()
    assert "no manifest.json to compare with" in checkup.check_weights(options).found


def test_a_changed_demo_is_said_and_a_whole_one_is_only_a_demo(tmp_path: Path) -> None:
    options = CheckpointOptions(demo=checkpoint(tmp_path / "demo"), home=tmp_path / "home", offline=True)
    assert "the bundled demo" in checkup.check_weights(options).found
    (tmp_path / "demo" / "am.mvn").write_bytes(b"AM.MVN")
    assert "am.mvn in" in checkup.check_weights(options).found


def test_the_released_model_asked_for_by_name_is_not_the_demo(tmp_path: Path) -> None:
    options = CheckpointOptions("iic/SenseVoiceSmall", demo=checkpoint(tmp_path / "demo"), home=tmp_path / "home", offline=True)
    assert checkup.check_weights(options).todo.startswith("unset EARSHOT_OFFLINE")


def test_no_hub_is_asked_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    found = checkup.check_hub(CheckpointOptions(home=tmp_path, offline=True), needed=True)
    assert found == checkup.Check("hub: not asked, as EARSHOT_OFFLINE is set")


def test_a_hub_that_does_not_answer_matters_only_where_weights_are_needed(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        options = CheckpointOptions(home=tmp_path, endpoint=f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert "EARSHOT_HUB" in checkup.check_hub(options, needed=True).todo
        assert not checkup.check_hub(options, needed=False).todo


def test_a_hub_that_answers_is_said(tmp_path: Path) -> None:
    with FakeHub({"configuration.json": b"{}"}) as hub:
        options = CheckpointOptions(home=tmp_path, endpoint=hub.endpoint)
        assert checkup.check_hub(options, needed=True).found.startswith("hub: ModelScope answers")


def test_an_environment_that_lets_weights_run_code_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not checkup.check_environment().todo
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    assert checkup.check_environment().found.startswith("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD is set")
    assert checkup.check_environment().todo


def test_a_gpu_that_is_asked_for_and_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.version.cuda", None)
    assert "EARSHOT_DEVICE is cuda, but" in checkup.check_torch(SenseVoiceOptions("cuda")).todo
    assert "on the CPU" in checkup.check_torch(SenseVoiceOptions("auto")).found


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "EARSHOT_HOME" in checkup.check_disk(tmp_path).todo
