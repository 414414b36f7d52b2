"""Jobs over HTTP: what each route answers, and to whom."""

from __future__ import annotations

import errno
import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from docx import Document
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.zipped import unique, zipped
from app import create_app
from keeping.keeper import Keeper
from settings import Jobs, Settings
from speech import files, render
from speech.jobs import JobState
from speech.labels import style
from speech.transcriber import Transcriber
from tests import sounds
from tests.fakes import FakeEngine, fake_transcriber
from tests.faults.door import Door, opened

SOUND = sounds.encode(sounds.noise(-20, 4.0))
ANNA, BERT = "anna's key of many letters", "bert's key of many letters"


@pytest.fixture(autouse=True)
def no_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.mount_console", lambda *_: (frozenset(), frozenset()))


def settings(folder: Path, **own: object) -> Settings:
    return Settings(jobs=Jobs(home=folder / "jobs"), hosts=("testserver",), **own)  # type: ignore[arg-type]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with opened(settings(tmp_path)) as found:
        yield found


@pytest.fixture
def client(door: Door) -> Iterator[httpx.Client]:
    with door.client() as made:
        yield made


def sent(client: httpx.Client, name: str = "a.wav", sound: bytes = SOUND, **fields: str) -> str:
    answer = client.post("/v1/jobs", files={"file": (name, sound)}, data=fields)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    return str(answer.json()["id"])


def done(client: httpx.Client, id: str) -> dict[str, object]:
    ends = time.monotonic() + 20
    while not JobState((found := client.get(f"/v1/jobs/{id}").json())["state"]).ended:
        assert time.monotonic() < ends
        time.sleep(0.02)
    return dict(found)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_file_is_sent_and_its_transcript_is_fetched_in_every_format(door: Door, client: httpx.Client) -> None:
    id = sent(client, "我的 talk.wav", language="zh", itn="false", clean="false")
    job = done(client, id)
    assert (job["state"], job["name"], job["duration"], job["heard"]) == ("done", "我的 talk.wav", 4.0, 4.0)
    assert job["asked"] == {"language": "zh", "itn": False, "vad": True, "clean": False, "multichannel": False}
    assert (job["language"], job["segments"], job["error"], job["place"]) == ("zh", 2, None, 0)
    transcript = door.app.state.jobs.transcript(id)
    for form, write in render.FORMATS.items():
        answer = client.get(f"/v1/jobs/{id}/transcript", params={"format": form, "labels": "emoji"})
        assert answer.content.decode() == write(transcript, style("emoji"))
        assert answer.headers["content-type"] == render.MEDIA_TYPES[form]
        assert answer.headers["x-earshot-state"] == "done"
    verbose = client.get(f"/v1/jobs/{id}/transcript", params={"format": "verbose_json"}).json()
    assert (verbose["text"], len(verbose["segments"])) == (transcript.text, 2)
    named = client.post("/v1/jobs", files={"file": ("a%22b.wav", SOUND)}, data={"name": '../a"b.wav'})
    assert named.json()["name"] == 'a"b.wav'
    saved = client.get(f"/v1/jobs/{id}/transcript", params={"format": "srt", "download": "true"})
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''%E6%88%91%E7%9A%84_talk.srt"


