"""OpenAI's routes over a fake engine: all that its clients may send, what they get, and what is refused as OpenAI refuses it."""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections.abc import Iterator

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import ApiOptions, add_routes, sse
from api.guard import Guard, GuardOptions
from speech.batching import BatcherOptions
from speech.calls import Call
from speech.transcriber import Ask, Transcriber, TranscriberOptions
from speech.transcript import Emotion, Language
from speech.windows import WindowOptions
from tests import sounds
from tests.fakes import FakeEngine, Line, fake_transcriber

PATH = "/v1/audio/transcriptions"


def client_of(transcriber: Transcriber, strict: bool = False) -> TestClient:
    app = FastAPI()
    add_routes(app, transcriber, ApiOptions(strict=strict))
    app.add_middleware(Guard, options=GuardOptions(upload=5_000_000))
    return TestClient(app, "http://localhost", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def transcriber() -> Iterator[Transcriber]:
    made = fake_transcriber()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def client(transcriber: Transcriber) -> TestClient:
    return client_of(transcriber)


@pytest.fixture(scope="module")
def strict(transcriber: Transcriber) -> TestClient:
    return client_of(transcriber, strict=True)


@pytest.fixture(scope="module")
def clip() -> bytes:
    return sounds.encode(sounds.tone(duration=5.0))


def send(client: TestClient, audio: bytes, path: str = PATH, **fields: object) -> object:
    return client.post(path, files={"file": ("upload", io.BytesIO(audio), "application/octet-stream")}, data=fields)


def events_of(answer: object) -> list[dict[str, object]]:
    lines = [line for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert lines.pop() == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def error_of(answer: object) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


# --- what is sent ---


@pytest.mark.parametrize("name", ["languages", "languages[]"])
def test_of_several_languages_only_those_are_heard(client: TestClient, clip: bytes, name: str) -> None:
    found = send(client, clip, **{name: ["ja", "korean"]}).json()["languages"]
    assert {language["code"] for language in found} <= {"ja", "ko"}
    assert found


def test_one_language_of_a_list_is_as_good_as_the_field(client: TestClient, clip: bytes) -> None:
    alone, listed = send(client, clip, language="ja").json(), send(client, clip, **{"languages[]": "ja"}).json()
    assert alone == listed
    assert alone["languages"] == [{"code": "ja"}]


def test_a_language_outside_of_the_list_and_an_unknown_one_in_it_are_refused(client: TestClient, clip: bytes) -> None:
    assert error_of(send(client, clip, language="zh", languages=["ja", "ko"])) == (400, "unknown_language", "language")
    assert error_of(send(client, clip, languages=["ja", "klingon"])) == (400, "unknown_language", "languages")


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "gpt-4o-transcribe", "prompt": "names: Ana", "temperature": "0"},
        {"chunking_strategy": "auto", "keywords[]": ["听闻", "Earshot"]},
        {"chunking_strategy[type]": "server_vad", "chunking_strategy[threshold]": "0.5"},
        {"known_speaker_names[]": ["a"], "known_speaker_references[]": ["data:audio/wav;base64,AAAA"]},
        {"timestamp_granularities[]": "word", "user": "anybody"},
        {"model": "anything/at:all", "language": "", "prompt": ""},
    ],
)
def test_what_openais_clients_may_send_is_taken(client: TestClient, clip: bytes, fields: dict[str, object]) -> None:
    answer = send(client, clip, **fields)
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"temperature": "1.5"}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"stream": "perhaps"}, "stream"),
        ({"include[]": "everything"}, "include"),
        ({"timestamp_granularities[]": "letter"}, "timestamp_granularities"),
        ({"response_format": "docx"}, "response_format"),
    ],
)
def test_what_makes_no_sense_is_a_400_that_names_it(client: TestClient, clip: bytes, fields: dict[str, str], param: str) -> None:
    assert error_of(send(client, clip, **fields)) == (400, "invalid_value", param)


def test_speakers_of_one_channel_are_not_told_apart(client: TestClient, clip: bytes) -> None:
    for asked in ({}, {"stream": "true"}):
        answer = send(client, clip, response_format="diarized_json", **asked)
        assert error_of(answer) == (400, "diarization_unsupported", "response_format")


def test_a_translation_is_refused_with_a_sentence(client: TestClient, clip: bytes) -> None:
    answer = send(client, clip, "/v1/audio/translations", model="whisper-1")
    assert error_of(answer) == (400, "translation_unsupported", None)
    assert "/v1/audio/transcriptions" in answer.json()["error"]["message"]


# --- what is answered ---


