"""OpenAI's Python client, unchanged, with the server as users start it."""

from __future__ import annotations

import asyncio
import io
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import openai
import pytest
import srt
import webvtt
from openai.types.audio import (
    Transcription,
    TranscriptionDiarized,
    TranscriptionTextDeltaEvent,
    TranscriptionTextDoneEvent,
    TranscriptionTextSegmentEvent,
    TranscriptionVerbose,
)

from speech.audio import Waveform, decode
from speech.playable import wav_bytes
from tests import sounds
from tests.server import SAMPLES, Server

PATH = "/v1/audio/transcriptions"
ZH = SAMPLES / "zh.mp3"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="none", base_url=f"{server.url}/v1") as made:
        yield made


def hear(client: openai.OpenAI, file: object = ZH, model: str = "whisper-1", **asked: Any) -> Any:
    return client.audio.transcriptions.create(file=file, model=model, **asked)


def deltas_and_done(events: list[object]) -> tuple[str, TranscriptionTextDoneEvent]:
    *deltas, done = events
    assert all(isinstance(delta, TranscriptionTextDeltaEvent) for delta in deltas)
    assert isinstance(done, TranscriptionTextDoneEvent)
    return "".join(delta.delta for delta in deltas), done


# --- formats ---


def test_the_text_is_the_one_of_earshots_own_route(client: openai.OpenAI, call: bytes, truth: dict[str, Any]) -> None:
    heard = hear(client, call)
    assert isinstance(heard, Transcription)
    assert heard.text == truth["plain"]
    assert " " not in heard.text
    assert [language.code for language in heard.languages] == ["zh"]
    assert (heard.usage.type, heard.usage.seconds) == ("duration", round(truth["duration"]))


def test_all_formats_say_the_same(client: openai.OpenAI, call: bytes) -> None:
    said = hear(client, call).text
    assert hear(client, call, response_format="text") == said + "\n"
    assert hear(client, call, response_format="verbose_json").text == said
    cues = list(srt.parse(hear(client, call, response_format="srt")))
    captions = list(webvtt.from_string(hear(client, call, response_format="vtt")))
    assert "".join(cue.content for cue in cues) == "".join(caption.text for caption in captions) == said
    assert [cue.start.total_seconds() for cue in cues] == pytest.approx([_seconds(caption.start) for caption in captions])
    assert [cue.end.total_seconds() for cue in cues] == pytest.approx([_seconds(caption.end) for caption in captions])


def _seconds(shown: str) -> float:
    hours, minutes, seconds = shown.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def test_verbose_json_is_whole_and_desktop_clients_keep_its_segments(
    client: openai.OpenAI, call: bytes, truth: dict[str, Any]
) -> None:
    heard = hear(client, call, response_format="verbose_json")
    assert isinstance(heard, TranscriptionVerbose)
    assert (heard.language, heard.duration) == ("chinese", truth["duration"])
    assert "".join(segment.text for segment in heard.segments) == heard.text
    assert [segment.id for segment in heard.segments] == list(range(len(truth["segments"])))
    for segment in heard.segments:
        assert all(value is not None for value in segment.model_dump().values())
        assert 0 <= segment.start < segment.end <= heard.duration
        assert segment.seek == round(segment.start * 100)
        assert segment.tokens
        assert segment.no_speech_prob < 0.06
        assert -0.5 < segment.avg_logprob <= 0
        assert segment.compression_ratio < 2.4


@pytest.mark.parametrize(
    ("asked", "segments", "words"),
    [
        ({}, True, False),
        ({"timestamp_granularities": []}, True, False),
        ({"timestamp_granularities": ["segment"]}, True, False),
        ({"timestamp_granularities": ["word"]}, False, True),
        ({"timestamp_granularities": ["word", "segment"]}, True, True),
    ],
)
def test_verbose_json_has_the_granularities_that_were_asked_for(
    client: openai.OpenAI, call: bytes, asked: dict[str, list[str]], segments: bool, words: bool
) -> None:
    heard = hear(client, call, response_format="verbose_json", **asked)
    assert (bool(heard.segments), bool(heard.words)) == (segments, words)
    for word in heard.words or []:
        assert 0 <= word.start < word.end <= heard.duration
    if segments and words:
        assert heard.segments[0].start <= heard.words[0].start
        assert heard.words[-1].end <= heard.segments[-1].end


@pytest.mark.parametrize("asked", [[], ["segment"], ["word"], ["word", "segment"]])
def test_json_takes_every_granularity(client: openai.OpenAI, asked: list[str]) -> None:
    assert hear(client, timestamp_granularities=asked) == hear(client)


