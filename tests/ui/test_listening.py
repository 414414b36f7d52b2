from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from speech.batching import BatcherOptions
from speech.calls import Call
from speech.errors import InferenceFailed
from speech.transcriber import Ask, Transcriber, TranscriberOptions
from tests.fakes import FakeEngine, fake_transcriber
from tests.sounds import encode, noise
from ui.listening import PACE, Heard, Phase, listen


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def transcriber(engine: FakeEngine) -> Iterator[Transcriber]:
    made = fake_transcriber(engine, options=TranscriberOptions(batcher=BatcherOptions(at_once=1.0, wait=0.0)))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk.wav"
    path.write_bytes(encode(noise(-20, duration=8.0)))
    return path


def test_a_run_begins_with_opening_and_ends_with_the_hearing(transcriber: Transcriber, talk: Path) -> None:
    looks = list(listen(transcriber, talk, Ask(), Call()))
    assert looks[0] == Heard()
    assert looks[-1].phase is Phase.DONE
    assert looks[-1].hearing is not None
    assert looks[-1].transcript.segments == transcriber.transcribe(talk).transcript.segments


def test_a_slow_run_is_looked_at_at_its_pace_and_never_goes_back(
    transcriber: Transcriber, engine: FakeEngine, talk: Path
) -> None:
    engine.rtf = 0.3
    times, looks = [], []
    for look in listen(transcriber, talk, Ask(), Call()):
        times.append(time.monotonic())
        looks.append(look)
    pauses = [after - before for before, after in pairwise(times)]
    assert all(pause >= PACE * 0.9 for pause in pauses[:-1])
    assert [look.heard for look in looks] == sorted(look.heard for look in looks)
    assert any(look.phase is Phase.HEARING and look.segments for look in looks)


def test_stopping_keeps_what_came_and_withdraws_the_rest(transcriber: Transcriber, engine: FakeEngine, talk: Path) -> None:
    warmed_up = sum(engine.batches)
    engine.rtf, stop = 0.5, Call()
    for look in listen(transcriber, talk, Ask(), stop):
        if look.segments:
            stop.leave()
    assert look.phase is Phase.STOPPED
    assert 0 < len(look.transcript.segments) < 4
    time.sleep(1.0)
    assert sum(engine.batches) < warmed_up + 4
    assert transcriber.waiting == 0


def test_leaving_stops_the_run(transcriber: Transcriber, engine: FakeEngine, talk: Path) -> None:
    engine.rtf, stop = 0.5, Call()
    looks = listen(transcriber, talk, Ask(), stop)
    next(looks)
    looks.close()
    assert stop.gone


def test_a_file_that_cannot_be_heard_ends_in_its_own_words(transcriber: Transcriber, tmp_path: Path) -> None:
    (tmp_path / "notes.mp3").write_text("not audio")
    *_, last = listen(transcriber, tmp_path / "notes.mp3", Ask(), Call())
    assert last.phase is Phase.FAILED
    assert last.error is not None
    assert last.error.code == "unsupported_media_type"


def test_a_fault_without_a_name_is_told_as_ours(transcriber: Transcriber, talk: Path, caplog: pytest.LogCaptureFixture) -> None:
    transcriber.check = lambda ask: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    *_, last = listen(transcriber, talk, Ask(), Call())
    assert isinstance(last.error, InferenceFailed)
    assert "ZeroDivisionError" in caplog.text
