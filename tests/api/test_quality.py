"""Calls to listen to, over jobs that are really kept."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import errors, quality
from api.guard import Guard, GuardOptions
from keeping.keeper import Keeper
from keeping.options import KeepingOptions
from speech.hearing import Ask
from speech.transcript import Emotion, Event, Language, Segment, Transcript
from tests.fakes import fake_transcriber
from tests.sounds import encode, noise

SOUND = encode(noise(-20, duration=2.0))
FORMULA = '=HYPERLINK("http://evil.example")'


def said(start: float, end: float, text: str = "话", emotion: Emotion = Emotion.NEUTRAL, *events: Event, by: str = "") -> Segment:
    return Segment(text, start, end, Language.ZH, emotion, events, speaker=by)


ANGRY = Transcript((said(0, 10), said(12, 20, "太慢了", Emotion.ANGRY), said(20, 26, FORMULA, Emotion.ANGRY)), 30.0)
ANGRIER = Transcript((said(0, 50, "没有人来", Emotion.ANGRY),), 60.0)
CALM = Transcript((said(0, 5, "好", Emotion.HAPPY, Event.LAUGHTER),), 70.0)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    listener = fake_transcriber()
    kept = Keeper(listener, KeepingOptions(tmp_path / "jobs"))
    kept.start()
    yield kept
    kept.stop()
    listener.stop()


@pytest.fixture
def client(keeper: Keeper) -> Iterator[TestClient]:
    with TestClient(door(keeper), base_url="http://localhost") as opened:
        yield opened


def door(keeper: Keeper, *keys: str) -> FastAPI:
    app = FastAPI()
    app.state.jobs = keeper
    errors.install(app)
    app.include_router(quality.router)
    app.add_middleware(Guard, options=GuardOptions(keys=keys))
    return app


def keep(keeper: Keeper, name: str, transcript: Transcript, owner: str = "") -> str:
    job = keeper.add(io.BytesIO(SOUND), name, Ask(), owner)
    deadline = time.monotonic() + 20
    while not keeper.get(job.id, owner).state.ended:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    keeper.replace(job.id, transcript, owner)
    return job.id


@pytest.fixture
def calls(keeper: Keeper) -> dict[str, str]:
    """Their ids."""
    known = {"a little.wav": ANGRY, "much.wav": ANGRIER, "none.wav": CALM}
    return {name.partition(".")[0]: keep(keeper, name, transcript) for name, transcript in known.items()}


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return [call["name"] for call in answer.json()["data"]]


def test_the_call_with_the_most_lasting_anger_comes_first(client: TestClient, calls: dict[str, str]) -> None:
    answer = client.get("/v1/quality")
    assert names(answer) == ["much.wav", "a little.wav", "none.wav"]
    much, little, none = answer.json()["data"]
    assert (much["score"], little["score"], none["score"]) == (50, 14, 0)
    assert (little["worst"]["start"], little["worst"]["end"], little["worst"]["text"]) == (12, 26, "太慢了")
    assert (none["worst"], none["measures"][0]["moments"]) == (None, [])


def test_the_rules_are_those_that_are_asked_for(client: TestClient, calls: dict[str, str]) -> None:
    asked = {"rules": "angry:20/60,laughter:2/30", "by": "laughter"}
    answer = client.get("/v1/quality", params=asked)
    assert names(answer)[0] == "none.wav"
    assert [measure["score"] for measure in answer.json()["data"][0]["measures"]] == [0, 5]
    for wrong in ({"rules": "rage:1/2"}, {"by": "laughter"}, {"limit": "0"}):
        assert client.get("/v1/quality", params=wrong).status_code == 400
    assert client.get("/v1/quality", params={"rules": "rage:1/2"}).json()["error"]["code"] == "invalid_rules"


def test_agent_and_customer_are_ranked_apart(client: TestClient, keeper: Keeper) -> None:
    agent = (said(0, 20, "不行", Emotion.ANGRY, by="A"), said(20, 30, "好吧", by="B"))
    customer = (said(0, 5, "您好", by="A"), said(5, 15, "我要投诉", Emotion.ANGRY, by="B"))
    ids = [keep(keeper, name, Transcript(each, 30.0)) for name, each in (("agent.wav", agent), ("customer.wav", customer))]
    asked = {"rules": "angry:8/60,angry@B:8/60", "by": "angry@B"}
    answer = client.get("/v1/quality", params=asked)
    assert names(answer) == ["customer.wav", "agent.wav"]
    worst = answer.json()["data"][0]["worst"]
    assert (worst["rule"], worst["speaker"], worst["text"]) == ("angry@B", "B", "我要投诉")
    assert names(client.get("/v1/quality", params={"rules": asked["rules"]})) == ["agent.wav", "customer.wav"]
    assert client.post(f"/v1/jobs/{ids[1]}/verdicts", json={"rule": "angry@B", "start": 5, "confirmed": False}).status_code == 200
    assert [call["score"] for call in client.get("/v1/quality", params=asked).json()["data"]] == [0, 0]
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/quality.csv", params={"rules": "angry:8/60"}).text[1:])))
    assert [(row["call"], row["speaker"]) for row in rows] == [("agent.wav", "A"), ("customer.wav", "B")]
    assert client.get(f"/v1/jobs/{ids[0]}/quality").json()["speakers"] == {"A": 0.6667, "B": 0.3333}
    for wrong in ("rage", "angry@", "angry@Z"):
        answer = client.post(f"/v1/jobs/{ids[1]}/verdicts", json={"rule": wrong, "start": 5, "confirmed": True})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_rules")


def test_speakers_have_the_names_that_a_person_gave_them(client: TestClient, keeper: Keeper) -> None:
    said_by_both = (said(0, 5, "您好", by="A"), said(5, 15, "我要投诉", Emotion.ANGRY, by="B"))
    id = keep(keeper, "customer.wav", Transcript(said_by_both, 30.0, {"B": "=Ms Li"}))
    asked = {"rules": "angry@B:8/60"}
    (call,) = client.get("/v1/quality", params=asked).json()["data"]
    assert (call["names"], call["worst"]["speaker"], call["score"]) == ({"B": "=Ms Li"}, "B", 10)
    assert client.get(f"/v1/jobs/{id}/quality").json()["names"] == {"B": "=Ms Li"}
    (row,) = csv.DictReader(io.StringIO(client.get("/v1/quality.csv", params=asked).text[1:]))
    assert (row["speaker"], row["speaker_name"]) == ("B", "'=Ms Li")


def test_what_a_person_says_is_kept_and_changes_the_order(client: TestClient, calls: dict[str, str]) -> None:
    dismissed = {"rule": "angry", "start": 0, "confirmed": False}
    answer = client.post(f"/v1/jobs/{calls['much']}/verdicts", json=dismissed)
    assert (answer.status_code, answer.json()["data"]) == (200, [dismissed])
    client.post(f"/v1/jobs/{calls['a little']}/verdicts", json={"rule": "angry", "start": 12, "confirmed": True})
    again = client.get("/v1/quality", params={"rules": "angry:10/60"})
    assert names(again) == ["a little.wav", "much.wav", "none.wav"]
    little, much, _ = again.json()["data"]
    assert (little["worst"]["confirmed"], much["worst"]) == (True, None)
    assert much["measures"][0]["moments"][0]["confirmed"] is False
    client.post(f"/v1/jobs/{calls['much']}/verdicts", json={**dismissed, "confirmed": True})
    assert names(client.get("/v1/quality"))[0] == "much.wav"


def test_a_verdict_is_taken_back(client: TestClient, calls: dict[str, str]) -> None:
    place = f"/v1/jobs/{calls['a little']}/verdicts"
    first, later = ({"rule": "angry", "start": start, "confirmed": False} for start in (12, 20))
    client.post(place, json=first)
    assert client.post(place, json=later).json()["data"] == [first, later]
    back = {"rule": "angry", "start": 12, "confirmed": None}
    for other in ({**back, "start": 5}, {**back, "rule": "laughter", "end": 30}):
        assert client.post(place, json=other).json()["data"] == [first, later]
    assert client.post(place, json=back).json()["data"] == [later]
    client.post(place, json=first)
    moment = {**back, "end": client.get("/v1/quality").json()["data"][1]["measures"][0]["moments"][0]["end"]}
    answer = client.post(place, json=moment)
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    little = client.get("/v1/quality").json()["data"][1]
    assert (little["name"], little["score"], little["worst"]["confirmed"]) == ("a little.wav", 14, None)
    assert client.post("/v1/jobs/nobody/verdicts", json=back).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"rule": "rage", "start": 0, "confirmed": True}, 400),
        ({"rule": "angry", "start": -1, "confirmed": True}, 400),
        ({"rule": "angry"}, 400),
        ({"rule": "angry", "start": 0}, 400),
        ({"rule": "angry", "start": 0, "confirmed": None, "end": -1}, 400),
        ([], 400),
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused(client: TestClient, calls: dict[str, str], body: object, status: int) -> None:
    assert client.post(f"/v1/jobs/{calls['much']}/verdicts", json=body).status_code == status
    assert client.post("/v1/jobs/nobody/verdicts", json={"rule": "angry", "start": 0, "confirmed": True}).status_code == 404


def test_the_table_has_every_moment_and_no_formula(client: TestClient, keeper: Keeper, calls: dict[str, str]) -> None:
    keep(keeper, "=cmd|calc.wav", Transcript((said(0, 30, FORMULA, Emotion.ANGRY),), 30.0))
    answer = client.get("/v1/quality.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["call"] for row in rows] == ["much.wav", "'=cmd|calc.wav", "a little.wav", "none.wav"]
    assert (rows[1]["text"], rows[2]["start"], rows[2]["seconds"]) == ("'" + FORMULA, "12.000", "14.000")
    assert (rows[3]["score"], rows[3]["start"], rows[3]["text"]) == ("0.000", "", "")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_charts_have_a_number_for_each_minute(client: TestClient, calls: dict[str, str]) -> None:
    charts = client.get(f"/v1/jobs/{calls['none']}/quality").json()
    assert charts == {
        "duration": 70.0,
        "events": {"laughter": [1, 0]},
        "emotions": {"happy": [5.0, 0.0]},
        "languages": {"zh": 1.0},
        "shares": {"happy": 1.0},
        "speakers": {},
        "names": {},
    }
    assert client.get("/v1/jobs/nobody/quality").status_code == 404


def test_each_key_sees_and_judges_its_own_calls(keeper: Keeper) -> None:
    keys = ("the-first-key-of-two", "the-other-key-of-two")
    client = TestClient(door(keeper, *keys), base_url="http://localhost")
    first, other = ({"Authorization": f"Bearer {key}"} for key in keys)
    owner = Guard(FastAPI(), GuardOptions(keys=keys))._keys._by_secret(keys[0])
    assert owner is not None
    id = keep(keeper, "mine.wav", ANGRIER, owner.name)
    assert names(client.get("/v1/quality", headers=first)) == ["mine.wav"]
    assert names(client.get("/v1/quality", headers=other)) == []
    said_of = {"rule": "angry", "start": 0, "confirmed": False}
    assert client.post(f"/v1/jobs/{id}/verdicts", json=said_of, headers=other).status_code == 404
    assert client.post(f"/v1/jobs/{id}/verdicts", json={**said_of, "confirmed": None}, headers=other).status_code == 404
    assert client.get(f"/v1/jobs/{id}/quality", headers=other).status_code == 404
    assert keeper.verdicts(id, owner.name) == []
