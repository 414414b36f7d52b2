"""The console's own way to a video with captions: what is on the page goes in, a file comes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import errors
from media.captions import FilmCaptioner
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
    answer = client.post("/console/film", json=wanted)
    assert answer.status_code == 200, answer.text
    assert [words for *_, words in films.texts(answer.content)] == ["[angry]Corrected by hand"]
    assert films.packets(answer.content, "video") == films.packets(film, "video")
    assert answer.headers["content-disposition"].endswith("my_talk.mp4")


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
