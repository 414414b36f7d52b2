"""OpenAI's client for Node and the Vercel AI SDK, unchanged, with the server as users start it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import srt
import webvtt

from tests import sounds
from tests.clients.installed import HERE, NODE, driven
from tests.server import SAMPLES, Server

PATH = "/v1/audio/transcriptions"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not installed"),
]


@pytest.fixture(scope="module")
def modules() -> Path:
    return NODE.folder()


def run(script: str, modules: Path, *arguments: str) -> Any:
    shutil.copy(HERE / "node" / script, modules)
    return driven(["node", script, *arguments], modules)


@pytest.fixture(scope="module")
def heard(modules: Path, server: Server) -> dict[str, Any]:
    """What OpenAI's client got."""
    before = server.answered(PATH)
    answers = run("openai.mjs", modules, f"{server.url}/v1", str(SAMPLES / "call.mp3"))
    return {**answers, "uploads": server.answered(PATH) - before}


@pytest.fixture(scope="module")
def transcribed(modules: Path, server: Server) -> dict[str, Any]:
    """What the AI SDK got."""
    before = server.answered(PATH)
    (modules / "silence.wav").write_bytes(sounds.encode(sounds.silence(2.0)))
    answers = run("ai.mjs", modules, f"{server.url}/v1", str(SAMPLES), "silence.wav")
    return {**answers, "uploads": server.answered(PATH) - before}


def test_a_file_of_any_kind_is_heard(heard: dict[str, Any], truth: dict[str, Any]) -> None:
    assert heard["json"]["text"] == heard["buffer"]["text"] == truth["plain"]
    assert heard["json"]["languages"] == [{"code": "zh"}]
    assert heard["request"]["id"] == heard["request"]["header"]


def test_every_format_says_the_same(heard: dict[str, Any]) -> None:
    said, formats = heard["json"]["text"], heard["formats"]
    assert formats["text"] == said + "\n"
    assert "".join(cue.content for cue in srt.parse(formats["srt"])) == said
    assert "".join(caption.text for caption in webvtt.from_string(formats["vtt"])) == said


def test_granularities_are_as_they_were_asked_for(heard: dict[str, Any]) -> None:
    found = {asked: ("segments" in body, "words" in body) for asked, body in heard["granularities"].items()}
    assert found == {"": (True, False), "segment": (True, False), "word": (False, True), "segment+word": (True, True)}


def test_a_stream_joined_is_the_text_in_node(heard: dict[str, Any]) -> None:
    *deltas, done = heard["events"]
    assert len(deltas) > 3
    assert "".join(delta["delta"] for delta in deltas) == done["text"] == heard["json"]["text"]
    assert sum(len(delta["logprobs"]) for delta in deltas) == len(done["logprobs"]) > 0


def test_refusals_are_the_clients_own_faults(heard: dict[str, Any]) -> None:
    said = {name: (fault["name"], fault["status"], fault["code"], fault["param"]) for name, fault in heard["refused"].items()}
    assert said == {
        "words": ("BadRequestError", 400, "unsupported_media_type", "file"),
        "language": ("BadRequestError", 400, "unknown_language", "language"),
        "streamed": ("BadRequestError", 400, "unknown_language", "language"),
        "model": ("NotFoundError", 404, "model_not_found", "model"),
        "translation": ("BadRequestError", 400, "translation_unsupported", None),
    }
    assert all(fault["requestID"] for fault in heard["refused"].values())
    assert "whisper-1" in heard["models"]
    assert heard["uploads"] == 13  # each file once, refused or not


def test_the_ai_sdk_gets_text_segments_language_and_duration(transcribed: dict[str, Any], truth: dict[str, Any]) -> None:
    assert transcribed["segments"] == {
        "text": truth["plain"],
        "segments": [
            {"text": segment["text"], "startSecond": segment["start"], "endSecond": segment["end"]}
            for segment in truth["segments"]
        ],
        "language": "zh",
        "durationInSeconds": truth["duration"],
    }


def test_the_ai_sdk_takes_words_for_segments_where_words_were_asked_for(transcribed: dict[str, Any]) -> None:
    assert len(transcribed["words"]["segments"]) > len(transcribed["segments"]["segments"])


@pytest.mark.parametrize("asked", ["plain", "json"])
def test_the_ai_sdk_gets_text_and_duration_where_it_asks_for_json(
    transcribed: dict[str, Any], truth: dict[str, Any], asked: str
) -> None:
    assert transcribed[asked] == {"text": truth["plain"], "segments": [], "durationInSeconds": round(truth["duration"])}


def test_the_ai_sdk_knows_all_languages_but_cantonese(transcribed: dict[str, Any]) -> None:
    codes = {name: answer.get("language") for name, answer in transcribed["languages"].items()}
    assert codes == {"zh": "zh", "yue": None, "en": "en", "ja": "ja", "ko": "ko"}


def test_the_ai_sdk_uploads_a_bad_file_once(transcribed: dict[str, Any]) -> None:
    refused = transcribed["refused"]
    for fault in (refused["words"], refused["language"]):
        assert (fault["name"], fault["statusCode"], fault["isRetryable"]) == ("AI_APICallError", 400, False)
    assert "could not be decoded" in refused["words"]["message"]
    assert refused["silence"]["name"] == "AI_NoTranscriptGeneratedError"  # its own: the answer was 200 with an empty text
    assert transcribed["uploads"] == 12
