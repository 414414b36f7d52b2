from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from speech.engine import Clip
from speech.folder import Errand, Outcome, Report, audio_files, hear
from speech.labels import EN
from speech.transcriber import Ask, Transcriber
from speech.transcript import Language
from tests.fakes import FakeEngine, fake_transcriber
from tests.sounds import encode, tone

DONE, SKIPPED, FAILED = Outcome.DONE, Outcome.SKIPPED, Outcome.FAILED


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def transcriber(engine: FakeEngine) -> Iterator[Transcriber]:
    made = fake_transcriber(engine)
    yield made
    made.stop()


@pytest.fixture
def errand(tmp_path: Path) -> Errand:
    """Three sounds, two of one name, one in a folder of its own."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for index, name in enumerate(("a.mp3", "a.wav", "sub/b.WAV")):
        (folder / name).write_bytes(encode(tone(300.0 + 50 * index)))
    return Errand(folder, tmp_path / "out")


def run(transcriber: Transcriber, errand: Errand) -> dict[str, Report]:
    reports = hear(transcriber, errand, audio_files(errand.folder))
    return {report.name.as_posix(): report for report in reports}


def outcomes(transcriber: Transcriber, errand: Errand) -> dict[str, Outcome]:
    return {name: report.outcome for name, report in run(transcriber, errand).items()}


def result(errand: Errand, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((errand.out / name).read_text("utf-8"))
    return found


def left_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# --- which files ---


def test_only_regular_audio_files_of_the_folder_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("b.wav", "a.MP4", "sub/c.opus", "notes.txt", ".hidden.wav", ".git/d.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (tmp_path / "secret.wav").touch()
    os.mkfifo(folder / "pipe.wav")
    (folder / "out.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "in.wav").symlink_to(folder / "b.wav")
    (folder / "gone.wav").symlink_to(folder / "nothing.wav")
    (folder / "round.wav").symlink_to(folder / "round.wav")
    (folder / "up").symlink_to(tmp_path)
    names = [path.relative_to(folder).as_posix() for path in audio_files(folder)]
    assert names == ["a.MP4", "b.wav", "in.wav", "sub/c.opus"]


# --- results ---


def test_every_file_has_its_result_in_the_same_place(transcriber: Transcriber, errand: Errand) -> None:
    assert outcomes(transcriber, errand) == {"a.mp3": DONE, "a.wav": DONE, "sub/b.WAV": DONE}
    assert left_in(errand.out) == ["a.mp3.json", "a.wav.json", "sub/b.WAV.json"]
    found = result(errand, "sub/b.WAV.json")
    expected = transcriber.transcribe(errand.folder / "sub" / "b.WAV").transcript
    assert found["audio_path"] == str(errand.folder / "sub" / "b.WAV")
    assert (found["raw_text"], found["language"], found["duration_sec"]) == (expected.raw, expected.language, expected.duration)
    assert found["checkpoint"] == "fake/SenseVoiceSmall"
    segments = found["segments"]
    assert isinstance(segments, list)
    assert {"start", "end", "text", "language", "emotion", "events", "scores", "words", "raw"} <= segments[0].keys()


def test_files_share_the_engine(engine: FakeEngine, errand: Errand) -> None:
    transcriber = fake_transcriber(engine)
    deadline, warm = time.monotonic() + 20, len(engine.batches)

    def hold(_: Clip) -> bool:
        """Holds the first batch until all three clips are taken or wait behind it."""
        while len(engine.batches) == warm + 1 and engine.batches[-1] + transcriber.waiting < 2.9 and time.monotonic() < deadline:
            time.sleep(0.01)
        return False

    engine.fails = hold
    run(transcriber, errand)
    transcriber.stop()
    assert max(engine.batches) >= 2


def test_a_file_that_cannot_be_heard_is_recorded_and_the_others_are_done(transcriber: Transcriber, errand: Errand) -> None:
    (errand.folder / "text.wav").write_text("no sound")
    (errand.folder / "zero.wav").touch()
    reports = run(transcriber, errand)
    assert [report.outcome for report in reports.values()].count(DONE) == 3
    assert reports["text.wav"].outcome == reports["zero.wav"].outcome == FAILED
    error = result(errand, "zero.wav.json")["error"]
    assert error == {"code": "empty_file", "message": reports["zero.wav"].problem}


def test_a_mistake_of_ours_costs_one_file(
    transcriber: Transcriber, errand: Errand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listen = transcriber.listen

    def fail(file: Path, *rest: object) -> object:
        if file.name == "a.mp3":
            raise ZeroDivisionError
        return listen(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(transcriber, "listen", fail)
    assert outcomes(transcriber, errand) == {"a.mp3": FAILED, "a.wav": DONE, "sub/b.WAV": DONE}
    assert "ZeroDivisionError" in caplog.text


def test_a_result_that_cannot_be_saved_costs_one_file(transcriber: Transcriber, errand: Errand) -> None:
    (errand.out / "a.wav.json").mkdir(parents=True)
    reports = run(transcriber, errand)
    assert reports["a.wav"].outcome == FAILED
    assert "cannot be saved" in reports["a.wav"].problem
    assert reports["a.mp3"].outcome == reports["sub/b.WAV"].outcome == DONE
    assert left_in(errand.out) == ["a.mp3.json", "sub/b.WAV.json"]


def test_a_full_disk_ends_it(transcriber: Transcriber, errand: Errand, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        run(transcriber, errand)


def test_a_name_that_is_not_utf8_is_heard(transcriber: Transcriber, errand: Errand) -> None:
    raw = os.fsencode(errand.folder) + b"/\xb0\xa1.wav"
    Path(os.fsdecode(raw)).write_bytes(encode(tone()))
    assert list(outcomes(transcriber, errand).values()) == [DONE] * 4


# --- the next run ---


def test_the_run_after_an_interrupted_one_does_the_rest(engine: FakeEngine, transcriber: Transcriber, errand: Errand) -> None:
    reports = hear(transcriber, errand, audio_files(errand.folder), at_once=1)
    first = next(reports)
    reports.close()
    before = (errand.out / f"{first.name}.json").stat().st_mtime_ns
    engine.batches.clear()
    found = outcomes(transcriber, errand)
    assert found[first.name.as_posix()] == SKIPPED
    assert FAILED not in found.values()
    assert sum(engine.batches) <= 2
    assert (errand.out / f"{first.name}.json").stat().st_mtime_ns == before
    assert set(outcomes(transcriber, errand).values()) == {SKIPPED}


def test_a_changed_file_is_heard_again(transcriber: Transcriber, errand: Errand) -> None:
    run(transcriber, errand)
    os.utime(errand.folder / "a.wav", (1, 1))
    (errand.folder / "a.mp3").write_bytes(encode(tone(duration=2.0)))
    assert outcomes(transcriber, errand) == {"a.mp3": DONE, "a.wav": DONE, "sub/b.WAV": SKIPPED}


def test_a_result_that_is_not_whole_is_made_again(transcriber: Transcriber, errand: Errand) -> None:
    run(transcriber, errand)
    target = errand.out / "a.wav.json"
    target.write_bytes(target.read_bytes()[:200])
    (errand.out / "a.mp3.json").write_text("[]")
    assert outcomes(transcriber, errand) == {"a.mp3": DONE, "a.wav": DONE, "sub/b.WAV": SKIPPED}


def test_a_failed_file_is_tried_again(transcriber: Transcriber, errand: Errand) -> None:
    (errand.folder / "a.wav").touch()
    (errand.folder / "zero.wav").touch()
    run(transcriber, errand)
    (errand.folder / "zero.wav").write_bytes(encode(tone()))
    assert outcomes(transcriber, errand) == {"a.mp3": SKIPPED, "a.wav": SKIPPED, "sub/b.WAV": SKIPPED, "zero.wav": DONE}


@pytest.mark.parametrize("other", [{"ask": Ask(Language.EN)}, {"ask": Ask(itn=False)}, {"labels": EN, "style": "en"}])
def test_another_errand_is_not_finished(transcriber: Transcriber, errand: Errand, other: dict[str, object]) -> None:
    run(transcriber, errand)
    again = Errand(errand.folder, errand.out, **other)  # type: ignore[arg-type]
    assert set(outcomes(transcriber, again).values()) == {DONE}


def test_a_better_checkpoint_hears_again_what_the_demo_heard(transcriber: Transcriber, errand: Errand) -> None:
    demo = fake_transcriber(demo=True)
    run(demo, errand)
    assert set(outcomes(transcriber, errand).values()) == {DONE}
    assert set(outcomes(demo, errand).values()) == {SKIPPED}
    demo.stop()
