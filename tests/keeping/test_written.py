"""Transcripts come back as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from keeping import written
from speech.hearing import Ask
from speech.jobs import Gist
from speech.spans import Span
from speech.transcript import Emotion, Event, Language, Scores, Segment, Token, Transcript, Word

texts = some.text(max_size=20)
times = some.floats(0, 1e5)
scores = some.floats(-1e3, 1)
words = some.builds(Word, texts, times, times, scores)
tokens = some.builds(Token, some.integers(0, 30_000), texts, scores)
believed = some.builds(
    Scores,
    some.dictionaries(some.sampled_from(Language), scores),
    some.dictionaries(some.sampled_from(Emotion), scores),
    some.dictionaries(some.sampled_from(Event), scores),
    scores,
    scores,
)
segments = some.builds(
    Segment,
    texts,
    times,
    times,
    some.sampled_from(Language),
    some.sampled_from(Emotion),
    some.lists(some.sampled_from(Event)).map(tuple),
    some.lists(words, max_size=4).map(tuple),
    some.lists(tokens, max_size=4).map(tuple),
    believed,
    texts,
)
names = some.dictionaries(some.sampled_from("ABC"), texts)
transcripts = some.builds(Transcript, some.lists(segments, max_size=4).map(tuple), times, names)


@given(transcripts)
def test_a_transcript_comes_back_as_it_was(transcript: Transcript) -> None:
    assert written.read_transcript(written.transcript_bytes(transcript)) == transcript
    assert written.read_segments(written.segments_bytes(transcript.segments)) == transcript.segments
    assert written.read_outline(written.transcript_bytes(transcript)).names == transcript.names
    assert written.read_gist(written.gist_json(Gist.of(transcript))) == Gist.of(transcript)


def test_what_was_asked_comes_back_as_it_was() -> None:
    for ask in (Ask(), Ask(Language.YUE, False, False, frozenset({Language.ZH, Language.EN}), Span(1.5, 3.25), clean=True)):
        assert written.read_ask(written.ask_json(ask)) == ask


def test_a_long_transcript_takes_little_room() -> None:
    one = Segment(
        "你们上次也是这么说的", 0.1, 2.3, Language.ZH, words=tuple(Word("你", i / 10, i / 10 + 0.1, 0.9) for i in range(10))
    )
    assert len(written.transcript_bytes(Transcript((one,) * 1000, 3600.0))) < 50_000