def test_the_speakers_of_a_call_are_kept_and_written(door: Door, client: httpx.Client) -> None:
    talk = sounds.encode(np.concatenate([sounds.noise(-20, duration=6.0, seed=seed) for seed in (1, 2)]))
    id = sent(client, "call.wav", talk, multichannel="true")
    assert done(client, id)["asked"]["multichannel"] is True  # type: ignore[index]
    told = client.get(f"/v1/jobs/{id}/transcript?format=json").json()
    assert {segment["speaker"] for segment in told["segments"]} == {"A", "B"}
    header, *rows = client.get(f"/v1/jobs/{id}/transcript?format=csv").text.removeprefix("\ufeff").splitlines()
    assert header == "start,end,speaker,language,emotion,events,text"
    assert {row.split(",")[2] for row in rows} == {"A", "B"}
    assert client.get(f"/v1/jobs/{id}/transcript?format=txt").text.startswith("A: ")
    kept: Keeper = door.app.state.jobs
    kept.replace(id, replace(kept.transcript(id), names={"B": "Ms Li"}), "")
    verbose = client.get(f"/v1/jobs/{id}/transcript?format=verbose_json").json()
    assert (verbose["names"], {segment["speaker"] for segment in verbose["segments"]}) == ({"B": "Ms Li"}, {"A", "B"})
    assert "Ms Li: " in verbose["rich_text"]


def test_jobs_are_listed_the_newest_first_and_by_state(client: httpx.Client) -> None:
    good, bad = sent(client, "good"), sent(client, "bad", b"no sound" * 100)
    assert done(client, bad)["error"] == {
        "code": "unsupported_media_type",
        "message": done(client, bad)["error"]["message"],  # type: ignore[index]
    }
    done(client, good)
    assert [job["id"] for job in client.get("/v1/jobs").json()["data"]] == [bad, good]
    assert [job["id"] for job in client.get("/v1/jobs?state=done").json()["data"]] == [good]
    assert len(client.get("/v1/jobs?limit=1").json()["data"]) == 1
    assert code(client.get("/v1/jobs?state=lost")) == (400, "invalid_value")


def test_a_job_is_stopped_tried_again_and_forgotten(door: Door, client: httpx.Client) -> None:
    door.engine.gate.clear()
    id = sent(client)
    assert code(client.get(f"/v1/jobs/{id}/transcript")) == (409, "job_unfinished")
    assert code(client.post(f"/v1/jobs/{id}/retry")) == (409, "job_unfinished")
    assert client.post(f"/v1/jobs/{id}/cancel").json()["state"] == "cancelled"
    door.engine.gate.set()
    assert client.post(f"/v1/jobs/{id}/retry").json()["state"] == "waiting"
    assert done(client, id)["state"] == "done"
    assert client.delete(f"/v1/jobs/{id}").json() == {"id": id, "object": "job", "deleted": True}
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("GET", "/transcript"),
        ("GET", "/audio"),
    ):
        assert code(client.request(method, f"/v1/jobs/{id}{path}")) == (404, "job_not_found")


