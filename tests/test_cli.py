from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from models import ModelOptions
from models.checkpoints import Checkpoint, CheckpointOptions, DownloadProgress
from models.checkup import Check
from models.hubs import Report
from settings import Settings
from speech.engine import CheckpointInfo
from speech.labels import EN, ZH
from speech.render import FORMATS
from speech.transcriber import Transcriber
from speech.transcript import Transcript
from tests.fakes import DEMO, LINES, FakeEngine, fake_transcriber
from tests.sounds import encode, tone

ROOT = Path(__file__).parent.parent
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("EARSHOT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EARSHOT_OFFLINE", "1")
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "modelscope"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "huggingface"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """What the command line hears with."""
    made = FakeEngine()
    monkeypatch.setattr(cli, "make_transcriber", lambda settings: fake_transcriber(made, start=False))
    return made


def write(name: str, duration: float = 1.0, frequency: float = 440.0) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(tone(frequency, duration)))
    return path


def heard_in(file: Path, engine: FakeEngine) -> Transcript:
    """What the pipeline gives without a command line."""
    transcriber = fake_transcriber(engine)
    transcript = transcriber.transcribe(file).transcript
    transcriber.stop()
    return transcript


# --- transcribe ---


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
    engine.fails = lambda clip: clip.waveform.duration > 1.05
    assert cli.main(["transcribe", "long.wav", "short.wav"]) == 1
    out, err = capsys.readouterr()
    assert out
    assert "long.wav: The engine failed on this audio." in err


def test_no_model_is_loaded_for_files_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "make_transcriber", None)
    assert cli.main(["transcribe", "missing.wav"]) == 1


def test_a_model_that_does_not_load_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    write("a.wav")
    monkeypatch.setattr(cli, "make_transcriber", lambda settings: fake_transcriber(broken="it is no model.", start=False))
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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("transcribe a.wav --language klingon", "The language 'klingon' is not one"),
        ("transcribe a.wav --labels loud", "labels cannot be 'loud'"),
        ("transcribe a.wav --labels missing.toml", "The label table cannot be used"),
        ("batch missing out", "missing is no folder"),
        ("models verify missing", "missing is no folder"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_done(line: str, words: str, capsys: Captured) -> None:
    assert cli.main(line.split()) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("line", ["", "transcribe", "transcribe a.wav --format doc", "models", "models drop", "sing"])
def test_what_cannot_be_read_is_wrong_usage(line: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(line.split())
    assert "usage:" in capsys.readouterr().err


def test_a_setting_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("EARSHOT_LIMITS__LONGEST", "ever")
    assert cli.main(["models", "list"]) == 2
    assert capsys.readouterr().err.startswith("EARSHOT_LIMITS__LONGEST cannot be 'ever'")


# --- batch ---


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


# --- models ---


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

    monkeypatch.setattr(cli, "download", fetch)
    assert cli.main(["models", "download", "--hub", "hf"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["            7 bytes  model.pt", "hf, revision 1, is in home"]


def test_a_download_without_a_network_is_one_sentence(capsys: Captured) -> None:
    assert cli.main(["models", "download"]) == 1
    assert capsys.readouterr().err.startswith("The model hub ModelScope could not be reached: EARSHOT_OFFLINE is set")


# --- doctor ---


def test_the_doctor_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(cli, "checkup", lambda options: iter([Check("hands"), Check("feet", "wash them")]))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("EARSHOT_PORT", str(port))
        assert cli.main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["ok    hands", "warn  feet", "      -> wash them"]
    assert lines[3].startswith(f"warn  port {port} on 127.0.0.1 cannot be had")


def test_a_healthy_machine_has_status_0(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(cli, "checkup", lambda options: iter([Check("hands")]))
    monkeypatch.setenv("EARSHOT_PORT", "0")
    assert cli.main(["doctor"]) == 0
    assert capsys.readouterr().out == "ok    hands\nok    port 0 on 127.0.0.1 is free\n"


# --- the process ---


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