def test_log_probabilities_are_there_when_they_are_asked_for(client: TestClient, clip: bytes) -> None:
    for name in ("include", "include[]"):
        body = send(client, clip, **{name: "logprobs"}).json()
        assert body["logprobs"]
        for token in body["logprobs"]:
            assert bytes(token["bytes"]).decode() == token["token"]
            assert token["logprob"] <= 0
    assert "logprobs" not in send(client, clip).json()


def test_json_carries_labels_and_the_models_own_words(client: TestClient, clip: bytes) -> None:
    body = send(client, clip).json()
    assert set(body) == {"text", "languages", "usage", "rich_text", "raw_text"}
    assert body["usage"] == {"type": "duration", "seconds": 5}
    assert body["rich_text"] != body["text"]


def test_both_granularities_give_both(client: TestClient, clip: bytes) -> None:
    body = send(client, clip, response_format="verbose_json", **{"timestamp_granularities[]": ["word", "segment"]}).json()
    assert body["segments"]
    assert body["words"]


def test_a_stream_tells_segments_log_probabilities_and_languages(client: TestClient, clip: bytes) -> None:
    *deltas, done = events_of(send(client, clip, stream="true", **{"include[]": "logprobs"}))
    assert [delta["type"] for delta in deltas] == ["transcript.text.delta"] * 3
    assert all(delta["logprobs"] and delta["segment"]["emotion"] for delta in deltas)
    assert done["type"] == "transcript.text.done"
    assert len(done["logprobs"]) == sum(len(delta["logprobs"]) for delta in deltas)
    assert done["languages"]
    assert "usage" not in done


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt", "verbose_json"])
def test_a_stream_is_a_stream_whatever_the_format(client: TestClient, clip: bytes, response_format: str) -> None:
    answer = send(client, clip, stream="true", response_format=response_format)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert events_of(answer)[-1]["text"] == send(client, clip).json()["text"]


def test_a_stream_of_silence_is_done_at_once() -> None:
    transcriber = fake_transcriber(FakeEngine(lines=()))
    (done,) = events_of(send(client_of(transcriber), sounds.encode(sounds.tone(duration=2.0)), stream="true"))
    transcriber.stop()
    assert (done["text"], done["languages"]) == ("", [])


def test_words_of_a_stream_keep_to_their_scripts() -> None:
    lines = (Line("Hello there", Language.EN, Emotion.NEUTRAL), Line("你好", Language.ZH, Emotion.NEUTRAL))
    transcriber = fake_transcriber(FakeEngine(lines=lines))
    client, audio = client_of(transcriber), sounds.encode(sounds.noise(-20, duration=20.0))
    *deltas, done = events_of(send(client, audio, stream="true"))
    whole = send(client, audio).json()["text"]
    transcriber.stop()
    assert "".join(str(delta["delta"]) for delta in deltas) == done["text"] == whole
    assert "你好你好" in whole or "there Hello" in whole


# --- when something goes wrong ---


@pytest.mark.parametrize("audio", [b"", b"this is not audio at all. " * 60, sounds.encode(sounds.tone(duration=0.02))])
def test_a_bad_file_is_a_status_even_where_a_stream_was_asked_for(client: TestClient, audio: bytes) -> None:
    answer = send(client, audio, stream="true")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert answer.json()["error"]["param"] == "file"


def test_a_fault_in_the_middle_of_a_stream_is_an_event_that_clients_raise() -> None:
    short = TranscriberOptions(window=WindowOptions(first=4.0, length=4.0))
    transcriber = fake_transcriber(FakeEngine(fails=lambda clip: bool(clip.waveform.samples[-1] > 0.9)), options=short)
    track = sounds.noise(-20, duration=20.0)
    track[:, 15 * 16_000 :] = 0.95
    answer = send(client_of(transcriber), sounds.encode(track), stream="true")
    transcriber.stop()
    assert answer.status_code == 200
    *deltas, fault = events_of(answer)
    assert all(delta["type"] == "transcript.text.delta" for delta in deltas)
    assert deltas
    assert fault["error"]["code"] == "inference_error"


def test_speakers_are_told_apart_by_channels(client: TestClient) -> None:
    talk = np.concatenate([sounds.noise(-20, duration=6.0, seed=seed) for seed in (1, 2)])
    body = send(client, sounds.encode(talk), response_format="diarized_json").json()
    assert set(body) == {"task", "duration", "text", "segments", "usage"}
    assert (body["task"], body["duration"]) == ("transcribe", 6.0)
    assert [segment["id"] for segment in body["segments"]] == [f"seg_{n}" for n in range(len(body["segments"]))]
    assert {segment["speaker"] for segment in body["segments"]} == {"A", "B"}
    assert {segment["type"] for segment in body["segments"]} == {"transcript.text.segment"}
    assert all(0 <= segment["start"] < segment["end"] <= 6.0 and segment["text"] for segment in body["segments"])
    events = events_of(send(client, sounds.encode(talk), response_format="diarized_json", stream="true"))
    told = [event for event in events if event["type"] == "transcript.text.segment"]
    assert told == body["segments"]
    deltas = [event for event in events if event["type"] == "transcript.text.delta"]
    assert [delta["segment_id"] for delta in deltas] == [segment["id"] for segment in body["segments"]]
    said = [delta["delta"] for delta in deltas]
    assert "".join(said) == events[-1]["text"] == body["text"]


