"""The routes of whisper-asr-webservice and FunASR's /asr over a fake engine: what their clients send, and what they get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote

import httpx
import numpy as np
import pytest
import srt
import webvtt
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.containers import DecodeLimits
from speech.transcriber import TranscriberOptions
from speech.transcript import Event, Language, Scores, Segment, Transcript, join_texts
from tests import sounds
from tests.api.test_routes import BAD, WHISPER_FIELDS, client_of
from tests.fakes import LINES, FakeEngine, Line, fake_transcriber

OUTPUTS = ("txt", "vtt", "srt", "tsv", "json")
SOUND = sounds.tone(duration=5.0)
CLIP = sounds.encode(SOUND)
RAW = (np.round(SOUND[0] * 2**15)).astype("<i2").tobytes()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    transcriber = fake_transcriber()
    yield client_of(transcriber)
    transcriber.stop()


def send(
    client: TestClient, path: str = "/asr", audio: bytes = CLIP, field: str = "audio_file", **query: object
) -> httpx.Response:
    return client.post(path, params=query, files={field: ("a.wav", audio)})


def a_sentence(answer: httpx.Response) -> str:
    """What a refusal of /asr says, when it is one line that no reader of subtitles takes for a cue."""
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-request-id"]
    assert answer.text.count("\n") == 1
    assert answer.text.endswith(".\n")
    assert len(answer.text) < 400
    assert not list(srt.parse(answer.text, ignore_errors=True))
    with pytest.raises(webvtt.errors.MalformedFileError):
        webvtt.from_string(answer.text)
    return answer.text


# --- what is answered ---


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_is_plain_text_with_the_headers_of_the_webservice(client: TestClient, output: str) -> None:
    answer = send(client, output=output)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["asr-engine"] == "sensevoice-small"
    assert answer.headers["content-disposition"] == f'attachment; filename="a.wav.{output}"'


def test_all_outputs_say_the_same(client: TestClient) -> None:
    texts = {output: send(client, output=output).text for output in OUTPUTS}
    whole = json.loads(texts["json"])
    said = [segment["text"].strip() for segment in whole["segments"]]
    assert len(said) == 3
    assert texts["txt"] == send(client).text == "".join(f"{line}\n" for line in said)
    rows = [row.split("\t") for row in texts["tsv"].splitlines()]
    assert rows[0] == ["start", "end", "text"]
    assert [row[2] for row in rows[1:]] == said
    assert [(int(row[0]), int(row[1])) for row in rows[1:]] == [
        (round(segment["start"] * 1000), round(segment["end"] * 1000)) for segment in whole["segments"]
    ]
    cues = [cue.content for cue in srt.parse(texts["srt"])]
    assert cues == [caption.text for caption in webvtt.from_string(texts["vtt"])]
    assert "".join("".join(cues).split()) == "".join("".join(said).split())


def test_json_is_whispers_dictionary(client: TestClient) -> None:
    whole = send(client, output="json").json()
    assert set(whole) == {"language", "segments", "text"}
    assert whole["language"] in {"zh", "yue", "en", "ja", "ko"}
    assert "".join(segment["text"] for segment in whole["segments"]) == whole["text"]
    for segment in whole["segments"]:
        assert "words" not in segment
        for name, kind in WHISPER_FIELDS.items():
            assert isinstance(segment[name], kind), name


def test_words_of_json_can_be_joined_and_have_a_probability(client: TestClient) -> None:
    segments = send(client, output="json", word_timestamps="true", language="en").json()["segments"]
    words = [word for segment in segments for word in segment["words"]]
    assert all(set(word) == {"word", "start", "end", "probability"} for word in words)
    said = "".join(word["word"] for word in words)
    assert said == join_texts(word["word"] for word in words)
    assert said.split()[:3] in (["I", "told", "you"], ["The", "meeting", "starts"])
    assert all(earlier["start"] < later["start"] for earlier, later in pairwise(words))


@pytest.mark.parametrize(("spelling", "code"), [("zh", "zh"), ("Japanese", "ja"), ("zh-HK", "yue"), ("en-US", "en")])
def test_the_language_that_was_told_is_answered_as_its_code(client: TestClient, spelling: str, code: str) -> None:
    assert send(client, output="json", language=spelling).json()["language"] == code


@pytest.mark.parametrize("vad_filter", ["true", "false", ""])
def test_the_detector_is_on_whatever_is_asked(client: TestClient, vad_filter: str) -> None:
    assert len(send(client, vad_filter=vad_filter).text.splitlines()) == 3


def test_values_that_are_left_empty_are_as_if_not_sent(client: TestClient) -> None:
    names = ("encode", "task", "language", "initial_prompt", "vad_filter", "word_timestamps", "diarize", "output")
    empty = dict.fromkeys((*names, "min_speakers", "max_speakers"), "")
    assert send(client, **empty).text == send(client).text != ""


def test_who_asks_for_speakers_gets_those_of_the_channels(client: TestClient) -> None:
    talk = sounds.encode(np.concatenate([sounds.noise(-20, duration=6.0, seed=seed) for seed in (1, 2)]))
    lines = send(client, audio=talk, diarize="true").text.splitlines()
    assert {line[:3] for line in lines} == {"A: ", "B: "}
    told = send(client, audio=talk, diarize="true", output="json").json()["segments"]
    assert {segment["speaker"] for segment in told} == {"A", "B"}
    funasr = client.post("/asr", files={"file": ("a.wav", talk)}, data={"spk": "true"}).json()["segments"]
    assert {segment["speaker"] for segment in funasr} == {"A", "B"}
    assert "speaker" not in send(client, audio=talk, output="json").text


def test_sounds_and_silence_are_no_text_in_any_output() -> None:
    for lines in ((), (Line("", Language.NONE, events=(Event.BGM,)),)):
        transcriber = fake_transcriber(FakeEngine(lines=lines))
        client = client_of(transcriber)
        texts = {output: send(client, output=output).text for output in OUTPUTS}
        transcriber.stop()
        assert json.loads(texts.pop("json")) == {"language": "und", "segments": [], "text": ""}
        assert texts == {"txt": "", "srt": "", "vtt": "WEBVTT\n", "tsv": "start\tend\ttext\n"}


# --- raw samples ---


@pytest.mark.parametrize("odd", [b"", b"\x07"])
def test_raw_samples_are_heard_as_the_same_sound_in_a_file(client: TestClient, odd: bytes) -> None:
    assert send(client, audio=RAW + odd, encode="false", output="srt").text == send(client, output="srt").text


def test_raw_samples_keep_to_the_limits(client: TestClient) -> None:
    assert "too short" in a_sentence(send(client, audio=RAW[:1001], encode="false"))
    assert "could not be decoded" in a_sentence(send(client, audio=RAW))
    transcriber = fake_transcriber(options=TranscriberOptions(limits=DecodeLimits(longest=3.0)))
    answer = send(client_of(transcriber), audio=RAW, encode="false")
    transcriber.stop()
    assert (answer.status_code, "3 seconds" in a_sentence(answer)) == (413, True)


# --- the name of the file ---


@pytest.mark.parametrize("name", ['a".wav', "a\r\nset-cookie: b=c\r\n\r\n.mp3", "录音 é.wav", "../../etc/passwd", "a;b,c%0d%0a"])
def test_a_files_name_cannot_leave_its_quotes(client: TestClient, name: str) -> None:
    answer = client.post("/asr", files={"audio_file": (name, CLIP)})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    value = answer.headers["content-disposition"]
    quoted = value.removeprefix('attachment; filename="').removesuffix('.txt"')
    assert quoted == value[22:-5]
    assert not set(quoted) & set('"\\\r\n;/ ')
    assert quoted.isascii()


@settings(max_examples=40)
@given(st.text(max_size=300), st.sampled_from(["utf-8", "latin-1", "utf-7", "unicode_escape", "idna", "rot13", "nonsense"]))
def test_no_name_in_any_charset_breaks_an_answer(client: TestClient, name: str, charset: str) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="audio_file"; filename="'
    sent = name.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"").replace(b'"', b"%22")
    body = head + sent + b'\\ud800+2AA-"\r\n\r\n' + CLIP + b"\r\n--x--\r\n"
    answer = client.post("/asr", content=body, headers={"content-type": f"multipart/form-data; boundary=x; charset={charset}"})
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert len(answer.headers["content-disposition"]) < 1300
        assert unquote(answer.headers["content-disposition"]).endswith('.txt"')


# --- refusals ---


@pytest.mark.parametrize("kind", BAD)
def test_bad_audio_is_a_400_that_is_harmless_as_a_subtitle(client: TestClient, kind: str) -> None:
    answer = send(client, audio=BAD[kind][0], output="srt")
    assert answer.status_code == 400
    a_sentence(answer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("encode", "maybe"),
        ("task", "sing"),
        ("language", "fr"),
        ("language", "x\n1\n00:00:00,000 --> 00:00:09,000\nboo\n\n"),
        ("vad_filter", "2"),
        ("word_timestamps", "ja"),
        ("diarize", "\ud7ff"),
        ("min_speakers", "two"),
        ("max_speakers", "9" * 5000),
        ("output", "docx"),
        ("output", "SRT\n1\n00:00:00,000 --> 00:00:09,000\nboo"),
    ],
)
def test_a_value_that_cannot_be_parsed_is_a_400_that_names_it(client: TestClient, name: str, value: str) -> None:
    answer = send(client, **{name: value})
    assert answer.status_code == 400
    assert name in a_sentence(answer)


def test_translation_is_refused(client: TestClient) -> None:
    answer = send(client, task="translate")
    assert (answer.status_code, "does not translate" in a_sentence(answer)) == (400, True)


def test_a_missing_file_is_a_400(client: TestClient) -> None:
    for answer in (
        client.post("/asr"),
        client.post("/asr", data={"audio_file": "a.wav"}),
        client.post("/asr", data={"file": "a"}),
    ):
        assert answer.status_code == 400
        a_sentence(answer)
    broken = client.post("/asr", content=b"--y\r\n", headers={"content-type": "multipart/form-data"})
    assert broken.status_code == 400
    a_sentence(broken)


def test_faults_of_ours_keep_their_statuses_and_headers() -> None:
    loading = fake_transcriber(start=False)
    answer = send(client_of(loading))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    a_sentence(answer)
    engine = FakeEngine()
    failing = fake_transcriber(engine)
    engine.fails = lambda clip: True
    answer = send(client_of(failing))
    failing.stop()
    assert (answer.status_code, answer.headers["x-should-retry"]) == (500, "false")
    a_sentence(answer)


def test_what_nobody_foresaw_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    transcriber = fake_transcriber()
    monkeypatch.setattr(transcriber, "transcribe", lambda *_: 1 / 0)
    answer = send(client_of(transcriber))
    transcriber.stop()
    assert (answer.status_code, a_sentence(answer)) == (500, "Something went wrong here. The log has the details.\n")
    assert "ZeroDivisionError" in caplog.text


# --- the language alone ---


@pytest.mark.parametrize("line", LINES[:5], ids=lambda line: line.language)
def test_a_language_is_detected_by_name_and_code(line: Line) -> None:
    transcriber = fake_transcriber(FakeEngine(lines=(line,)))
    client = client_of(transcriber)
    answers = [send(client, "/detect-language"), send(client, "/detect-language", RAW, encode="false")]
    transcriber.stop()
    name, code = line.language.full_name, line.language
    assert [a.json() for a in answers] == [{"detected_language": name, "language_code": code, "confidence": 1.0}] * 2


class Doubting(FakeEngine):
    """Chinese and English as the samples have it: half as sure of the first, which is three times as long."""

    def hear(self, clip: object) -> Transcript:
        long = Segment("好", 0.0, 3.0, Language.ZH, scores=Scores({Language.ZH: 0.5, Language.EN: 0.25}))
        short = Segment("good", 3.0, 4.0, Language.EN, scores=Scores({Language.EN: 0.75, Language.ZH: 0.0}))
        return Transcript((long, short, Segment("", 4.0, 9.0, Language.NONE, scores=Scores({Language.KO: 0.1}))), 9.0)


def test_languages_are_weighted_by_the_lengths_of_their_segments() -> None:
    transcriber = fake_transcriber(Doubting())
    found = send(client_of(transcriber), "/detect-language").json()
    transcriber.stop()
    assert found == {"detected_language": "chinese", "language_code": "zh", "confidence": 0.5}


def test_a_language_is_told_by_the_first_half_minute() -> None:
    heard: list[float] = []
    engine = FakeEngine(fails=lambda clip: bool(heard.append(clip.waveform.duration)))
    transcriber = fake_transcriber(engine)
    heard.clear()
    send(client_of(transcriber), "/detect-language", sounds.encode(sounds.tone(duration=70.0)))
    transcriber.stop()
    assert 15.0 < sum(heard) <= 30.0


def test_nobody_speaks_no_language() -> None:
    transcriber = fake_transcriber(FakeEngine(lines=()))
    found = send(client_of(transcriber), "/detect-language").json()
    transcriber.stop()
    assert found == {"detected_language": "undetermined", "language_code": "und", "confidence": 0.0}


def test_a_refusal_of_detection_is_json_as_its_answer(client: TestClient) -> None:
    for answer in (send(client, "/detect-language", b""), send(client, "/detect-language", encode="maybe")):
        assert (answer.status_code, set(answer.json())) == (400, {"error"})


# --- FunASR's /asr ---


def test_a_part_called_file_is_answered_as_funasr_does(client: TestClient) -> None:
    answer = client.post("/asr", files={"file": ("a.wav", CLIP)}, data={"language": "en", "hotwords": "a,b", "spk": "false"})
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"text", "segments", "duration", "language", "processing_time", "rtf"}
    assert (body["language"], body["duration"]) == ("en", 5.0)
    assert body["text"] == join_texts(segment["text"] for segment in body["segments"])
    for segment in body["segments"]:
        assert segment["start"] < segment["end"] <= 5.0
        assert {"word", "start", "end"} <= set(segment["words"][0])
    assert body["rtf"] == pytest.approx(body["processing_time"] / 5.0, abs=0.001)


@pytest.mark.parametrize("field", ["itn", "use_itn"])
def test_funasrs_fields_apply_to_it(client: TestClient, field: str) -> None:
    for value, marks in (("true", True), ("0", False)):
        text = client.post("/asr", files={"file": CLIP}, data={field: value, "language": "en"}).json()["text"]
        assert ("." in text) == marks


def test_audio_file_wins_and_queries_are_not_funasrs(client: TestClient) -> None:
    both = client.post("/asr", files={"file": b"", "audio_file": CLIP}, data={"language": "klingon"})
    assert (both.status_code, both.text) == (200, send(client).text)
    mine = client.post("/asr", params={"language": "klingon", "output": "docx"}, files={"file": CLIP})
    assert mine.status_code == 200


def test_what_funasr_is_asked_for_is_checked(client: TestClient) -> None:
    for fields, audio in (({"language": "klingon"}, CLIP), ({"itn": "maybe"}, CLIP), ({"spk": "2"}, CLIP), ({}, b"")):
        answer = client.post("/asr", files={"file": ("a.wav", audio)}, data=fields)
        assert answer.status_code == 400
        a_sentence(answer)
