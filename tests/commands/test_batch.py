from __future__ import annotations

import json
from pathlib import Path

import pytest

import cli
from tests.commands.conftest import write
from tests.fakes import FakeEngine

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("nothing_of_this_machine")


def test_a_batch_sums_up_and_goes_on_where_it_was(engine: FakeEngine, capsys: Captured) -> None:
    for index in range(3):
        write(f"in/{index}.wav", duration=2.0)
    Path("in/text.wav").write_text("no sound")
    assert cli.main(["batch", "in", "out"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("3 done, 0 skipped, 1 failed, 0.00 h of audio, ")
    assert err.startswith("text.wav: The audio file could not be decoded")
    assert json.loads(Path("out/text.wav.json").read_text())["error"]["code"] == "unsupported_media_type"
    Path("in/text.wav").unlink()
    write("in/3.wav")
    assert cli.main(["batch", "in", "out"]) == 0
    assert capsys.readouterr().out.startswith("1 done, 3 skipped, 0 failed, ")


def test_a_folder_without_audio_is_no_failure(capsys: Captured) -> None:
    Path("in").mkdir()
    assert cli.main(["batch", "in", "out"]) == 0
    assert capsys.readouterr().err == "There is no audio file below in.\n"
