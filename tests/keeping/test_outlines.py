"""Transcripts in outline, for who looks at many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keeping import written
from speech.errors import JobUnfinished, UnknownJob
from speech.transcript import Scores, Transcript

from .conftest import ASK, Keepers, ended, sound


def bare(transcript: Transcript) -> Transcript:
    segments = (replace(each, words=(), tokens=(), scores=Scores(), raw="") for each in transcript.segments)
    return Transcript(tuple(segments), transcript.duration)


def test_an_outline_is_the_transcript_without_its_words_also_after_a_correction(keepers: Keepers) -> None:
    keeper = keepers()
    job = ended(keeper, keeper.add(sound(), "a", ASK).id)
    heard = keeper.transcript(job.id)
    assert heard.segments[0].words
    assert keeper.outline(job.id) == bare(heard)
    better = Transcript(heard.segments[:1], heard.duration)
    keeper.replace(job.id, better)
    assert keeper.outline(job.id) == bare(better)


def test_what_is_not_there_or_somebody_elses_has_no_outline(keepers: Keepers) -> None:
    keeper = keepers(start=False)
    waiting = keeper.add(sound(), "a", ASK, "ada")
    with pytest.raises(JobUnfinished):
        keeper.outline(waiting.id, "ada")
    with pytest.raises(UnknownJob):
        keeper.outline(waiting.id, "bert")


def test_an_outline_is_remembered_unless_it_is_long(keepers: Keepers, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = keepers()
    heard = keeper.transcript(ended(keeper, keeper.add(sound(), "a", ASK).id).id)
    data = written.transcript_bytes(heard)
    assert written.read_outline(data) is written.read_outline(bytes(bytearray(data)))
    monkeypatch.setattr(written, "SHORT", len(data) - 1)
    assert written.read_outline(data) == bare(heard)
    assert written.read_outline(data) is not written.read_outline(data)
