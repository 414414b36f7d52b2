"""POST /v1/videos/captions over the whole app: a fake engine hears, the real program puts what it heard into the video."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from api.shapes import HEARING
from api.video import PATH
from settings import Limits
from speech.errors import EngineUnavailable
from speech.films import Captions, Film
from tests import sounds
from tests.fakes import LINES
from tests.media import films
from tests.playlists import playlists

noto = pytest.mark.skipif(not Path("/usr/share/fonts/opentype/noto").is_dir(), reason="fonts-noto-cjk is missing")


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def sent(client: TestClient, film: bytes, name: str = "a.mp4", **fields: str) -> Response:
    return client.post(PATH, files={"file": (name, film, "video/mp4")}, data=fields)


def test_a_video_comes_back_with_what_was_said_in_it(client: TestClient) -> None:
    film = films.film()
    answer = sent(client, film, "我的 video.mp4", language="zh")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "video/mp4"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%-]+\.mp4", answer.headers["content-disposition"])
    said = "".join(words for *_, words in films.texts(answer.content)).replace("\n", "")
    assert any(line.text in said for line in LINES)
    assert films.track(answer.content)[1] == "chi"
    assert films.packets(answer.content, "video") == films.packets(film, "video")


@noto
def test_captions_are_burnt_in_for_who_asks(client: TestClient) -> None:
    answer = sent(client, films.film("webm"), "a.webm", mode="burnt")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "video/x-matroska"
    assert answer.headers["content-disposition"].endswith("a.mkv")
    assert max(picture[films.HEIGHT * 2 // 3 :].max() for _, picture in films.frames(answer.content)) > 200


def test_labels_are_those_that_were_asked_for(client: TestClient) -> None:
    film = films.film()
    plain, marked = (sent(client, film, labels=labels) for labels in ("plain", "emoji"))
    assert [words for *_, words in films.texts(plain.content)] != [words for *_, words in films.texts(marked.content)]


@pytest.mark.parametrize(
    ("film", "fields", "code"),
    [
        (sounds.encode(sounds.tone(), container="mp4", codec="aac"), {}, "no_pictures"),
        (sounds.encode(sounds.tone()), {"mode": "burnt"}, "no_pictures"),
        (b"no film" * 100, {}, "unsupported_media_type"),
        (b"", {}, "empty_file"),
        (films.film(), {"mode": "hard"}, "invalid_value"),
        (films.film(), {"labels": "xml"}, "invalid_value"),
        (films.film(), {"language": "klingon"}, "unknown_language"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(client: TestClient, film: bytes, fields: dict[str, str], code: str) -> None:
    answer = sent(client, film, **fields)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"].endswith((".", "video.", "vtt instead."))


def test_a_playlist_is_refused_by_the_decoder_before_any_other_program_sees_it(
    client: TestClient, app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unseen(*_: object) -> None:
        raise AssertionError("it was shown")

    monkeypatch.setattr(type(app.state.captioner), "check", unseen)
    for name, text in playlists(tmp_path / "secret", 9).items():
        answer = sent(client, text.encode(), name)
        assert answer.status_code == 400, name
        assert answer.json()["error"]["code"] in ("unsupported_media_type", "corrupt_audio"), name


def test_without_pictures_nothing_is_heard(client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(app.state.transcriber), "transcribe", None)
    assert sent(client, sounds.encode(sounds.tone())).json()["error"]["code"] == "no_pictures"


def test_it_is_admitted_as_all_that_is_heard(client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PATH in HEARING
    monkeypatch.setattr(type(app.state.transcriber), "_unready", lambda _: EngineUnavailable("it is broken"))
    assert sent(client, films.film()).json()["error"]["code"] == "engine_unavailable"


def test_the_call_reaches_whoever_makes_the_film(client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []

    def caption(self: object, film: object, heard: object, labels: object, captions: Captions, call: object) -> Film:
        left.append(call.left())  # type: ignore[attr-defined]
        raise EngineUnavailable("it was only asked")

    monkeypatch.setattr(type(app.state.captioner), "caption", caption)
    client.post(PATH, files={"file": ("a.mp4", films.film())}, headers={"X-Request-Timeout": "50"})
    client.post(PATH, files={"file": ("a.mp4", films.film())})
    assert 0 < left[0] < 50
    assert Limits().deadline < left[1] < Limits().film


def test_it_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"][PATH]["post"]
    assert {"video/mp4", "video/webm"} <= described["responses"]["200"]["content"].keys()
    assert {"400", "413", "429", "503"} <= described["responses"].keys()
    assert "no_pictures" in described["responses"]["400"]["description"]
