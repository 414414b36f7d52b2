"""What a page sends back is written as it stands there, and what is no transcript is refused."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import errors
from speech.labels import EN
from speech.render import FORMATS, txt
from speech.transcript import Transcript
from tests.fakes import FakeEngine, fake_transcriber
from tests.sounds import encode, noise
from ui import exports, present
from ui.again import Again
from ui.exports import Exports
from ui.intake import Intake
from ui.options import ConsoleOptions


@pytest.fixture(scope="module")
def heard() -> Transcript:
    transcriber = fake_transcriber()
    try:
        return transcriber.transcribe(io.BytesIO(encode(noise(-20, 12.0)))).transcript
    finally:
        transcriber.stop()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    errors.install(app)
    Exports(ConsoleOptions().styles).add(app)
    with TestClient(app) as opened:
        yield opened


def page(transcript: Transcript, **changed: object) -> dict[str, object]:
    """As a browser has it, with the last segment changed."""
    segments = [json.loads(line) for line in present.lines(transcript.segments).splitlines()]
    segments[-1].update(changed)
    return {"name": "My talk (1).wav", "duration": transcript.duration, "segments": segments}


@pytest.mark.parametrize("format", ["txt", "srt", "vtt", "csv"])
def test_what_nobody_changed_is_written_as_the_api_writes_it(client: TestClient, heard: Transcript, format: str) -> None:
    answer = client.post("/console/export", params={"format": format, "labels": "en"}, json=page(heard))
    assert answer.text == FORMATS[format](heard, EN)
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''My_talk_1.{format}"


def test_json_keeps_scores_and_the_engine_s_own_words(client: TestClient, heard: Transcript) -> None:
    written = client.post("/console/export", params={"format": "json", "labels": "en"}, json=page(heard)).json()
    truth = json.loads(FORMATS["json"](heard, EN))
    for said, true in zip(written["segments"], truth["segments"], strict=True):
        assert {**said, "words": len(said["words"])} == {**true, "words": len(true["words"])}
    assert [written[key] for key in ("text", "plain", "raw", "language", "duration")] == [
        truth[key] for key in ("text", "plain", "raw", "language", "duration")
    ]


def test_corrections_are_in_every_format_and_no_formula_is_in_a_table(client: TestClient, heard: Transcript) -> None:
    changed = page(heard, pieces=[["=SUM(A1)"]], emotion="sad", events=["cough"])
    for format in ("txt", "srt", "vtt", "json", "csv"):
        answer = client.post("/console/export", params={"format": format, "labels": "en"}, json=changed)
        assert "=SUM(A1)" in answer.text, format
    *_, last = csv.reader(io.StringIO(answer.text))
    assert last[3:] == ["sad", "cough", "'=SUM(A1)"]


def test_speakers_are_called_by_their_names_in_every_format(client: TestClient, heard: Transcript) -> None:
    shown = {**page(heard, speaker="B"), "names": {"A": " \n", "B": " Ms\tLi " + "i" * 99}}
    name = "Ms Li " + "i" * 10
    for format in ("txt", "srt", "vtt", "csv"):
        answer = client.post("/console/export", params={"format": format, "labels": "en"}, json=shown)
        assert name in answer.text, format
        assert name + "i" not in answer.text, format
    document = client.post("/console/export", params={"format": "docx", "labels": "en"}, json=shown).content
    assert f"{name}: " in zipfile.ZipFile(io.BytesIO(document)).read("word/document.xml").decode()
    wide = client.post("/console/export", params={"format": "srt", "labels": "en"}, json={**shown, "names": {"B": "客" * 99}})
    assert "客:\n" in wide.text
    assert "客:\n\n" not in wide.text  # no cue is a name alone
    told = client.post("/console/export", params={"format": "json", "labels": "en"}, json=shown).json()
    assert (told["names"], told["segments"][-1]["speaker"]) == ({"B": name}, "B")
    wrong = client.post("/console/export", params={"format": "txt", "labels": "en"}, json={**shown, "names": {"Z": "Li"}})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "bad_json")


def test_times_are_in_a_text_where_they_are_wished(client: TestClient, heard: Transcript) -> None:
    query = {"format": "txt", "labels": "en", "times": "1"}
    assert client.post("/console/export", params=query, json=page(heard)).text == txt(heard, EN, times=True)


def test_texts_are_those_beside_the_segments(client: TestClient, heard: Transcript) -> None:
    texts = client.post("/console/texts", params={"labels": "en"}, json=page(heard)).json()
    assert texts["rich"] == FORMATS["rich"](heard, EN)
    assert texts["raw"] == heard.raw
    assert json.loads(texts["json"])["duration"] == 12.0


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ({"format": "exe", "labels": "en"}, {"segments": []}, "invalid_value"),
        ({"format": "txt", "labels": "klingon"}, {"segments": []}, "invalid_value"),
        ({"format": "txt", "labels": "en"}, {"segments": [{"start": "x"}]}, "bad_json"),
        ({"format": "txt", "labels": "en"}, [1], "bad_json"),
    ],
)
def test_what_is_no_transcript_is_refused(client: TestClient, query: dict[str, str], body: object, code: str) -> None:
    answer = client.post("/console/export", params=query, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_body_without_end_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "LARGEST", 1000)
    answer = client.post("/console/export", params={"format": "txt", "labels": "en"}, content=b" " * 2000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def test_one_span_is_heard_again_in_its_place(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("again")
    engine = FakeEngine()
    transcriber, intake, app = fake_transcriber(engine), Intake(lambda: folder), FastAPI()
    errors.install(app)
    intake.add(app)
    Again(transcriber, intake, []).add(app)
    with TestClient(app) as client:
        token = client.post("/console/upload", content=encode(noise(-20, 12.0))).json()["token"]
        before = sum(engine.batches)
        asked = {"source": {"token": token}, "start": 4.0, "end": 5.2, "language": "en", "itn": False}
        (line,) = client.post("/console/hear", json=asked).json()["lines"].splitlines()
        said = json.loads(line)
        assert (said["start"], said["end"], said["language"]) == (4.0, 5.2, "en")
        assert "." not in "".join(piece[0] for piece in said["pieces"])
        assert sum(engine.batches) == before + 1
        for wrong, code in (
            ({"language": "klingon"}, "unknown_language"),
            ({"source": {"token": "x"}}, "missing_file"),
            ({"source": {"path": "/etc/passwd"}}, "path_not_allowed"),
            ({"source": {"job": "of somebody"}}, "path_not_allowed"),
            ({"start": 9.0}, "invalid_span"),
        ):
            assert client.post("/console/hear", json={**asked, **wrong}).json()["error"]["code"] == code
    transcriber.stop()


def test_a_document_holds_the_corrected_words(client: TestClient, heard: Transcript) -> None:
    changed = page(heard, pieces=[["改过的字。"]])
    answer = client.post("/console/export", params={"format": "docx", "labels": "en"}, json=changed)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as document:
        assert "改过的字。" in document.read("word/document.xml").decode()