def test_a_sound_is_played_in_parts_and_drawn_and_saved_as_it_came(client: httpx.Client) -> None:
    id = sent(client, "x'\"\r\n<y>.wav")
    whole = client.get(f"/v1/jobs/{id}/audio")
    assert (whole.status_code, whole.headers["content-type"], whole.headers["accept-ranges"]) == (200, "audio/wav", "bytes")
    part = client.get(f"/v1/jobs/{id}/audio", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    drawn = client.get(f"/v1/jobs/{id}/peaks?n=8").json()
    assert (drawn["duration"], len(drawn["peaks"])) == (4.0, 8)
    assert min(drawn["peaks"]) > 20
    saved = client.get(f"/v1/jobs/{id}/audio?original=true")
    assert saved.content == SOUND
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment; ")
    assert "<" not in saved.headers["content-disposition"]
    bad = sent(client, "bad", b"no sound" * 100)
    assert code(client.get(f"/v1/jobs/{bad}/audio")) == (400, "unsupported_media_type")


def test_a_document_is_handed_out_as_one_alone_and_in_a_zip(client: httpx.Client) -> None:
    id = sent(client, "../采访 <1>.wav")
    done(client, id)
    alone = client.get(f"/v1/jobs/{id}/transcript?format=docx&download=true")
    assert alone.headers["content-type"] == files.MEDIA_TYPES["docx"]
    assert alone.headers["content-disposition"].endswith(".docx")
    document = Document(io.BytesIO(alone.content))
    assert document.paragraphs[0].text.endswith("采访 <1>.wav")
    assert len(document.tables[0].rows) > 1
    archive = zipfile.ZipFile(io.BytesIO(client.get("/v1/jobs.zip", params={"ids": id, "formats": "docx"}).content))
    assert [archive.read(name) for name in archive.namelist()] == [alone.content]


def test_a_zip_holds_every_format_of_all_under_safe_names_of_their_own(door: Door, client: httpx.Client) -> None:
    names = ("../../etc/talk.wav", "TALK.mp3", "CON.wav", "一二.wav")
    ids = [sent(client, name) for name in names]
    bad = sent(client, "bad", b"no sound" * 100)
    for id in (*ids, bad):
        done(client, id)
    archive = zipfile.ZipFile(io.BytesIO(client.get("/v1/jobs.zip", params={"formats": "txt,json,verbose_json"}).content))
    assert archive.testzip() is None
    stems = {"talk", "TALK", "_CON", "一二"}
    assert {name for name in archive.namelist() if name.endswith(".txt")} >= {"talk.txt", "_CON.txt", "一二.txt"}
    assert len(archive.namelist()) == len({name.casefold() for name in archive.namelist()}) == 3 * len(stems)
    assert not [name for name in archive.namelist() if "/" in name or ".." in name]
    assert json.loads(archive.read("talk.json"))["segments"]
    few = zipfile.ZipFile(io.BytesIO(client.get("/v1/jobs.zip", params={"ids": f"{ids[3]},{ids[0]}", "formats": "srt"}).content))
    assert few.namelist() == ["talk.srt", "一二.srt"]
    assert code(client.get("/v1/jobs.zip?ids=nobody")) == (404, "job_not_found")
    assert code(client.get("/v1/jobs.zip", params={"ids": bad})) == (409, "job_unfinished")
    assert code(client.get("/v1/jobs.zip?formats=pdf")) == (400, "invalid_value")


def test_what_a_stopped_job_heard_is_in_the_zip_as_a_part(door: Door, client: httpx.Client) -> None:
    door.engine.rtf = 0.04
    id = sent(client, "long.wav", sounds.encode(sounds.noise(-20, 300.0)))
    while not client.get(f"/v1/jobs/{id}").json()["heard"]:
        time.sleep(0.02)
    client.post(f"/v1/jobs/{id}/cancel")
    archive = zipfile.ZipFile(io.BytesIO(client.get("/v1/jobs.zip?formats=txt").content))
    assert archive.namelist() == ["long.partial.txt"]
    assert archive.read("long.partial.txt")


def test_jobs_can_be_paused_and_go_on(client: httpx.Client) -> None:
    assert client.post("/v1/queue/pause").json() == {"object": "queue", "paused": True}
    id = sent(client)
    time.sleep(0.3)
    listed = client.get("/v1/jobs").json()
    assert (listed["paused"], listed["data"][0]["state"], listed["data"][0]["place"]) == (True, "waiting", 0)
    assert client.post("/v1/queue/resume").json() == {"object": "queue", "paused": False}
    assert done(client, id)["state"] == "done"
    assert client.get("/v1/jobs").json()["paused"] is False


def test_names_in_a_zip_are_unique_in_whatever_case() -> None:
    names: set[str] = set()
    assert [unique(name, names) for name in ("a.txt", "A.txt", "a.txt", "a-2.txt")] == [
        "a.txt",
        "A-2.txt",
        "a-3.txt",
        "a-2-2.txt",
    ]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zipped([("a", b"1" * 70_000), ("a", b"2")]))))
    assert [archive.read(name)[:1] for name in ("a", "a-2")] == [b"1", b"2"]


