"""What the API says of itself, and whether it is so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.described import UNHEARD
from app import create_app
from settings import Settings
from speech.errors import AudioError
from tests import sounds
from tests.fakes import fake_transcriber

Json = dict[str, Any]

SOUND = sounds.encode(sounds.tone(duration=1.0))
LISTENER = fake_transcriber(start=False)
HEARING = ("/transcribe", "/v1/audio/transcriptions")


@pytest.fixture(scope="package")
def described(app: FastAPI) -> Json:
    return TestClient(app).get("/openapi.json").json()


def operations(described: Json) -> Iterator[Json]:
    for path in described["paths"].values():
        yield from path.values()


def test_every_operation_has_a_short_name_and_words(described: Json) -> None:
    names = [operation["operationId"] for operation in operations(described)]
    assert {"transcribe", "transcriptions", "translations", "models", "model", "livez", "readyz", "health"} <= set(names)
    assert len(set(names)) == len(names)
    for operation in operations(described):
        assert operation["summary"].casefold() != operation["operationId"].replace("_", " ")
        assert operation["description"]


def test_every_field_and_parameter_is_described(described: Json) -> None:
    forms = [schema for name, schema in described["components"]["schemas"].items() if name.startswith("Body_")]
    assert len(forms) >= 2
    for form in forms:
        assert not [name for name, field in form["properties"].items() if not field.get("description")]
    for operation in operations(described):
        assert not [value["name"] for value in operation.get("parameters", []) if not value.get("description")]


def test_a_form_has_every_spelling_that_is_read(described: Json) -> None:
    fields = described["components"]["schemas"]["Body_transcriptions"]["properties"]
    lists = ("languages", "timestamp_granularities", "include")
    assert {*lists, *(f"{name}[]" for name in lists), "file", "model", "response_format", "stream"} <= fields.keys()


def test_no_answer_is_promised_that_is_never_given(described: Json) -> None:
    assert not [operation for operation in operations(described) if "422" in operation["responses"]]
    assert "ValidationError" not in json.dumps(described)


def test_the_routes_that_hear_tell_every_status(described: Json) -> None:
    for path in HEARING:
        assert {"200", "400", "413", "429", "500", "503"} <= described["paths"][path]["post"]["responses"].keys()
    heard = described["paths"]["/v1/audio/transcriptions"]["post"]["responses"]["200"]["content"]
    assert set(heard) == {"application/json", "text/plain", "text/event-stream"}


def test_every_fault_of_a_file_is_told_under_its_status() -> None:
    assert {type(fault) for fault in UNHEARD} >= set(AudioError.__subclasses__())


def test_examples_are_what_their_schemas_say(described: Json) -> None:
    told = 0
    for operation in operations(described):
        for response in operation["responses"].values():
            media = response.get("content", {}).get("application/json", {})
            schema = {**media.get("schema", {}), "components": described["components"]}
            for example in media.get("examples", {}).values():
                jsonschema_rs.validate(schema, example["value"])
                told += 1
    assert told > 40


@pytest.mark.parametrize("path", HEARING)
def test_a_fault_is_answered_as_its_example_says(app: FastAPI, described: Json, path: str) -> None:
    examples = described["paths"][path]["post"]["responses"]["400"]["content"]["application/json"]["examples"]
    sent: Mapping[str, Json] = {
        "missing_file": {},
        "empty_file": {"files": {"file": b""}},
        "unsupported_media_type": {"files": {"file": b"no sound" * 100}},
        "unknown_language": {"files": {"file": SOUND}, "data": {"language": "klingon"}},
    }
    for code, request in sent.items():
        answer = TestClient(app).post(path, **request)
        told = answer.json()
        assert told["error"].pop("request_id") == answer.headers["x-request-id"]
        assert (answer.status_code, told) == (400, examples[code]["value"])


# --- what schemathesis sends ---


def api() -> schemathesis.BaseSchema:
    """The API without the console, which is slow to import. Whoever asks for it starts the listener."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.mount_console", lambda *_: (frozenset(), frozenset()))
        app = create_app(Settings(hosts=("testserver",)), LISTENER)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"  # schemathesis begins a lifespan and never ends it
        await app(scope, receive, send)

    lenient = {"enabled": False}  # by design: itn=1 is true; and no schema says which languages, or bytes, can be heard
    config = {
        "generation": {"max-examples": 20, "deterministic": True},
        "checks": {"negative_data_rejection": lenient, "positive_data_acceptance": lenient},
    }
    return schemathesis.openapi.from_asgi("/openapi.json", served, config=schemathesis.Config.from_dict(config))


API = api()


@pytest.fixture(scope="session")
def listening() -> Iterator[None]:
    LISTENER.start()
    LISTENER.wait(10)
    yield
    LISTENER.stop()


@API.parametrize()
def test_whatever_is_sent_is_answered_as_described(case: schemathesis.Case, listening: None) -> None:
    case.call_and_validate()


@API.parametrize()
def test_a_sound_is_answered_as_described_whatever_comes_with_it(case: schemathesis.Case, listening: None) -> None:
    if isinstance(case.body, dict):
        case.body |= {name: SOUND for name in ("file", "audio_file") if name in case.body}
    case.call_and_validate()


# --- what is not described ---


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
def test_every_other_method_is_refused_before_the_console(app: FastAPI, described: Json, method: str) -> None:
    for path, known in described["paths"].items():
        if method.lower() not in known:
            answer = TestClient(app).request(method, path.format(name="whisper-1", id="17"))
            assert (answer.status_code, answer.headers.get("allow")) == (405, ", ".join(known).upper())
            assert method == "HEAD" or answer.json()["error"]["code"] == "method_not_allowed"


def test_what_is_nowhere_below_v1_is_a_404_in_the_envelope(app: FastAPI) -> None:
    codes = {"/v1/nothing": "not_found", "/v1/audio/speech": "not_found", "/v1/models/nothing": "model_not_found"}
    for path, code in codes.items():
        answer = TestClient(app).get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
