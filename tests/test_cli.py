"""What all commands share; each one's own tests are in tests/commands/."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cli

ROOT = Path(__file__).parent.parent
Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("nothing_of_this_machine")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("transcribe a.wav --language klingon", "The language 'klingon' is not one"),
        ("transcribe a.wav --labels loud", "labels cannot be 'loud'"),
        ("transcribe a.wav --labels missing.toml", "The label table cannot be used"),
        ("batch missing out", "missing is no folder"),
        ("models verify missing", "missing is no folder"),
        ("models export missing", "There is no folder 'missing' with a model"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_done(line: str, words: str, capsys: Captured) -> None:
    assert cli.main(line.split()) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    ["", "transcribe", "transcribe a.wav --format doc", "models", "models drop", "models export --precision int4", "sing"],
)
def test_what_cannot_be_read_is_wrong_usage(line: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(line.split())
    assert "usage:" in capsys.readouterr().err


def test_a_setting_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("EARSHOT_LIMITS__LONGEST", "ever")
    assert cli.main(["models", "list"]) == 2
    assert capsys.readouterr().err.startswith("EARSHOT_LIMITS__LONGEST cannot be 'ever'")


def test_torch_is_told_to_keep_its_caches_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        monkeypatch.delenv(variable, raising=False)
    cli.main(["models", "list"])
    assert (os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"], os.environ["LRU_CACHE_CAPACITY"]) == ("64", "64")


def test_help_answers_without_the_heavy_imports() -> None:
    code = """if True:
        import sys, cli
        try:
            cli.main(["--help"])
        finally:
            print([name for name in ("torch", "gradio", "fastapi", "funasr", "onnxruntime") if name in sys.modules])
    """
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "python cli.py batch recordings results" in answer.stdout
    assert answer.stdout.endswith("[]\n")


def test_the_status_leaves_the_process() -> None:
    answer = subprocess.run([sys.executable, "cli.py", "transcribe", "missing.wav"], cwd=ROOT, capture_output=True, text=True)
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", "missing.wav: No such file or directory\n")
