"""The REST door over a fake engine: what clients send, and what they get."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
import srt
import webvtt
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import ApiOptions, add_routes
from api.guard import Guard, GuardOptions
from speech.audio import Waveform
from speech.containers import DecodeLimits
from speech.playable import wav_bytes
from speech.transcriber import Transcriber, TranscriberOptions
from speech.transcript import Language
from tests import sounds
from tests.fakes import FakeEngine, fake_transcriber

WHISPER_FIELDS = {
    "id": int, "seek": int, "start": float, "end": float, "text": str, "tokens": list,
    "temperature": float, "avg_logprob": float, "compression_ratio": float, "no_speech_prob": float,
}  # fmt: skip


def client_of(transcriber: Transcriber, upload: int = 5_000_000) -> TestClient:
    app = FastAPI()
    add_routes(app, transcriber, ApiOptions(upload=upload))
    app.add_middleware(Guard, options=GuardOptions(upload=upload))
    return TestClient(app, "http://localhost", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    transcriber = fake_transcriber()
    yield client_of(transcriber)
    transcriber.stop()


@pytest.fixture(scope="module")
def clip() -> bytes:
    return sounds.encode(sounds.tone(duration=5.0))


def send(client: TestClient, path: str, audio: bytes, **fields: object) -> object:
    return client.post(path, files={"file": ("a.wav", io.BytesIO(audio), "audio/wav")}, data=fields)


def test_transcribe_answers_everything_that_was_heard(client: TestClient, clip: bytes) -> None:
    answer = send(client, "/transcribe", clip)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) >= {"text", "raw", "plain", "language", "duration", "segments", "engine", "checkpoint", "timing"}
    assert body["duration"] == pytest.approx(5.0, abs=0.01)
    assert set(body["timing"]) == {"decode", "vad", "queue", "engine", "total"}
    assert len(body["segments"]) == 3
    assert all(segment["text"] in body["plain"] for segment in body["segments"])
    assert answer.headers["x-request-id"]


def test_segments_have_whispers_ten_fields_and_ours(client: TestClient, clip: bytes) -> None:
    for segment in send(client, "/transcribe", clip).json()["segments"]:
        for name, kind in WHISPER_FIELDS.items():
            assert isinstance(segment[name], kind), name
        assert set(segment) >= {"emotion", "events", "scores", "raw", "words", "rich", "language"}
        assert segment["start"] <= segment["words"][0]["start"] < segment["words"][-1]["end"] <= segment["end"] + 0.001
        assert 0 < segment["scores"]["emotion"][segment["emotion"]] <= 1


def test_words_are_left_out_where_they_are_not_wanted(client: TestClient, clip: bytes) -> None:
    assert all("words" not in s for s in send(client, "/transcribe", clip, words="false").json()["segments"])


def test_label_styles_change_the_text_and_nothing_else(client: TestClient, clip: bytes) -> None:
    answers = {style: send(client, "/transcribe", clip, labels=style).json() for style in ("zh", "en", "emoji", "plain")}
    assert len({body["text"] for body in answers.values()}) == 4
    assert len({body["plain"] for body in answers.values()}) == 1
    assert answers["plain"]["text"] == answers["plain"]["plain"]


def test_the_same_file_gives_the_same_answer(client: TestClient, clip: bytes) -> None:
    first, second = (send(client, "/transcribe", clip).json() for _ in range(2))
    assert {k: v for k, v in first.items() if k != "timing"} == {k: v for k, v in second.items() if k != "timing"}


@pytest.mark.parametrize("spelling", ["zh", "zh-CN", "ZH", "chinese", "Chinese"])
def test_a_language_may_be_spelled_as_clients_do(client: TestClient, clip: bytes, spelling: str) -> None:
    assert send(client, "/transcribe", clip, language=spelling).json()["language"] == "zh"


@pytest.mark.parametrize("path", ["/transcribe", "/v1/audio/transcriptions"])
@pytest.mark.parametrize("language", ["klingon", "fr", "nospeech", "z"])
def test_an_unknown_language_is_refused(client: TestClient, clip: bytes, path: str, language: str) -> None:
    answer = send(client, path, clip, language=language)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_language")
    assert "yue" in answer.json()["error"]["message"]


BAD = {
    "empty": (b"", "empty_file"),
    "text": (b"this is not audio at all, it is a sentence. " * 30, "unsupported_media_type"),
    "random": (bytes(range(256)) * 40, "unsupported_media_type"),
    "header only": (wav_bytes(Waveform(np.zeros(16_000, np.float32)))[:44], "audio_too_short"),
    "too short": (sounds.encode(sounds.tone(duration=0.02)), "audio_too_short"),
}


@pytest.mark.parametrize("path", ["/transcribe", "/v1/audio/transcriptions"])
@pytest.mark.parametrize("kind", BAD)
def test_bad_audio_is_a_400_with_a_sentence(client: TestClient, path: str, kind: str) -> None:
    audio, code = BAD[kind]
    answer = send(client, path, audio)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, "file")
    assert set(error) >= {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert "Traceback" not in error["message"]


def test_a_missing_file_is_a_400(client: TestClient) -> None:
    for answer in (client.post("/transcribe"), client.post("/transcribe", data={"file": "abc"})):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "missing_file")


def test_audio_over_the_length_limit_is_refused(clip: bytes) -> None:
    transcriber = fake_transcriber(options=TranscriberOptions(limits=DecodeLimits(longest=3.0)))
    answer = send(client_of(transcriber), "/transcribe", clip)
    transcriber.stop()
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "audio_too_long")
    assert "3 seconds" in answer.json()["error"]["message"]


def test_a_body_over_the_size_limit_is_a_413_announced_or_not(client: TestClient) -> None:
    big = b"0" * 7_000_000
    announced = send(client, "/transcribe", big)
    pieces = (big[i : i + 100_000] for i in range(0, len(big), 100_000))
    headers = {"content-type": "multipart/form-data; boundary=x"}
    chunked = client.post("/transcribe", content=pieces, headers=headers)
    for answer in (announced, chunked):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")


def test_unknown_paths_and_methods_answer_in_the_envelope(client: TestClient) -> None:
    assert client.get("/nowhere").json()["error"]["code"] == "not_found"
    assert client.put("/transcribe").json()["error"]["code"] == "method_not_allowed"


def test_a_clip_the_engine_cannot_hear_is_a_500_that_is_not_retried(clip: bytes) -> None:
    transcriber = fake_transcriber(FakeEngine(fails=lambda clip: clip.waveform.duration < 1.5 and clip.itn is False))
    answer = send(client_of(transcriber), "/transcribe", clip, itn="false")
    transcriber.stop()
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "inference_error")
    assert answer.headers["x-should-retry"] == "false"


def test_probes_tell_loading_ready_and_failed(clip: bytes) -> None:
    import threading

    loaded = threading.Event()
    loading = fake_transcriber(loading=loaded)
    client = client_of(loading)
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert "downloading" in client.get("/health").json()["detail"]
    refused = send(client, "/transcribe", clip)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "model_loading")
    assert int(refused.headers["retry-after"]) > 0
    loaded.set()
    loading.wait(10)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checkpoint"]["name"]) == (200, "fake/SenseVoiceSmall")
    loading.stop()

    failed = fake_transcriber(broken="model.pt is missing")
    body = client_of(failed).get("/readyz")
    assert (body.status_code, body.json()["detail"]) == (503, "failed: model.pt is missing")


def test_models_are_listed_under_the_names_that_clients_know(client: TestClient) -> None:
    listed = [model["id"] for model in client.get("/v1/models").json()["data"]]
    assert {"whisper-1", "sensevoice-small", "fake/SenseVoiceSmall"} <= set(listed)
    for name in listed:
        assert client.get(f"/v1/models/{name}").json()["id"] == name
    assert client.get("/v1/models/nothing/like-it").json()["error"]["code"] == "model_not_found"


def test_openai_formats(client: TestClient, clip: bytes) -> None:
    path = "/v1/audio/transcriptions"
    plain = send(client, path, clip).json()["text"]
    assert send(client, path, clip, response_format="text").text == plain + "\n"
    cues = list(srt.parse(send(client, path, clip, response_format="srt").text))
    captions = list(webvtt.from_string(send(client, path, clip, response_format="vtt").text))
    assert len(cues) == len(captions) >= 3
    assert "".join(cue.content for cue in cues).replace("\n", "").replace(" ", "") == plain.replace(" ", "")


def test_verbose_json_has_segments_or_words_as_asked(client: TestClient, clip: bytes) -> None:
    path = "/v1/audio/transcriptions"
    default = send(client, path, clip, response_format="verbose_json").json()
    assert default["task"] == "transcribe"
    assert default["language"] in {language.full_name for language in Language}
    assert isinstance(default["duration"], float)
    assert "segments" in default
    assert "words" not in default
    for field in ("timestamp_granularities[]", "timestamp_granularities"):
        words = send(client, path, clip, response_format="verbose_json", **{field: "word"}).json()
        assert "segments" not in words
        assert set(words["words"][0]) == {"word", "start", "end"}
    bad = send(client, path, clip, response_format="verbose_json", timestamp_granularities="letter")
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "timestamp_granularities")


def test_an_unknown_response_format_is_refused(client: TestClient, clip: bytes) -> None:
    error = send(client, "/v1/audio/transcriptions", clip, response_format="docx").json()["error"]
    assert (error["param"], error["code"]) == ("response_format", "invalid_value")
    assert "verbose_json" in error["message"]


def test_a_stream_is_deltas_that_make_the_whole(client: TestClient, clip: bytes) -> None:
    answer = send(client, "/v1/audio/transcriptions", clip, stream="true")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert events.pop() == "[DONE]"
    values = [json.loads(event) for event in events]
    deltas = [value["delta"] for value in values if value["type"] == "transcript.text.delta"]
    assert len(deltas) == 3
    assert "".join(deltas) == values[-1]["text"] == send(client, "/v1/audio/transcriptions", clip).json()["text"]


def test_silence_is_an_empty_transcript(clip: bytes) -> None:
    transcriber = fake_transcriber(FakeEngine(lines=()))
    body = send(client_of(transcriber), "/transcribe", clip).json()
    transcriber.stop()
    assert (body["text"], body["raw"], body["segments"], body["language"]) == ("", "", [], "nospeech")
