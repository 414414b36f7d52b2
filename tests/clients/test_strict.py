"""EARSHOT_OPENAI_STRICT=1: what OpenAI refuses is refused, with OpenAI's own client and the faults that it raises."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

from tests.server import SAMPLES, Server

PATH = "/v1/audio/transcriptions"
WORDS = {"timestamp_granularities": ["word"]}

DIFFERENT = [
    (WORDS, openai.BadRequestError, "invalid_value", "timestamp_granularities"),
    ({**WORDS, "response_format": "text"}, openai.BadRequestError, "invalid_value", "timestamp_granularities"),
    ({**WORDS, "response_format": "srt"}, openai.BadRequestError, "invalid_value", "timestamp_granularities"),
    ({"model": "whisper-9"}, openai.NotFoundError, "model_not_found", "model"),
    ({"model": ""}, openai.BadRequestError, "invalid_value", "model"),
]

ALIKE = [
    {},
    {**WORDS, "response_format": "verbose_json"},
    {"timestamp_granularities": ["segment"]},
    {"timestamp_granularities": []},
    {"model": "gpt-4o-transcribe"},
    {"model": "gpt-transcribe", "languages": ["zh"], "keywords": ["余额"]},
    {"model": "sensevoice-small"},
    {"model": "earshot-demo", "include": ["logprobs"]},
    {"model": "gpt-4o-transcribe", "stream": True},
]


def hear(server: Server, **asked: Any) -> Any:
    with openai.OpenAI(api_key="none", base_url=f"{server.url}/v1") as client:
        heard = client.audio.transcriptions.create(**{"file": SAMPLES / "zh.mp3", "model": "whisper-1", **asked})
        return list(heard) if asked.get("stream") else heard


@pytest.mark.parametrize(("asked", "kind", "code", "param"), DIFFERENT, ids=lambda value: str(value)[:60])
def test_what_openai_refuses_is_heard_unless_strictness_was_asked_for(
    server: Server, strict: Server, asked: dict[str, Any], kind: type[openai.APIStatusError], code: str, param: str
) -> None:
    assert hear(server, **asked)
    before = strict.answered(PATH)
    with pytest.raises(kind) as refused:
        hear(strict, **asked)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert strict.answered(PATH) == before + 1


@pytest.mark.parametrize("asked", ALIKE, ids=str)
def test_what_openai_takes_is_heard_alike(server: Server, strict: Server, asked: dict[str, Any]) -> None:
    assert hear(strict, **asked) == hear(server, **asked)


def test_a_form_without_a_model_is_refused(server: Server, strict: Server) -> None:
    audio = (SAMPLES / "zh.mp3").read_bytes()
    assert server.post(PATH, audio).status_code == 200
    answer = strict.post(PATH, audio)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "model")


def test_whisper_1_does_not_stream(server: Server, strict: Server) -> None:
    """As at OpenAI: the answer is JSON, in which the client finds no events."""
    assert hear(server, stream=True)
    assert hear(strict, stream=True) == []
    form = {"files": {"file": (SAMPLES / "zh.mp3").read_bytes()}, "data": {"model": "whisper-1", "stream": "true"}}
    assert httpx.post(strict.url + PATH, **form).json()["text"]