def test_each_key_sees_its_own_jobs_alone(tmp_path: Path) -> None:
    known = settings(tmp_path, api_keys=(SecretStr(ANNA), SecretStr(BERT)))
    with (
        opened(known) as door,
        door.client(authorization=f"Bearer {ANNA}") as anna,
        door.client(authorization=f"Bearer {BERT}") as bert,
    ):
        assert code(door.client().get("/v1/jobs")) == (401, "invalid_api_key")
        id = sent(anna, "anna's.wav")
        done(anna, id)
        assert [job["id"] for job in anna.get("/v1/jobs").json()["data"]] == [id]
        assert bert.get("/v1/jobs").json()["data"] == []
        looks = ("", "/transcript", "/audio", "/audio?original=true", "/peaks")
        for path in looks:
            assert anna.get(f"/v1/jobs/{id}{path}").status_code == 200
            assert code(bert.get(f"/v1/jobs/{id}{path}")) == (404, "job_not_found")
        for method, path in (("POST", "/cancel"), ("POST", "/retry"), ("DELETE", "")):
            assert code(bert.request(method, f"/v1/jobs/{id}{path}")) == (404, "job_not_found")
        assert code(bert.get(f"/v1/jobs.zip?ids={id}")) == (404, "job_not_found")
        assert code(bert.get("/v1/jobs.zip")) == (409, "job_unfinished")


def test_what_is_wrong_with_a_request_is_said(client: httpx.Client) -> None:
    file = {"file": ("a.wav", SOUND)}
    assert code(client.post("/v1/jobs", data={"language": "zh"}, files={"x": ("", b"")})) == (400, "missing_file")
    assert code(client.post("/v1/jobs", files={"file": ("a.wav", b"")})) == (400, "empty_file")
    assert code(client.post("/v1/jobs", files=file, data={"language": "klingon"})) == (400, "unknown_language")
    assert code(client.post("/v1/jobs", data={"url": "http://example.com/a.wav"})) == (400, "url_not_supported")
    assert code(client.post("/v1/jobs", files=file, data={"webhook": "http://127.0.0.1/"})) == (400, "webhook_not_allowed")
    assert code(client.post("/v1/jobs", data={"path": "/etc/passwd"})) == (403, "path_not_allowed")
    assert code(client.post("/v1/jobs", json={"file": "a"})) == (415, "unsupported_media_type")
    assert code(client.get("/v1/jobs/nobody")) == (404, "job_not_found")
    assert client.get("/v1/jobs").json()["data"] == []


def test_a_file_is_larger_than_may_be_or_one_job_too_many(tmp_path: Path) -> None:
    known = settings(tmp_path)
    known.jobs.waiting = 1
    known.limits.upload = 200_000
    with opened(known) as door, door.client() as client:
        door.engine.gate.clear()
        assert code(client.post("/v1/jobs", files={"file": ("a", bytes(900_000))})) == (413, "file_too_large")
        sent(client)
        full = client.post("/v1/jobs", files={"file": ("a", SOUND)})
        assert (code(full), full.headers["retry-after"]) == ((429, "queue_full"), "60")
        door.engine.gate.set()


def test_one_key_cannot_fill_the_list_of_jobs(tmp_path: Path) -> None:
    known = settings(tmp_path, api_keys=(SecretStr(ANNA), SecretStr(BERT)))
    known.jobs.per_key = 2
    with (
        opened(known) as door,
        door.client(authorization=f"Bearer {ANNA}") as anna,
        door.client(authorization=f"Bearer {BERT}") as bert,
    ):
        door.engine.gate.clear()
        first, second = sent(anna), sent(anna)
        full = anna.post("/v1/jobs", files={"file": ("a", SOUND)})
        assert (code(full), full.headers["retry-after"]) == ((429, "queue_full"), "60")
        assert "2 jobs of this caller" in full.json()["error"]["message"]
        assert {job["id"] for job in anna.get("/v1/jobs").json()["data"]} == {first, second}
        sent(bert)
        anna.post(f"/v1/jobs/{second}/cancel")
        sent(anna)
        again = anna.post(f"/v1/jobs/{second}/retry")
        assert (code(again), again.headers["retry-after"]) == ((429, "queue_full"), "60")
        door.engine.gate.set()


