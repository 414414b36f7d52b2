from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import cli
import commands.models
from models import ModelOptions
from models.checkpoints import Checkpoint, CheckpointOptions, DownloadProgress
from models.hubs import Report
from settings import Settings
from speech.engine import CheckpointInfo
from speech.errors import CheckpointCorrupt

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("nothing_of_this_machine")


def checkpoint(folder: Path) -> Path:
    """A folder whose files are as its manifest says."""
    folder.mkdir(parents=True)
    content = b"weights"
    (folder / "model.pt").write_bytes(content)
    facts = {"model.pt": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}}
    (folder / "manifest.json").write_text(json.dumps(facts))
    return folder


def test_the_list_marks_what_auto_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    options = CheckpointOptions(home=tmp_path, offline=True, demo=checkpoint(tmp_path / "demo"))
    monkeypatch.setattr(Settings, "models", ModelOptions(options))
    assert cli.main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines] == [" ", " ", "*", "*"]
    assert lines[2].split()[1:3] == ["earshot-demo", "demo"]
    assert "whole" in lines[2]


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str]]:
    """What is asked of the export, which writes 3 MB of nothing; `broken` is a folder that it cannot read."""
    asked: list[tuple[Path, str]] = []

    def export(folder: Path, precision: str = "int8") -> Path:
        if folder.name == "broken":
            raise CheckpointCorrupt("model.pt", "it is cut off")
        asked.append((folder, precision))
        written = folder / f"model.{precision}"
        written.write_bytes(bytes(3_000_000))
        return written

    monkeypatch.setitem(sys.modules, "models.sensevoice.export", SimpleNamespace(export=export))
    return asked


def somebodys(folder: str) -> Path:
    """A checkpoint with all the files that an engine needs."""
    Path(folder).mkdir()
    for name in ("model.pt", "config.yaml", "am.mvn", "a.bpe.model"):
        (Path(folder) / name).touch()
    return Path(folder)


def test_verify_reads_every_file(capsys: Captured) -> None:
    folder = checkpoint(Path("mine"))
    assert cli.main(["models", "verify", "mine"]) == 0
    assert capsys.readouterr().out == "mine:\n  right  model.pt\n"
    (folder / "model.pt").write_bytes(b"weightz")
    assert cli.main(["models", "verify", "mine"]) == 1
    assert "  wrong  model.pt has sha256 " in capsys.readouterr().out


def test_a_download_shows_what_came(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    folder = checkpoint(Path("home"))

    def fetch(options: CheckpointOptions, report: Report) -> Checkpoint:
        report(DownloadProgress("model.pt", 3, 7))
        report(DownloadProgress("model.pt", 7, 7))
        return Checkpoint(folder, CheckpointInfo(options.hub, "download", "revision 1"))

    monkeypatch.setattr(commands.models, "download", fetch)
    assert cli.main(["models", "download", "--hub", "hf"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["            7 bytes  model.pt", "hf, revision 1, is in home"]


def test_a_download_without_a_network_is_one_sentence(capsys: Captured) -> None:
    assert cli.main(["models", "download"]) == 1
    assert capsys.readouterr().err.startswith("The model hub ModelScope could not be reached: EARSHOT_OFFLINE is set")


def test_an_export_says_what_it_wrote(exported: list[tuple[Path, str]], capsys: Captured) -> None:
    folder = somebodys("mine")
    assert cli.main(["models", "export", "mine"]) == 0
    assert cli.main(["models", "export", "--precision", "bf16", "mine"]) == 0
    assert exported == [(folder, "int8"), (folder, "bf16")]
    assert capsys.readouterr() == ("3 MB  mine/model.int8\n3 MB  mine/model.bf16\n", "")


def test_an_export_takes_what_a_start_would(
    exported: list[tuple[Path, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    demo = checkpoint(tmp_path / "demo")
    monkeypatch.setattr(Settings, "models", ModelOptions(CheckpointOptions(home=tmp_path, offline=True, demo=demo)))
    monkeypatch.setenv("EARSHOT_MODEL", str(somebodys("mine")))
    assert cli.main(["models", "export"]) == 0
    assert cli.main(["models", "export", "auto"]) == 0
    assert exported == [(Path("mine"), "int8"), (demo, "int8")]
    announced = "these are the bundled demo model's, not SenseVoiceSmall's: python cli.py models download\n"
    assert capsys.readouterr().err == announced


def test_an_export_that_fails_is_one_sentence(exported: list[tuple[Path, str]], capsys: Captured) -> None:
    somebodys("broken")
    assert cli.main(["models", "export", "broken"]) == 1
    assert capsys.readouterr() == ("", "model.pt is not the file it should be: it is cut off. Delete it and download it again.\n")
