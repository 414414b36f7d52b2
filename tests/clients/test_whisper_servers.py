"""What was made for whisper-asr-webservice and whisper.cpp's server asks, byte for byte, the server as users start it."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import srt
import webvtt

from speech.audio import decode
from tests.server import PATIENCE, SAMPLES, Server

CALL = SAMPLES / "call.mp3"


@pytest.fixture
def said(truth: dict[str, Any]) -> str:
    return str(truth["plain"])


# --- Bazarr (custom_libs/subliminal_patch/providers/whisperai.py) sends samples without a file around them ---


def bazarr(server: Server, path: str, file: Path, **asked: str) -> httpx.Response:
    samples = (decode(file).waveform.samples * 32767).astype(np.int16).tobytes()
    parts = {"audio_file": ("audio_file", samples)}
    return httpx.post(server.url + path, params={**asked, "encode": "false"}, files=parts, timeout=PATIENCE)


def test_bazarr_gets_a_subtitle_file(server: Server, said: str) -> None:
    cues = list(srt.parse(bazarr(server, "/asr", CALL, task="transcribe", language="zh", output="srt").text))
    assert "".join(cue.content for cue in cues) == said
    assert all(one.end <= two.start for one, two in pairwise(cues))


@pytest.mark.parametrize(("code", "name"), [("zh", "chinese"), ("en", "english"), ("ja", "japanese"), ("ko", "korean")])
def test_bazarr_is_told_the_language(server: Server, code: str, name: str) -> None:
    found = bazarr(server, "/detect-language", SAMPLES / f"{code}.mp3").json()
    assert (found["language_code"], found["detected_language"]) == (code, name)
    assert found["confidence"] > 0.5


def test_bazarr_makes_no_subtitle_of_a_refusal(server: Server) -> None:
    """It takes every answer for one, whatever the status says."""
    answer = bazarr(server, "/asr", CALL, task="translate", language="zh", output="srt")
    assert answer.status_code == 400
    assert "does not translate" in answer.text
    assert list(srt.parse(answer.text, ignore_errors=True)) == []


# --- Obsidian's plugin Transcription (src/transcribe.ts, src/utils.ts) writes its form by hand ---


def obsidian(server: Server, audio: bytes, query: str = "task=transcribe") -> httpx.Response:
    boundary = "----Boundaryk3v9x2m7q1w8e5r4"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="audio_file"; filename="blob"\r\n'
    kind = 'Content-Type: "application/octet-stream"\r\n\r\n'
    body = f"{head}{kind}".encode() + audio + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return httpx.post(f"{server.url}/asr?{query}", content=body, headers=headers, timeout=PATIENCE)


@pytest.mark.parametrize("query", ["task=transcribe", "task=transcribe&language=zh"])
def test_obsidian_gets_a_note_in_plain_text(server: Server, said: str, query: str) -> None:
    answer = obsidian(server, CALL.read_bytes(), query)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "".join(answer.text.splitlines()) == said


def test_obsidian_is_told_in_words_what_was_wrong(server: Server) -> None:
    answer = obsidian(server, b"only words " * 99)
    assert (answer.status_code, len(answer.text.splitlines())) == (400, 1)
    assert "could not be decoded" in answer.text


# --- whisper.cpp's server, with the commands of its own README (examples/server/README.md) ---


def curl(url: str, *form: str) -> str:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    fields = [argument for field in form for argument in ("-F", field)]
    command = ["curl", "--silent", "--show-error", url, "-H", "Content-Type: multipart/form-data", *fields]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout


def inference(server: Server, kind: str, *more: str) -> str:
    form = (f"file=@{CALL}", "temperature=0.0", "temperature_inc=0.2", f"response_format={kind}", *more)
    return curl(f"{server.url}/inference", *form)


def test_whisper_cpps_curl_gets_every_format(server: Server, said: str) -> None:
    assert _lines(json.loads(inference(server, "json"))["text"]) == said
    assert _lines(inference(server, "text")) == said
    assert "".join(cue.content for cue in srt.parse(inference(server, "srt"))) == said
    assert "".join(caption.text for caption in webvtt.from_string(inference(server, "vtt"))) == said


def _lines(text: str) -> str:
    return "".join(line.strip() for line in text.splitlines())


def test_whisper_cpps_curl_gets_words_and_the_languages_that_may_be_spoken(server: Server, truth: dict[str, Any]) -> None:
    heard = json.loads(inference(server, "verbose_json", "language=auto"))
    times = [[(word["start"], word["end"]) for word in segment["words"]] for segment in heard["segments"]]
    assert times == [[(word["start"], word["end"]) for word in segment["words"]] for segment in truth["segments"]]
    assert (heard["language"], heard["detected_language"]) == ("chinese", "chinese")
    assert heard["language_probabilities"]["zh"] == heard["detected_language_probability"] > 0.5


def test_whisper_cpps_curl_may_load_a_model_and_is_told_what_cannot_be(server: Server) -> None:
    assert "earshot-demo" in curl(f"{server.url}/load", "model=models/ggml-base.bin")
    assert "does not translate" in json.loads(inference(server, "json", "translate=true"))["error"]
