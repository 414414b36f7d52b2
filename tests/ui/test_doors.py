"""What a program may post to the console's own endpoints: no file but an upload is ever read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.sounds import encode, noise
from tests.ui.conftest import Served

SECRET = "the-secret-of-this-machine"


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=30) as opened:
        yield opened


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A readable sound outside the upload folder, with a name that would be recognised."""
    path = tmp_path / f"{SECRET}.wav"
    path.write_bytes(encode(noise(-20, duration=1.0)))
    return path


def events(client: httpx.Client) -> list[dict[str, object]]:
    config = client.get("/config").json()
    return [event for event in config["dependencies"] if event["backend_fn"]]


def ask(client: httpx.Client, event: dict[str, object], data: list[object], session: str) -> str:
    """The whole answer to one event, as the server streams it."""
    body = {"data": data, "fn_index": event["id"], "session_hash": session, "event_data": None, "trigger_id": None}
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.text
    answer = ""
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
        for line in lines.iter_lines():
            answer += line
            if '"process_completed"' in line or '"close_stream"' in line:
                break
    return answer


def test_there_are_events_to_attack_and_none_is_public(client: httpx.Client) -> None:
    found = events(client)
    assert len(found) >= 4
    assert {event["api_visibility"] for event in found} == {"private"}
    assert client.get("/gradio_api/info").status_code == 404


@pytest.mark.parametrize("shape", ["file", "value"])
def test_no_event_reads_a_file_that_was_not_uploaded(client: httpx.Client, served: Served, secret: Path, shape: str) -> None:
    file = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    posted: object = file if shape == "file" else {"path": str(secret), "turn": 1}
    for path in (str(secret), "/etc/passwd", "/proc/self/environ"):
        if isinstance(posted, dict):
            posted["path"] = path
        for number, event in enumerate(events(client)):
            inputs = event["inputs"]
            assert isinstance(inputs, list)
            answer = ask(client, event, [posted for _ in inputs], f"attack{shape}{number}")
            assert "root:" not in answer
            assert "sound.wav" not in answer
            assert "gradio_api/file=" not in answer
    assert not [*served.cache.rglob(f"{SECRET}*"), *served.cache.rglob("passwd*"), *served.cache.rglob("environ*")]


def test_opening_a_foreign_path_is_refused_by_its_name(client: httpx.Client, secret: Path) -> None:
    choosing = next(event for event in events(client) if isinstance(event["inputs"], list) and len(event["inputs"]) == 1)
    assert "path_not_allowed" in ask(client, choosing, [{"path": str(secret)}], "refused")


def sent(client: httpx.Client, content: bytes, name: str = "talk.wav") -> str:
    answer = client.post("/console/upload", content=content, headers={"x-file-name": quote(name)})
    assert answer.status_code == 200
    return str(answer.json()["token"])


def test_an_upload_is_opened_and_its_sound_is_served(client: httpx.Client, secret: Path) -> None:
    token = sent(client, secret.read_bytes())
    choosing = next(event for event in events(client) if isinstance(event["inputs"], list) and len(event["inputs"]) == 1)
    answer = ask(client, choosing, [{"token": token}], "allowed")
    assert "sound.wav" in answer
    assert json.dumps("talk.wav") in answer


def test_a_session_cannot_name_the_file_of_another(client: httpx.Client, served: Served, secret: Path) -> None:
    token = sent(client, secret.read_bytes())
    choosing = next(event for event in events(client) if isinstance(event["inputs"], list) and len(event["inputs"]) == 1)
    (upload,) = [path for path in (served.cache / "uploads").iterdir() if path.read_bytes() == secret.read_bytes()][-1:]
    assert token not in str(upload)
    for posted in ({"path": str(upload)}, {"token": upload.name}, {"token": token[:-1]}, {"sample": str(upload)}):
        answer = ask(client, choosing, [posted], "another")
        assert "sound.wav" not in answer
    assert client.get(f"/gradio_api/file={upload}").status_code == 403


def test_an_upload_over_the_limit_is_refused(client: httpx.Client, served: Served) -> None:
    before = [*(served.cache / "uploads").iterdir()]
    whole = client.post("/console/upload", content=bytes(6_000_000))
    pieces = client.post("/console/upload", content=(bytes(100_000) for _ in range(60)))
    for answer in (whole, pieces):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    assert [*(served.cache / "uploads").iterdir()] == before


def test_an_empty_upload_is_refused(client: httpx.Client) -> None:
    answer = client.post("/console/upload", content=b"")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "empty_file")


def test_gradios_own_upload_is_gone(client: httpx.Client) -> None:
    answer = client.post("/gradio_api/upload", files={"files": ("talk.wav", b"x")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