def test_every_format_can_name_speakers(client: TestClient) -> None:
    talk = sounds.encode(np.concatenate([sounds.noise(-20, duration=6.0, seed=seed) for seed in (1, 2)]))
    segments = send(client, talk, response_format="verbose_json", multichannel="true").json()["segments"]
    assert {segment["speaker"] for segment in segments} == {"A", "B"}
    assert re.match(r"A: \S.*\nB: \S", send(client, talk, response_format="text", multichannel="true").text)
    for form in ("srt", "vtt"):
        assert re.search(r"^A: \S", send(client, talk, response_format=form, multichannel="true").text, re.M)
    for form in ("json", "text", "srt", "verbose_json"):
        assert "B: " not in (mixed := send(client, talk, response_format=form).text)
        assert "speaker" not in mixed


def test_a_long_silence_of_the_server_is_filled_with_comments(clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "PING", 0.05)
    transcriber = fake_transcriber(FakeEngine(rtf=0.2))
    answer = send(client_of(transcriber), clip, stream="true")
    transcriber.stop()
    assert ": ping\n\n" in answer.text
    assert events_of(answer)[-1]["type"] == "transcript.text.done"


def test_when_the_reader_of_a_stream_is_gone_its_clips_are_withdrawn() -> None:
    engine, one_by_one = FakeEngine(rtf=0.05), TranscriberOptions(batcher=BatcherOptions(at_once=0.0, wait=0.0))
    transcriber = fake_transcriber(engine, options=one_by_one)
    audio = io.BytesIO(sounds.encode(sounds.noise(-20, duration=120.0)))

    async def read_one() -> str:
        frames = sse.frames(transcriber, audio, Ask(), Call(), sse.Extras())
        first = await anext(frames)
        await frames.aclose()
        return first

    assert "delta" in asyncio.run(read_one())
    deadline = time.monotonic() + 10
    while transcriber.waiting and time.monotonic() < deadline:
        time.sleep(0.05)
    heard = sum(engine.batches)
    transcriber.stop()
    assert heard < 60


# --- as OpenAI itself answers ---


def test_strictly_a_model_must_be_named_and_known(strict: TestClient, client: TestClient, clip: bytes) -> None:
    assert error_of(send(strict, clip)) == (400, "invalid_value", "model")
    assert error_of(send(strict, clip, model="whisper-9")) == (404, "model_not_found", "model")
    for name in ("whisper-1", "gpt-4o-transcribe", "sensevoice-small"):
        assert send(strict, clip, model=name).status_code == 200
    assert send(client, clip, model="whisper-9").status_code == 200


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt"])
def test_strictly_words_are_for_verbose_json(strict: TestClient, client: TestClient, clip: bytes, response_format: str) -> None:
    fields = {"model": "whisper-1", "response_format": response_format, "timestamp_granularities[]": ["segment", "word"]}
    assert error_of(send(strict, clip, **fields)) == (400, "invalid_value", "timestamp_granularities")
    assert send(client, clip, **fields).status_code == 200
    assert send(strict, clip, **{**fields, "timestamp_granularities[]": ["segment"]}).status_code == 200


def test_strictly_whisper_1_does_not_stream(strict: TestClient, clip: bytes) -> None:
    assert send(strict, clip, model="whisper-1", stream="true").json()["text"]
    assert events_of(send(strict, clip, model="gpt-4o-transcribe", stream="true"))


# --- where there is nothing ---


def test_wrong_methods_and_paths_answer_in_the_envelope(client: TestClient) -> None:
    for method, path, allowed in (("GET", PATH, "POST"), ("DELETE", "/v1/models", "GET"), ("GET", "/transcribe", "POST")):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.json()["error"]["code"] == "method_not_allowed"
    for path in ("/v1/readyz", "/v1/test", "/v1/audio/speech", "/v1/"):
        assert error_of(client.get(path)) == (404, "not_found", None)


def test_no_probe_looks_like_another_kind_of_server(client: TestClient) -> None:
    """wyoming-openai takes the text OK for Speaches, /v1/readyz for LocalAI and /v1/test for Kokoro."""
    assert client.get("/health").text != "OK"
    assert client.get("/health").headers["content-type"] == "application/json"
