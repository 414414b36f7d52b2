from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

import cli
from commands import hearing
from settings import Settings
from speech.audio import Stream
from speech.calls import Call
from speech.docx import docx
from speech.labels import EN, ZH
from speech.mixing import Samples
from speech.render import FORMATS
from speech.transcriber import Transcriber
from speech.transcript import Transcript
from tests.commands.conftest import write
from tests.fakes import DEMO, LINES, FakeEngine, fake_transcriber

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("nothing_of_this_machine")


def heard_in(file: Path, engine: FakeEngine) -> Transcript:
    """What the pipeline gives without a command line."""
    transcriber = fake_transcriber(engine)
    transcript = transcriber.transcribe(file).transcript
    transcriber.stop()
    return transcript


def test_one_file_gives_its_text_and_nothing_else(engine: FakeEngine, capsys: Captured) -> None:
    write("a.wav")
    engine.lines = LINES[:1]
    assert cli.main(["transcribe", "a.wav"]) == 0
    assert capsys.readouterr() == ("[开心]今天天气真好啊，我们出去走走吧！\n", "")


def test_several_files_are_told_apart_on_stderr(engine: FakeEngine, capsys: Captured) -> None:
    write("a.wav")
    write("b.wav")
    engine.lines = LINES[1:2]
    assert cli.main(["transcribe", "a.wav", "b.wav", "--format", "plain"]) == 0
    assert capsys.readouterr() == (f"{LINES[1].text}\n" * 2, "== a.wav ==\n== b.wav ==\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_as_it_is_rendered(engine: FakeEngine, name: str, capsys: Captured) -> None:
    file = write("a.wav", duration=4.0)
    transcript = heard_in(file, engine)
    assert cli.main(["transcribe", "a.wav", "--format", name, "--labels", "en", "--out", "texts/here"]) == 0
    (written,) = Path("texts/here").iterdir()
    assert written.name == f"a.{'txt' if name in ('rich', 'raw', 'plain') else name}"
    assert written.read_bytes().decode("utf-8") == FORMATS[name](transcript, EN)
    assert capsys.readouterr() == ("", "")


def test_a_document_goes_into_a_file_and_never_to_the_terminal(engine: FakeEngine, capsys: Captured) -> None:
    transcript = heard_in(write("a.wav", duration=4.0), engine)
    assert cli.main(["transcribe", "a.wav", "--format", "docx"]) == 2
    out, err = capsys.readouterr()
    assert (out, "--out" in err) == ("", True)
    assert cli.main(["transcribe", "a.wav", "--format", "docx", "--labels", "en", "--out", "texts"]) == 0
    assert Path("texts/a.docx").read_bytes() == docx(transcript, EN, "a")


def test_a_recording_is_cleaned_for_who_asks(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def cleaner(pieces: Iterable[Samples], call: Call) -> Iterator[Samples]:
        for piece in pieces:
            asked.append(len(piece))
            yield piece

    made = partial(fake_transcriber, engine, cleaner=cleaner, start=False)
    monkeypatch.setattr(hearing, "make_transcriber", lambda settings, opener: made())
    write("a.wav")
    assert cli.main(["transcribe", "a.wav"]) == 0
    assert not asked
    assert cli.main(["transcribe", "a.wav", "--clean"]) == 0
    assert sum(asked) == 16_000


def test_the_command_line_brings_what_cleans() -> None:
    assert hearing.make_transcriber(Settings(), Stream).cleans


def test_files_of_one_name_keep_their_suffix_in_out(engine: FakeEngine, capsys: Captured) -> None:
    write("a.wav")
    write("a.mp4")
    write("sub/b.wav")
    assert cli.main(["transcribe", "a.wav", "a.mp4", "sub/b.wav", "--out", "out", "--format", "srt"]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.mp4.srt", "a.wav.srt", "b.srt"]
    write("sub/a.wav")
    assert cli.main(["transcribe", "a.wav", "sub/a.wav", "--out", "out"]) == 2
    assert "Two files would be written to out/a.wav.txt" in capsys.readouterr().err


def test_language_numbers_and_labels_reach_the_engine_and_the_text(engine: FakeEngine, capsys: Captured) -> None:
    write("a.wav")
    Path("mine.toml").write_text('[emotions]\nangry = "(!)"\nneutral = "(=)"\n[events]\nbgm = "~"\n')
    engine.lines = (LINES[0], LINES[1])
    assert cli.main(["transcribe", "a.wav", "--language", "en-US", "--no-itn", "--labels", "mine.toml"]) == 0
    assert capsys.readouterr().out == "(!)I told you twice and nothing has happened since\n"


def test_a_file_that_cannot_be_heard_costs_one_sentence(engine: FakeEngine, capsys: Captured) -> None:
    write("good.wav")
    Path("text.wav").write_text("no sound")
    Path("zero.wav").touch()
    Path("folder.wav").mkdir()
    names = ["missing.wav", "folder.wav", "text.wav", "good.wav", "zero.wav"]
    assert cli.main(["transcribe", *names]) == 1
    out, err = capsys.readouterr()
    complaints = [line for line in err.splitlines() if not line.startswith("==")]
    assert [line.split(" ")[0].rstrip(":") for line in complaints] == ["missing.wav", "folder.wav", "text.wav", "zero.wav"]
    assert complaints[0] == "missing.wav: No such file or directory"
    assert "Traceback" not in err
    assert out == FORMATS["txt"](heard_in(Path("good.wav"), engine), ZH)


def test_an_engine_that_fails_costs_one_file(engine: FakeEngine, capsys: Captured) -> None:
    write("short.wav")
    write("long.wav", duration=1.1)
    engine.fails = lambda clip: 1.05 < clip.waveform.duration < 2  # not what it is warmed up with
    assert cli.main(["transcribe", "long.wav", "short.wav"]) == 1
    out, err = capsys.readouterr()
    assert out
    assert "long.wav: The engine failed on this audio." in err


def test_no_model_is_loaded_for_files_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "make_transcriber", None)
    assert cli.main(["transcribe", "missing.wav"]) == 1


def test_a_model_that_does_not_load_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    write("a.wav")
    monkeypatch.setattr(
        hearing, "make_transcriber", lambda settings, opener: fake_transcriber(broken="it is no model.", start=False)
    )
    assert cli.main(["transcribe", "a.wav"]) == 1
    assert capsys.readouterr() == ("", "The engine cannot hear: it is no model.\n")


def test_the_demo_checkpoint_is_announced(engine: FakeEngine, capsys: Captured) -> None:
    write("a.wav")
    engine.checkpoint = DEMO
    assert cli.main(["transcribe", "a.wav"]) == 0
    announced = "heard by the bundled demo model, not SenseVoiceSmall: python cli.py models download\n"
    assert capsys.readouterr().err == announced


def test_ctrl_c_ends_quietly(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Transcriber, "listen", interrupted)
    write("a.wav")
    assert cli.main(["transcribe", "a.wav"]) == 130
    assert capsys.readouterr() == ("", "")
