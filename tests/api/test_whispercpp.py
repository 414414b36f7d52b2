"""The routes of whisper.cpp's server over a fake engine: what its clients send, and what they get."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
import srt
import webvtt
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.transcript import Language, join_texts
from tests import sounds
from tests.api.test_routes import BAD, client_of
from tests.fakes import LINES, FakeEngine, fake_transcriber

CLIP = sounds.encode(sounds.tone(duration=5.0))
FIELDS = {
    "translate", "detect_language", "offset_t", "duration", "no_timestamps", "token_timestamps", "no_language_probabilities",
    "temperature", "temperature_inc", "max_len", "split_on_word", "vad", "diarize", "language", "response_format",
}  # fmt: skip
UNUSED = {
    "offset_n": "1", "max_context": "-1", "best_of": "2", "beam_size": "-1", "audio_ctx": "0", "word_thold": "0.01",
    "entropy_thold": "2.4", "logprob_thold": "-1.0", "no_speech_thold": "0.6", "debug_mode": "no", "tinydiarize": "true",
    "carry_initial_prompt": "n", "suppress_nst": "y", "suppress_non_speech": "1", "vad_threshold": "0.5", "prompt": "hello",
    "vad_min_speech_duration_ms": "250", "vad_max_speech_duration_s": "inf", "vad_samples_overlap": "0.1", "processors": "1",
    "temperature": "0.0", "temperature_inc": "0.2", "max_len": "60", "split_on_word": "true", "vad": "yes", "diarize": "y",
}  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    transcriber = fake_transcriber()
    yield client_of(transcriber)
    transcriber.stop()


def send(client: TestClient, audio: bytes = CLIP, **fields: object) -> httpx.Response:
    return client.post("/inference", files={"file": ("a.wav", audio)}, data=fields)


def verbose(client: TestClient, **fields: object) -> dict[str, object]:
    body: dict[str, object] = send(client, response_format="verbose_json", **fields).json()
    return body


def a_fault(answer: httpx.Response) -> str:
    assert set(answer.json()) == {"error"}
    assert answer.headers["x-request-id"]
    said = answer.json()["error"]
    assert isinstance(said, str)
    return said


# --- what is answered ---


def test_json_is_one_text_of_a_line_a_segment(client: TestClient) -> None:
    answer = send(client)
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"text"}
    lines = answer.json()["text"].split("\n")
    assert len(lines) == 4
    assert lines.pop() == ""
    assert all(line.startswith(" ") and line.strip() in {known.text for known in LINES} for line in lines)


def test_diarize_tells_speakers_apart_by_channels(client: TestClient) -> None:
    talk = sounds.encode(np.concatenate([sounds.noise(-20, duration=6.0, seed=seed) for seed in (1, 2)]))
    lines = send(client, talk, diarize="true").json()["text"].splitlines()
    assert {line[:4] for line in lines} == {" A: ", " B: "}
    told = send(client, talk, diarize="true", response_format="verbose_json").json()["segments"]
    assert {segment["speaker"] for segment in told} == {"A", "B"}


@pytest.mark.parametrize(
    ("response_format", "media_type"), [("text", "text/html"), ("srt", "application/x-subrip"), ("vtt", "text/vtt")]
)
def test_text_comes_under_whisper_cpps_types(client: TestClient, response_format: str, media_type: str) -> None:
    kind = send(client, response_format=response_format).headers["content-type"]
    assert kind == f"{media_type}; charset=utf-8"


def test_all_formats_say_the_same(client: TestClient) -> None:
    text = send(client).json()["text"]
    assert send(client, response_format="text").text == verbose(client)["text"] == text
    cues = [cue.content for cue in srt.parse(send(client, response_format="srt").text)]
    assert cues == [caption.text for caption in webvtt.from_string(send(client, response_format="vtt").text)]
    assert "".join("".join(cues).split()) == "".join(text.split())


def test_text_that_is_called_html_runs_nothing(client: TestClient) -> None:
    assert send(client, response_format="text").headers["content-security-policy"] == "sandbox"


def test_verbose_json_has_all_that_whisper_cpp_says(client: TestClient) -> None:
    body = send(client, response_format="verbose_json", language="en").json()
    assert (body["task"], body["language"], body["duration"]) == ("transcribe", "english", 5.0)
    assert (body["detected_language"], body["detected_language_probability"]) == ("english", 1.0)
    assert body["language_probabilities"] == {"en": 1.0}
    assert [segment["id"] for segment in body["segments"]] == [0, 1, 2]
    for segment in body["segments"]:
        kinds = {"text": str, "start": float, "end": float, "tokens": list, "temperature": float, "avg_logprob": float}
        for name, kind in {**kinds, "no_speech_prob": float}.items():
            assert isinstance(segment[name], kind), name
        for word in segment["words"]:
            assert set(word) == {"word", "start", "end", "t_dtw", "probability"}
            assert word["t_dtw"] == -1
        words = join_texts(word["word"] for word in segment["words"])
        assert words == "".join(word["word"] for word in segment["words"]).strip()


def test_languages_are_those_that_the_model_believes(client: TestClient) -> None:
    body = send(client, response_format="verbose_json").json()
    shares = body["language_probabilities"]
    assert sum(shares.values()) == pytest.approx(1.0, abs=0.001)
    assert {Language(code).full_name: share for code, share in shares.items()}[body["detected_language"]] == max(shares.values())
    assert body["detected_language_probability"] == max(shares.values())
    left = verbose(client, no_language_probabilities="true")
    assert not set(left) & {"detected_language", "detected_language_probability", "language_probabilities"}


def test_times_can_be_left_out(client: TestClient) -> None:
    for field, of_segments in (({"no_timestamps": "y"}, False), ({"token_timestamps": "false"}, True)):
        for segment in send(client, response_format="verbose_json", **field).json()["segments"]:
            assert ({"start", "end"} <= set(segment)) == of_segments
            assert all(set(word) == {"word", "probability"} for word in segment["words"])


def test_the_language_is_found_out_unless_it_is_told(client: TestClient) -> None:
    assert verbose(client, language="Korean")["language"] == "korean"
    assert verbose(client, language="auto") == verbose(client) == verbose(client, language="ko", detect_language="true")


def test_silence_is_no_text() -> None:
    transcriber = fake_transcriber(FakeEngine(lines=()))
    client = client_of(transcriber)
    assert send(client).json() == {"text": ""}
    assert send(client, response_format="text").text == ""
    body = verbose(client)
    transcriber.stop()
    assert (body["segments"], body["detected_language"], body["language_probabilities"]) == ([], "undetermined", {})


# --- what is asked ---


def test_every_field_of_whisper_cpp_may_be_sent(client: TestClient) -> None:
    assert send(client, **UNUSED).json() == send(client, **dict.fromkeys(UNUSED, "")).json() == send(client).json()


@pytest.mark.parametrize(
    ("offset", "length", "heard"),
    [(0, 0, (0.0, 5.0)), (2_000, 0, (2.0, 5.0)), (1_000, 2_500, (1.0, 3.5)), (0, 99_000, (0.0, 5.0))],
)
def test_a_part_of_the_file_is_heard_in_its_place(
    client: TestClient, offset: int, length: int, heard: tuple[float, float]
) -> None:
    body = send(client, response_format="verbose_json", offset_t=offset, duration=length).json()
    begin, end = heard
    assert body["duration"] == 5.0
    assert begin <= body["segments"][0]["start"] < begin + 0.5
    assert end - 1.0 < body["segments"][-1]["end"] <= end
    assert body["segments"][0]["start"] <= body["segments"][0]["words"][0]["start"]


@pytest.mark.parametrize("offset", [5_000, 60_000, 2**31 - 1])
def test_behind_the_end_there_is_nothing(client: TestClient, offset: int) -> None:
    assert send(client, offset_t=offset).json() == {"text": ""}
    assert send(client, offset_t=offset, duration=1, response_format="srt").text == ""


# --- refusals ---


@pytest.mark.parametrize("value", ["true", "1", "yes", "y", "Yes"])
def test_translation_is_refused(client: TestClient, value: str) -> None:
    answer = send(client, translate=value)
    assert (answer.status_code, "does not translate" in a_fault(answer)) == (400, True)
    assert send(client, translate="no").status_code == 200


@pytest.mark.parametrize("kind", BAD)
def test_bad_audio_is_a_400_with_a_sentence(client: TestClient, kind: str) -> None:
    answer = send(client, BAD[kind][0])
    assert answer.status_code == 400
    assert a_fault(answer)


def test_a_missing_file_is_a_400(client: TestClient) -> None:
    for answer in (client.post("/inference"), client.post("/inference", data={"file": "a.wav"})):
        assert answer.status_code == 400
        assert "'file'" in a_fault(answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offset_t", "-1"),
        ("offset_t", "1e400"),
        ("offset_t", "9" * 5000),
        ("offset_t", str(2**31)),
        ("duration", "nan"),
        ("duration", "1.5"),
        ("temperature", "hot"),
        ("no_timestamps", "maybe"),
        ("language", "fr"),
        ("response_format", "docx"),
    ],
)
def test_a_value_that_cannot_be_parsed_is_a_400_that_names_it(client: TestClient, name: str, value: str) -> None:
    answer = send(client, **{name: value})
    assert answer.status_code == 400
    assert name in a_fault(answer)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=20) | st.integers().map(str) | st.floats().map(str)))
def test_no_values_make_it_fail(client: TestClient, fields: dict[str, str]) -> None:
    answer = send(client, **fields)
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert a_fault(answer)


def test_faults_of_ours_keep_their_statuses_and_headers() -> None:
    answer = send(client_of(fake_transcriber(start=False)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "loading" in a_fault(answer)


# --- loading ---


def test_loading_says_which_model_is_there_and_refuses_none(client: TestClient) -> None:
    for answer in (client.post("/load"), client.post("/load", data={"model": "ggml-large-v3.bin"})):
        assert (answer.status_code, answer.text) == (200, "One model is loaded and stays: fake/SenseVoiceSmall.\n")


def test_loading_is_refused_where_nothing_could_be_loaded() -> None:
    answer = client_of(fake_transcriber(broken="model.pt is missing")).post("/load")
    assert (answer.status_code, "model.pt is missing" in a_fault(answer)) == (503, True)


def test_other_methods_are_told_so(client: TestClient) -> None:
    for path in ("/inference", "/load", "/asr", "/detect-language"):
        answer = client.put(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert json.loads(answer.text)["error"]["code"] == "method_not_allowed"