def test_a_full_disk_is_said_and_nothing_is_left(
    door: Door, client: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(source: object, target: io.BufferedWriter, length: int) -> None:
        target.write(b"half")
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr("keeping.sounds.shutil.copyfileobj", full)
        assert code(client.post("/v1/jobs", files={"file": ("a.wav", SOUND)})) == (507, "storage_full")
    assert client.get("/v1/jobs").json()["data"] == []
    assert not [*(tmp_path / "jobs" / "sounds").iterdir()]
    assert done(client, sent(client))["state"] == "done"


def test_a_job_is_taken_while_the_engine_can_hear_nothing(tmp_path: Path) -> None:
    broken = fake_transcriber(broken="no model")
    app = create_app(settings(tmp_path), broken)
    client = TestClient(app)
    assert code(client.post("/transcribe", files={"file": SOUND})) == (503, "engine_unavailable")
    assert client.post("/v1/jobs", files={"file": ("a.wav", SOUND)}).json()["state"] == "waiting"
    broken.stop()


def test_files_of_allowed_folders_are_listed_and_heard(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "a.wav").write_bytes(SOUND)
    with opened(settings(tmp_path, folders=(tmp_path / "calls",))) as door, door.client() as client:
        listed = client.get("/v1/folders").json()
        assert (listed["data"], listed["whole"]) == ([{"name": "calls/a.wav", "size": len(SOUND)}], True)
        answer = client.post("/v1/jobs", data={"path": "calls/a.wav", "language": "ja"})
        assert done(client, answer.json()["id"])["language"] == "ja"
        assert code(client.post("/v1/jobs", data={"path": "calls/../jobs/jobs.db"})) == (403, "path_not_allowed")


@pytest.mark.alone
def test_interactive_requests_take_turns_with_jobs(tmp_path: Path) -> None:
    """A short file is answered while jobs of minutes run."""
    engine = FakeEngine(rtf=0.02)
    known = settings(tmp_path)
    with opened(known, engine, transcriber=_one_clip_a_pass(engine)) as door, door.client() as client:
        ids = [sent(client, sound=sounds.encode(sounds.noise(-20, 120.0, seed=n))) for n in range(2)]
        while not client.get(f"/v1/jobs/{ids[0]}").json()["heard"]:
            time.sleep(0.02)
        began = time.monotonic()
        assert client.post("/transcribe", files={"file": SOUND}).status_code == 200
        assert time.monotonic() - began < 2.0
        assert "running" in {client.get(f"/v1/jobs/{id}").json()["state"] for id in ids}
        for id in ids:
            client.delete(f"/v1/jobs/{id}")


def _one_clip_a_pass(engine: FakeEngine) -> Transcriber:
    from speech.batching import BatcherOptions
    from speech.transcriber import TranscriberOptions

    return fake_transcriber(engine, options=TranscriberOptions(batcher=BatcherOptions(at_once=1.0, wait=0.0)))


def test_the_routes_are_described_with_all_that_may_go_wrong(app_described: dict[str, dict[str, dict[str, object]]]) -> None:
    paths = app_described["paths"]
    assert {"202", "400", "403", "413", "415", "429", "503", "507"} <= paths["/v1/jobs"]["post"]["responses"].keys()  # type: ignore[attr-defined,index]
    assert {"200", "401", "404", "409", "410"} <= paths["/v1/jobs/{id}/retry"]["post"]["responses"].keys()  # type: ignore[attr-defined,index]


@pytest.fixture
def app_described(tmp_path: Path) -> dict[str, dict[str, dict[str, object]]]:
    app: FastAPI = create_app(settings(tmp_path), fake_transcriber(start=False))
    told: dict[str, dict[str, dict[str, object]]] = app.openapi()
    return told
