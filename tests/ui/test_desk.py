"""The handlers without a browser: what each of their yields puts on the page."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.fakes import FakeEngine, fake_transcriber
from tests.sounds import encode, noise
from tests.ui.conftest import in_a_loop

gradio = pytest.importorskip("gradio")

from speech.calls import Call  # noqa: E402
from speech.transcriber import Transcriber  # noqa: E402
from ui import transcribe, uploads  # noqa: E402
from ui.desk import Desk, Shown, Widgets  # noqa: E402
from ui.intake import Intake  # noqa: E402
from ui.options import ConsoleOptions  # noqa: E402
from ui.wording import Wording  # noqa: E402


@dataclass
class Room:
    desk: Desk
    widgets: Widgets
    engine: FakeEngine
    transcriber: Transcriber
    app: FastAPI

    def upload(self, content: bytes, name: str = "My talk.wav") -> dict[str, object]:
        """As a browser sends it."""
        client = TestClient(self.app)
        sent = client.post("/console/upload", content=content, headers={"x-file-name": quote(name)})
        return {**sent.json(), "turn": 1}

    def run(self, posted: object, language: str = "auto", opened: object = None, apart: bool = False) -> list[Shown]:
        request = SimpleNamespace(session_hash="somebody")
        return list(self.desk.run(posted, language, True, True, False, apart, opened, request))  # type: ignore[arg-type]


def built(transcriber: Transcriber, options: ConsoleOptions, intake: Intake) -> Widgets:
    with gradio.Blocks(analytics_enabled=False) as page:
        return transcribe.build(transcriber, options, intake, Wording(), page)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    engine = FakeEngine()
    transcriber = fake_transcriber(engine)
    options = ConsoleOptions(upload=1_000_000)
    app, intake = FastAPI(), Intake(lambda: tmp_path)
    intake.add(app)
    widgets = in_a_loop(lambda: built(transcriber, options, intake))
    yield Room(Desk(transcriber, options, intake, [], widgets), widgets, engine, transcriber, app)
    transcriber.stop()


SOMEBODY = gradio.Request(session_hash="somebody")
TALK = encode(noise(-20, duration=4.0))


def shown(page: Shown, widget: object) -> dict[str, object]:
    value = page[widget]  # type: ignore[index]
    return value if isinstance(value, dict) else dict(value.constructor_args)  # type: ignore[attr-defined]


def test_a_chosen_file_is_shown_before_it_is_heard(room: Room) -> None:
    warmed_up = list(room.engine.batches)
    first, *_, last = room.desk.open(room.upload(TALK), SOMEBODY)
    assert shown(first, room.widgets.run)["interactive"] is False
    assert shown(last, room.widgets.run)["interactive"] is True
    assert shown(last, room.widgets.player)["name"] == "My talk.wav"
    assert shown(last, room.widgets.progress)["phase"] == "idle"
    assert room.engine.batches == warmed_up


def test_a_run_without_an_opened_file_opens_it(room: Room) -> None:
    *_, last = room.run(room.upload(TALK))
    assert shown(last, room.widgets.player)["duration"] == 4.0
    assert shown(last, room.widgets.progress)["phase"] == "done"
    assert str(last[room.widgets.segments]).count("\n") == 2


def test_every_yield_repeats_what_was_said_before(room: Room) -> None:
    pages = room.run(room.upload(TALK))
    for earlier, later in pairwise(pages):
        assert set(earlier) <= set(later)
    assert set(pages[-1]) == {*room.widgets.all} - {room.widgets.multichannel}


def test_channels_can_be_speakers_where_there_are_any(room: Room) -> None:
    stereo = room.upload(encode(np.concatenate([noise(-20, duration=4.0, seed=seed) for seed in (1, 2)])))
    mono = room.upload(TALK)
    for posted, offered in ((stereo, True), (mono, False)):
        *_, last = room.desk.open(posted, SOMEBODY)
        assert shown(last, room.widgets.multichannel)["visible"] is offered
        opened = last[room.widgets.opened]
        *_, last = room.run(posted, opened=opened, apart=True)
        said = [json.loads(line)["speaker"] for line in str(last[room.widgets.segments]).splitlines()]
        assert set(said) == ({"A", "B"} if offered else {""})
        assert shown(last, room.widgets.progress)["warnings"] == []
    *_, last = room.run(mono, apart=True)  # who did not wait until it was opened
    assert shown(last, room.widgets.progress)["warnings"] == ["one_channel"]


@pytest.mark.parametrize(
    ("language", "content", "code"),
    [
        ("auto", b"not audio" * 50, "unsupported_media_type"),
        ("auto", bytes(2_000_000), "file_too_large"),
        ("klingon", TALK, "unknown_language"),
    ],
)
def test_a_fault_leaves_its_name_and_a_page_that_can_be_used(room: Room, language: str, content: bytes, code: str) -> None:
    *_, last = room.run(room.upload(content), language)
    assert (shown(last, room.widgets.progress)["phase"], shown(last, room.widgets.progress)["code"]) == ("failed", code)
    assert shown(last, room.widgets.run)["visible"] is True
    assert shown(last, room.widgets.cancel)["visible"] is False


def test_a_clip_the_engine_cannot_hear_is_told(room: Room) -> None:
    room.engine.fails = lambda clip: True
    *_, last = room.run(room.upload(TALK))
    assert shown(last, room.widgets.progress)["code"] == "inference_error"


def test_a_fault_of_ours_is_logged_and_told_without_its_words(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("/home/somebody/secret")

    monkeypatch.setattr("ui.desk.files.open_file", broken)
    for *_, last in (room.run(room.upload(TALK)), list(room.desk.open(room.upload(TALK), SOMEBODY))):
        assert shown(last, room.widgets.progress)["code"] == "internal"
        assert "secret" not in json.dumps(shown(last, room.widgets.progress))
        assert shown(last, room.widgets.run).get("interactive") in (True, None)
    assert "/home/somebody/secret" in caplog.text


def test_who_asks_for_a_cleaned_recording_where_nothing_cleans_is_told_so(room: Room) -> None:
    somebody = SimpleNamespace(session_hash="somebody")
    *_, last = room.desk.run(room.upload(TALK), "auto", True, True, True, False, None, somebody)  # type: ignore[arg-type]
    assert "cleaning_unavailable" in str(shown(last, room.widgets.progress))


def test_a_session_stops_its_own_run_only(room: Room) -> None:
    room.engine.rtf = 0.5
    posted = room.upload(encode(noise(-20, duration=12.0)))
    somebody = SimpleNamespace(session_hash="somebody")
    pages: list[Shown] = []
    run = room.desk.run(posted, "auto", True, True, False, False, None, somebody)  # type: ignore[arg-type]
    thread = threading.Thread(target=lambda: pages.extend(run))
    thread.start()
    room.desk.stop(SimpleNamespace(session_hash="somebody else"))  # type: ignore[arg-type]
    while not any(shown(page, room.widgets.progress)["phase"] == "hearing" for page in list(pages)) and thread.is_alive():
        thread.join(timeout=0.05)
    room.desk.stop(somebody)  # type: ignore[arg-type]
    thread.join(timeout=20)
    assert shown(pages[-1], room.widgets.progress)["phase"] == "stopped"


def test_a_path_of_this_machine_is_refused_by_name(room: Room) -> None:
    for handler in (room.run({"path": "/etc/passwd"}), list(room.desk.open({"path": "/etc/passwd"}, SOMEBODY))):
        assert shown(handler[-1], room.widgets.progress)["code"] == "path_not_allowed"
    assert uploads.stem("/etc/passwd") == "passwd"


@pytest.mark.parametrize("begin", ["open", "run"])
def test_a_page_that_was_closed_is_not_worked_for(room: Room, begin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a file is opened nothing is yielded, so that Gradio cannot close the handler: the decoder is told."""
    seen: list[Call] = []

    def endless(_: Path, call: Call) -> None:
        seen.append(call)
        room.desk.leave(SOMEBODY)
        call.heed()

    monkeypatch.setattr(room.transcriber, "open", endless)
    posted = room.upload(TALK)
    *_, last = room.run(posted) if begin == "run" else list(room.desk.open(posted, SOMEBODY))
    assert seen[0].gone
    assert shown(last, room.widgets.progress)["code"] == "cancelled"
