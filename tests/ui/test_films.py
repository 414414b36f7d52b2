"""The console's own way to a video with captions: what is on the page goes in, a file comes out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from api import errors
from media.captions import FilmCaptioner
from speech.errors import NoFont
from speech.films import Film
from tests import sounds
from tests.fakes import fake_transcriber
from tests.media import films
from ui.films import Films
from ui.intake import PATH as UPLOADS
from ui.intake import Intake
from ui.options import ConsoleOptions

Json = dict[str, Any]
SHOWN: Json = {
    "name": "a.mp4",
    "duration": 4.0,
    "segments": [
        {
            "start": 0.5,
            "end": 2.5,
            "language": "en",
            "emotion": "angry",
            "events": [],
            "pieces": [["Corrected ", 0.5, 1.5, 0.9], ["by hand", 1.5, 2.5, 0.9]],
        }
    ],
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app, transcriber, intake = FastAPI(), fake_transcriber(start=False), Intake(lambda: tmp_path)
    intake.add(app)
    Films(FilmCaptioner(), transcriber, intake, [], ConsoleOptions().styles).add(app)
    errors.install(app)
    yield TestClient(app)
    transcriber.stop()


def source(client: TestClient, content: bytes) -> Json:
    sent: Json = client.post(UPLOADS, content=content, headers={"x-file-name": "my%20talk.mp4"}).json()
    return {**sent, "turn": 1}


def test_the_video_comes_back_with_what_the_page_shows(client: TestClient) -> None:
    film = films.film()
    wanted = {"source": source(client, film), "shown": SHOWN, "mode": "soft", "labels": "en"}
    lines = told(client.post("/console/film", json=wanted))
    assert lines[0] == {"seconds": 0.0}
    assert all(0 <= line["seconds"] <= 4.5 for line in lines[:-1])
    place = f"/console/film/{lines[-1]['film']}"
    answer = client.get(place)
    assert answer.status_code == 200, answer.text
    assert [words for *_, words in films.texts(answer.content)] == ["[angry]Corrected by hand"]
    assert films.packets(answer.content, "video") == films.packets(film, "video")
    assert answer.headers["content-disposition"].endswith("my_talk.mp4")
    assert client.get(place).json()["error"]["code"] == "missing_file"


def told(answer: Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_film_that_fails_on_the_way_says_why(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"source": source(client, films.film()), "shown": SHOWN, "mode": "soft", "labels": "en"}
    for fault, code in ((NoFont("你 (U+4F60)"), "no_font"), (ValueError("not ours"), "internal")):

        def caption(*_: object, fault: Exception = fault) -> Film:
            raise fault

        monkeypatch.setattr(FilmCaptioner, "caption", caption)
        error = told(client.post("/console/film", json=wanted))[-1]["error"]
        assert error["code"] == code
        assert error["reference"]


def test_a_film_that_nobody_fetches_is_forgotten(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.films.KEPT", 0.0)
    wanted = {"source": source(client, films.film()), "shown": SHOWN, "mode": "soft", "labels": "en"}
    film = told(client.post("/console/film", json=wanted))[-1]["film"]
    time.sleep(0.2)
    assert client.get(f"/console/film/{film}").json()["error"]["code"] == "missing_file"


@pytest.mark.parametrize(
    ("content", "changed", "code"),
    [
        (sounds.encode(sounds.tone()), {}, "no_pictures"),
        (b"no film" * 100, {}, "unsupported_media_type"),
        (films.film(), {"labels": "xml"}, "invalid_value"),
        (films.film(), {"mode": "hard"}, "invalid_value"),
        (films.film(), {"source": {"path": "/etc/passwd"}}, "path_not_allowed"),
        (films.film(), {"source": {"token": "another's"}}, "missing_file"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(client: TestClient, content: bytes, changed: Json, code: str) -> None:
    wanted = {"source": source(client, content), "shown": SHOWN, "mode": "soft", "labels": "en", **changed}
    answer = client.post("/console/film", json=wanted)
    assert answer.json()["error"]["code"] == code
    assert 400 <= answer.status_code < 500
