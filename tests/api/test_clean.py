"""`clean` over REST: asked for by name, off otherwise, and refused where nothing cleans."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import ApiOptions, add_routes
from media.cleaning import clean
from speech.audio import decode
from speech.calls import Call
from speech.cleaning import Cleaner
from speech.engine import Clip
from speech.errors import CleaningFailed, CleaningUnavailable
from speech.mixing import Samples
from speech.spans import Span
from speech.transcriber import Ask, Transcriber
from speech.transcript import Transcript
from tests import sounds
from tests.fakes import FakeEngine, fake_transcriber

ROUTES = ("/transcribe", "/v1/audio/transcriptions")
SOUND = sounds.encode(sounds.tone(duration=3.0) * 0.01 + sounds.noise(-60, duration=3.0))


@dataclass
class Loudest(FakeEngine):
    """Remembers how loud clips were."""

    levels: list[float] = field(default_factory=list)

    def hear(self, clip: Clip) -> Transcript:
        self.levels.append(float(np.abs(clip.waveform.samples).max()))
        return super().hear(clip)


def joined(engine: FakeEngine, cleaner: Cleaner | None) -> Iterator[tuple[TestClient, Transcriber]]:
    app, transcriber = FastAPI(), fake_transcriber(engine, cleaner=cleaner)
    add_routes(app, transcriber, ApiOptions())
    yield TestClient(app), transcriber
    transcriber.stop()


@pytest.mark.parametrize("route", ROUTES)
def test_a_quiet_recording_is_heard_louder_by_who_asks(route: str) -> None:
    engine = Loudest()
    for client, _ in joined(engine, clean):
        engine.levels.clear()
        assert client.post(route, files={"file": SOUND}).status_code == 200
        assert max(engine.levels) < 0.02
        engine.levels.clear()
        answer = client.post(route, files={"file": SOUND}, data={"clean": "true"})
        assert answer.status_code == 200
        assert max(engine.levels) > 0.1


def test_times_and_length_are_those_of_the_recording() -> None:
    for client, _ in joined(FakeEngine(lines=FakeEngine().lines[:1]), clean):
        bare, cleaned = (client.post("/transcribe", files={"file": SOUND}, data={"clean": wish}).json() for wish in ("0", "1"))
        assert cleaned["duration"] == bare["duration"]
        assert [(s["start"], s["end"]) for s in cleaned["segments"]] == [(s["start"], s["end"]) for s in bare["segments"]]


@pytest.mark.parametrize("route", ROUTES)
def test_where_nothing_cleans_it_is_refused_before_anything_is_heard(route: str) -> None:
    engine = Loudest()
    for client, _ in joined(engine, None):
        engine.levels.clear()
        answer = client.post(route, files={"file": SOUND}, data={"clean": "true"})
        assert answer.status_code == 400
        assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == ("cleaning_unavailable", "clean")
        assert not engine.levels
        assert client.post(route, files={"file": SOUND}).status_code == 200


def test_what_breaks_down_is_named_and_costs_only_who_asked() -> None:
    def broken(pieces: Iterable[Samples], call: Call) -> Iterator[Samples]:
        raise CleaningFailed()
        yield

    for client, _ in joined(FakeEngine(), broken):
        answer = client.post("/transcribe", files={"file": SOUND}, data={"clean": "true"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "cleaning_failed")
        assert client.post("/transcribe", files={"file": SOUND}).status_code == 200


def test_a_part_alone_can_be_cleaned_too() -> None:
    for _, transcriber in joined(FakeEngine(), clean):
        hearing = transcriber.transcribe(io.BytesIO(SOUND), Ask(clean=True, within=Span(1.0, 2.5)))
        assert all(0.9 <= segment.start <= segment.end <= 2.6 for segment in hearing.transcript.segments)


def test_a_player_can_have_both() -> None:
    for _, transcriber in joined(FakeEngine(), clean):
        bare = np.concatenate(list(transcriber.open(io.BytesIO(SOUND))))
        both = np.concatenate(list(transcriber.cleaned(transcriber.open(io.BytesIO(SOUND)))))
        assert len(bare) == len(both) == len(decode(io.BytesIO(SOUND)).waveform.samples)
        assert np.abs(both).max() > 5 * np.abs(bare).max()
    for _, transcriber in joined(FakeEngine(), None):
        with pytest.raises(CleaningUnavailable):
            transcriber.cleaned(transcriber.open(io.BytesIO(SOUND)))
