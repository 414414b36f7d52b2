"""litellm, in a Python of its own because it needs an older client of OpenAI's, with the server as users start it."""

from __future__ import annotations

from typing import Any

import pytest
import srt

from tests.clients.installed import HERE, LITELLM, driven
from tests.server import SAMPLES, Server

PATH = "/v1/audio/transcriptions"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def heard(server: Server) -> dict[str, Any]:
    folder = LITELLM.folder()
    before = server.answered(PATH)
    command = ["venv/bin/python", str(HERE / "litellm" / "drive.py"), f"{server.url}/v1", str(SAMPLES / "call.mp3")]
    return {**driven(command, folder), "uploads": server.answered(PATH) - before}


def test_litellm_gets_the_text_and_what_it_counts_costs_by(heard: dict[str, Any], truth: dict[str, Any]) -> None:
    said = truth["plain"]
    for name in ("default", "asynchronous"):
        answer = heard[name]
        assert (answer["text"], answer["language"], answer["duration"]) == (said, "chinese", truth["duration"])
        assert answer["usage"] == {"type": "duration", "seconds": round(truth["duration"])}
        assert "".join(segment["text"] for segment in answer["segments"]) == said
    assert heard["gpt"]["text"] == said


def test_litellm_gets_every_format(heard: dict[str, Any]) -> None:
    said, formats = heard["default"]["text"], {name: answer["text"] for name, answer in heard["formats"].items()}
    assert formats["json"] == formats["verbose_json"] == formats["text"].rstrip("\n") == said
    assert "".join(cue.content for cue in srt.parse(formats["srt"])) == said
    assert formats["vtt"].startswith("WEBVTT\n\n")
    assert heard["words"]["words"][0]["word"] == said[0]


def test_litellm_uploads_a_bad_file_once(heard: dict[str, Any]) -> None:
    words, language = heard["refused"]["words"], heard["refused"]["language"]
    assert (words["status"], words["code"], words["param"]) == (400, "unsupported_media_type", "file")
    assert (language["status"], language["code"], language["param"]) == (400, "unknown_language", "language")
    assert "could not be decoded" in words["message"]
    assert heard["uploads"] == 11