def test_log_probabilities_spell_the_text(client: openai.OpenAI) -> None:
    heard = hear(client, include=["logprobs"])
    assert "".join(token.token for token in heard.logprobs).strip() == heard.text
    for token in heard.logprobs:
        assert bytes(map(int, token.bytes)).decode() == token.token
        assert token.logprob <= 0
    assert hear(client).logprobs is None


def test_what_earshot_hears_beyond_words_is_kept_by_the_client(client: openai.OpenAI) -> None:
    assert hear(client, SAMPLES / "angry.mp3").rich_text.startswith("[生气]")
    verbose = hear(client, SAMPLES / "angry.mp3", response_format="verbose_json")
    assert (verbose.language_code, verbose.segments[0].emotion) == ("zh", "angry")
    assert verbose.segments[0].scores["emotion"]["angry"] > 0.5


def test_silence_is_an_empty_text_and_no_language(client: openai.OpenAI) -> None:
    silence = sounds.encode(sounds.silence(2.0))
    heard = hear(client, silence)
    assert (heard.text, heard.languages) == ("", [])
    verbose = hear(client, silence, response_format="verbose_json")
    assert (verbose.text, verbose.segments, verbose.duration) == ("", [], pytest.approx(2.0))
    assert hear(client, silence, response_format="srt").strip() == ""
    assert deltas_and_done(list(hear(client, silence, stream=True)))[0] == ""


# --- files and fields ---

FILES: dict[str, Callable[[bytes], object]] = {
    "bytes": lambda audio: audio,
    "a stream without a name": io.BytesIO,
    "a name and bytes": lambda audio: ("speech.mp3", audio),
    "a name, bytes and a type": lambda audio: ("speech.mp3", audio, "audio/mpeg"),
    "a type that is wrong": lambda audio: ("speech.mp3", audio, "text/plain"),
    "a name that is wrong": lambda audio: ("speech.wav", io.BytesIO(audio)),
    "a name in Chinese": lambda audio: ("录音 一.mp3", audio),
    "a path": lambda _: ZH,
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_may_be_given_in_every_way_the_client_has(client: openai.OpenAI, kind: str) -> None:
    assert hear(client, FILES[kind](ZH.read_bytes())) == hear(client)


def test_an_open_file_is_heard(client: openai.OpenAI) -> None:
    with ZH.open("rb") as audio:
        assert hear(client, audio) == hear(client)


def test_files_of_one_name_are_not_taken_for_each_other(client: openai.OpenAI) -> None:
    texts = [hear(client, ("upload", (SAMPLES / name).read_bytes())).text for name in ("zh.mp3", "en.mp3", "zh.mp3")]
    assert texts[0] == texts[2] != texts[1]


@pytest.mark.parametrize(
    "asked",
    [
        {"language": "zh"},
        {"language": "zh-CN"},
        {"language": "chinese"},
        {"language": ""},
        {"languages": ["zh", "en"]},
        {"keywords": ["余额", "订单"]},
        {"prompt": "余额"},
        {"temperature": 0.4},
        {"chunking_strategy": "auto"},
        {"chunking_strategy": {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200}},
        {"known_speaker_names": ["agent"], "known_speaker_references": ["data:audio/wav;base64,AAAA"]},
        {"model": "gpt-4o-transcribe"},
        {"model": "gpt-transcribe"},
        {"model": "iic/SenseVoiceSmall"},
        {"model": "whatever-it-is-called"},
        {"stream": False},
        {"extra_body": {"user": "somebody", "hotwords": "余额"}},
        {"extra_query": {"api-version": "2025-03-01"}},
        {"extra_headers": {"X-Team": "one"}},
    ],
    ids=str,
)
def test_every_field_the_client_has_is_taken(client: openai.OpenAI, call: bytes, asked: dict[str, object]) -> None:
    assert hear(client, call, **asked).text == hear(client, call).text


def test_fields_of_earshots_own_go_through_extra_body(client: openai.OpenAI, call: bytes) -> None:
    digits, words = hear(client, call).text, hear(client, call, extra_body={"itn": False}).text
    assert re.search(r"\d", digits)
    assert re.search(r"[一二三四五六七八九十]分钟", words)
    assert not re.search(r"[\d。]", words)
    labelled = hear(client, SAMPLES / "angry.mp3", response_format="text", extra_body={"labels": "emoji"})
    assert "😡" in labelled


# --- streams ---


def test_a_stream_joined_is_the_text(client: openai.OpenAI, call: bytes, truth: dict[str, Any]) -> None:
    *deltas, done = hear(client, call, stream=True)
    assert deltas_and_done([*deltas, done])[0] == done.text == truth["plain"]
    assert [language.code for language in done.languages] == ["zh"]
    assert [delta.segment["emotion"] for delta in deltas] == [segment["emotion"] for segment in truth["segments"]]


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt", "verbose_json"])
def test_a_stream_is_a_stream_in_every_format(client: openai.OpenAI, response_format: str) -> None:
    joined, done = deltas_and_done(list(hear(client, stream=True, response_format=response_format)))
    assert joined == done.text == hear(client).text


def test_a_stream_has_log_probabilities(client: openai.OpenAI, call: bytes) -> None:
    *deltas, done = hear(client, call, stream=True, include=["logprobs"])
    assert all("".join(token.token for token in delta.logprobs).strip() == delta.delta.strip() for delta in deltas)
    assert [token.token for delta in deltas for token in delta.logprobs] == [token.token for token in done.logprobs]


def test_words_of_a_long_file_come_long_before_its_end(client: openai.OpenAI, server: Server, long: bytes) -> None:
    """And what else is asked of the server meanwhile is answered."""
    began = time.monotonic()
    stream = iter(hear(client, long, stream=True))
    first = next(stream)
    until_first = time.monotonic() - began
    assert httpx.get(f"{server.url}/livez", timeout=2).status_code == 200
    rest = list(stream)
    assert until_first < (time.monotonic() - began) / 2
    assert len(rest) > 60
    joined, done = deltas_and_done([first, *rest])
    assert joined == done.text == hear(client, long).text


def test_a_stream_that_nobody_reads_to_its_end_holds_nothing_up(client: openai.OpenAI, long: bytes) -> None:
    with hear(client, long, stream=True) as stream:
        next(iter(stream))
    began = time.monotonic()
    assert hear(client).text
    assert time.monotonic() - began < 5


# --- asynchronous, and raw ---


def test_the_asynchronous_client_hears_and_streams_at_once(client: openai.OpenAI, server: Server, call: bytes) -> None:
    async def ask() -> tuple[list[Transcription], list[object]]:
        async with openai.AsyncOpenAI(api_key="none", base_url=f"{server.url}/v1") as made:
            create = made.audio.transcriptions.create
            wishes = [create(file=audio, model="whisper-1") for audio in (ZH, call) * 4]
            stream = await create(file=call, model="whisper-1", stream=True)
            return await asyncio.gather(*wishes), [event async for event in stream]

    answers, events = asyncio.run(ask())
    assert [answer.text for answer in answers] == [hear(client).text, hear(client, call).text] * 4
    assert deltas_and_done(events)[0] == answers[1].text


def test_the_name_of_a_request_surfaces(client: openai.OpenAI) -> None:
    raw = client.audio.transcriptions.with_raw_response.create(file=ZH, model="whisper-1")
    assert raw.headers["x-request-id"] == raw.request_id == raw.parse()._request_id
    assert raw.request_id != hear(client)._request_id
    with pytest.raises(openai.BadRequestError) as refused:
        hear(client, b"words " * 100)
    assert refused.value.request_id


@pytest.mark.parametrize(
    ("response_format", "kind"),
    [
        ("json", "application/json"),
        ("verbose_json", "application/json"),
        ("text", "text/plain; charset=utf-8"),
        ("srt", "text/plain; charset=utf-8"),
        ("vtt", "text/plain; charset=utf-8"),
    ],
)
def test_each_format_has_its_content_type(client: openai.OpenAI, response_format: str, kind: str) -> None:
    raw = client.audio.transcriptions.with_raw_response.create(file=ZH, model="whisper-1", response_format=response_format)
    assert raw.headers["content-type"] == kind


def test_the_speakers_of_a_call_are_told_apart_by_its_channels(client: openai.OpenAI) -> None:
    left, right = (decode(SAMPLES / name).waveform.samples for name in ("zh.mp3", "en.mp3"))
    call = np.zeros((2, len(left) + len(right)), np.float32)
    call[0, : len(left)], call[1, len(left) :] = left, right
    asked = {"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json", "chunking_strategy": "auto"}
    heard = hear(client, sounds.encode(call), **asked)
    assert isinstance(heard, TranscriptionDiarized)
    assert [segment.speaker for segment in heard.segments] == sorted(segment.speaker for segment in heard.segments)
    assert {segment.speaker for segment in heard.segments} == {"A", "B"}
    assert heard.text == hear(client, SAMPLES / "zh.mp3").text + hear(client, SAMPLES / "en.mp3").text
    events = list(hear(client, sounds.encode(call), stream=True, **asked))
    told = [event for event in events if isinstance(event, TranscriptionTextSegmentEvent)]
    assert [(event.id, event.speaker, event.text) for event in told] == [
        (segment.id, segment.speaker, segment.text) for segment in heard.segments
    ]


# --- refusals ---

WORDS = b"this is not audio, only words. " * 50

REFUSED = [
    ({"file": b""}, "empty_file", "file", "empty"),
    ({"file": WORDS}, "unsupported_media_type", "file", "could not be decoded or its format is not supported"),
    ({"file": ("a.mp3", WORDS, "audio/mpeg")}, "unsupported_media_type", "file", "could not be decoded"),
    ({"file": sounds.encode(sounds.tone(duration=0.05))}, "audio_too_short", "file", "Minimum audio length is 0.1 seconds"),
    ({"language": "klingon"}, "unknown_language", "language", "zh, yue, en, ja, ko"),
    ({"languages": ["zh", "klingon"]}, "unknown_language", "languages", "klingon"),
    ({"response_format": "docx"}, "invalid_value", "response_format", "verbose_json"),
    ({"response_format": "diarized_json"}, "diarization_unsupported", "response_format", "verbose_json"),
    ({"timestamp_granularities": ["letter"]}, "invalid_value", "timestamp_granularities", "word"),
    ({"include": ["everything"]}, "invalid_value", "include", "logprobs"),
    ({"temperature": 1.5}, "invalid_value", "temperature", "1.5"),
    ({"extra_body": {"labels": "morse"}}, "invalid_value", "labels", "emoji"),
]


@pytest.mark.parametrize("stream", [False, True], ids=["", "stream"])
@pytest.mark.parametrize(("asked", "code", "param", "sentence"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_done_is_said_once_and_uploaded_once(
    client: openai.OpenAI, server: Server, asked: dict[str, Any], code: str, param: str, sentence: str, stream: bool
) -> None:
    before = server.answered(PATH)
    with pytest.raises(openai.BadRequestError, match=sentence) as refused:
        hear(client, stream=stream, **asked)
    assert (refused.value.status_code, refused.value.code, refused.value.param) == (400, code, param)
    assert refused.value.type == "invalid_request_error"
    assert server.answered(PATH) == before + 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_translation_is_refused_with_a_sentence(client: openai.OpenAI, server: Server) -> None:
    before = server.answered("/v1/audio/translations")
    with pytest.raises(openai.BadRequestError, match="does not translate") as refused:
        client.audio.translations.create(file=ZH, model="whisper-1")
    assert refused.value.code == "translation_unsupported"
    assert server.answered("/v1/audio/translations") == before + 1


def test_a_cut_off_recording_is_heard_as_far_as_it_goes(client: openai.OpenAI) -> None:
    whole = wav_bytes(Waveform(sounds.tone(duration=3.0)[0]))
    assert hear(client, whole[:-40_000], response_format="verbose_json").duration == pytest.approx(1.75, abs=0.1)


# --- models ---


def test_models_are_listed_and_found_one_by_one(client: openai.OpenAI) -> None:
    listed = client.models.list().data
    assert {"sensevoice-small", "earshot-demo", "whisper-1"} <= {model.id for model in listed}
    assert [client.models.retrieve(model.id) for model in listed] == listed
    with pytest.raises(openai.NotFoundError, match="sensevoice-small") as missing:
        client.models.retrieve("openai/whisper-large")
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize("method", ["chat", "speech", "embeddings"])
def test_what_is_not_here_is_a_404_in_words(client: openai.OpenAI, method: str) -> None:
    with pytest.raises(openai.NotFoundError, match="There is nothing at /v1/"):
        {
            "chat": lambda: client.chat.completions.create(model="x", messages=[]),
            "speech": lambda: client.audio.speech.create(model="x", voice="alloy", input="x"),
            "embeddings": lambda: client.embeddings.create(model="x", input="x"),
        }[method]()


# --- what only simpler clients send ---


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer anything"}, {"Authorization": "Basic eA=="}])
def test_a_key_is_neither_needed_nor_minded(server: Server, headers: dict[str, str]) -> None:
    answer = httpx.post(server.url + PATH, files={"file": ZH.read_bytes()}, headers=headers)
    assert (answer.status_code, bool(answer.json()["text"])) == (200, True)


@pytest.mark.parametrize("field", ["timestamp_granularities", "timestamp_granularities[]"])
def test_a_list_may_be_named_with_brackets_and_without(server: Server, call: bytes, field: str) -> None:
    body = server.post(PATH, call, response_format="verbose_json", **{field: "word"}).json()
    assert body["words"]
    assert "segments" not in body


def test_a_form_without_a_file_and_what_is_no_form_are_refused_in_the_envelope(server: Server) -> None:
    nothing, other = httpx.post(server.url + PATH), httpx.post(server.url + PATH, json={"file": "a.wav"})
    assert (nothing.status_code, nothing.json()["error"]["code"]) == (400, "missing_file")
    assert (other.status_code, other.json()["error"]["code"]) == (415, "unsupported_media_type")
    for answer in (nothing, other):
        assert answer.headers["x-request-id"]
