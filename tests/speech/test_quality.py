from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.errors import InvalidRules
from speech.jobs import Verdict
from speech.quality import (
    DEFAULT_RULES,
    Rule,
    alerts,
    emotion_share,
    emotions_per_minute,
    events_per_minute,
    format_rules,
    judged,
    language_share,
    measure,
    parse_rules,
    score,
    speaker_share,
)
from speech.transcript import Emotion, Event, Language, Scores, Segment, Transcript

ANGRY = Rule(Emotion.ANGRY, 8, 60)


def segment(
    start: float,
    end: float,
    emotion: Emotion = Emotion.ANGRY,
    *events: Event,
    language: Language = Language.ZH,
    sure: float = 0.5,
    speaker: str = "",
) -> Segment:
    scores = Scores(emotions={emotion: sure})
    return Segment("话", start, end, language=language, emotion=emotion, events=events, scores=scores, speaker=speaker)


def transcript(*segments: Segment, duration: float | None = None) -> Transcript:
    return Transcript(segments, duration if duration is not None else max((one.end for one in segments), default=0.0))


def places(found: Transcript, rule: Rule) -> list[tuple[float, float, float]]:
    return [(moment.start, moment.end, moment.seconds) for moment in measure(found, rule).moments]


def test_anger_that_lasts_is_one_moment_and_short_anger_none() -> None:
    short = transcript(segment(0, 7.9), segment(100, 107.9))
    assert places(short, ANGRY) == []
    assert measure(short, ANGRY).seconds == pytest.approx(15.8)
    assert measure(short, ANGRY).peak == pytest.approx(7.9)
    assert places(transcript(segment(10, 15), segment(30, 33), segment(500, 501)), ANGRY) == [(10, 33, 8)]


def test_a_rule_may_be_about_one_speaker() -> None:
    call = transcript(segment(0, 10, speaker="A"), segment(10, 14, speaker="B"), segment(20, 25, speaker="B"))
    assert places(call, ANGRY) == [(0, 25, 19)]
    assert places(call, Rule(Emotion.ANGRY, 8, 60, "A")) == [(0, 10, 10)]
    assert places(call, Rule(Emotion.ANGRY, 8, 60, "B")) == [(10, 25, 9)]
    assert places(call, Rule(Emotion.ANGRY, 8, 60, "C")) == []
    (moment,) = measure(call, Rule(Emotion.ANGRY, 8, 60, "B")).moments
    assert moment.worst.speaker == "B"
    assert judged([moment], [Verdict("angry", 10, confirmed=False)])[0].confirmed is None
    assert judged([moment], [Verdict("angry@B", 10, confirmed=False)])[0].confirmed is False


def test_speakers_share_the_time_with_words() -> None:
    quiet = replace(segment(20, 90, speaker="C"), text="")
    call = transcript(segment(0, 5, speaker="B"), segment(5, 20, speaker="A"), quiet, segment(90, 95))
    assert speaker_share(call) == {"A": 0.75, "B": 0.25}
    assert list(speaker_share(call)) == ["A", "B"]
    assert speaker_share(transcript(segment(0, 5))) == {}


def test_moments_far_apart_stay_apart_and_those_that_touch_are_one() -> None:
    far = transcript(segment(0, 10), segment(300, 309))
    assert places(far, ANGRY) == [(0, 10, 10), (300, 309, 9)]
    long = transcript(*(segment(start, start + 10) for start in range(0, 200, 20)))
    assert places(long, ANGRY) == [(0, 190, 100)]


def test_what_is_heard_twice_at_once_counts_once() -> None:
    assert places(transcript(segment(0, 6), segment(2, 7)), ANGRY) == []
    assert places(transcript(segment(0, 6), segment(2, 8)), ANGRY) == [(0, 8, 8)]


def test_other_labels_do_not_count_and_a_rule_may_be_of_an_event() -> None:
    show = transcript(segment(0, 9, Emotion.HAPPY, Event.LAUGHTER), segment(9, 20))
    laughter = Rule(Event.LAUGHTER, 5, 30)
    assert places(show, laughter) == [(0, 9, 9)]
    assert [(moment.rule.name, moment.start) for moment in alerts(show, [ANGRY, laughter])] == [("laughter", 0), ("angry", 9)]


def test_the_worst_segment_is_the_longest_and_of_equals_the_surest() -> None:
    (moment,) = measure(transcript(segment(0, 4, sure=0.6), segment(4, 8, sure=0.9), segment(8, 11)), ANGRY).moments
    assert moment.worst.start == 4


def test_silence_has_no_moments() -> None:
    assert measure(transcript(), ANGRY).peak == 0
    assert alerts(transcript(segment(5, 5)), [ANGRY]) == []


stretches = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 20)), max_size=12)


@given(stretches, st.integers(1, 40), st.integers(1, 40))
def test_the_sliding_window_is_what_brute_force_finds(told: list[tuple[int, int]], least: int, more: int) -> None:
    found = transcript(*(segment(start, start + length) for start, length in told))
    rule = Rule(Emotion.ANGRY, least, least + more)
    angry = {second for start, length in told for second in range(start, start + length)}
    held = [sum(start <= second < start + least + more for second in angry) for start in range(-80, 150)]
    measured = measure(found, rule)
    assert measured.seconds == len(angry)
    assert measured.peak == max(held)
    assert bool(measured.moments) == (max(held) >= least)
    for moment in measured.moments:
        assert moment.seconds == sum(moment.start <= second < moment.end for second in angry) >= least
        assert moment.worst.start < moment.end
        assert moment.worst.end > moment.start
    ends = [edge for moment in measured.moments for edge in (moment.start, moment.end)]
    assert ends == sorted(ends)


@given(stretches, st.integers(1, 20), st.integers(1, 20))
def test_what_a_stricter_rule_finds_lies_in_what_a_loose_one_finds(told: list[tuple[int, int]], least: int, more: int) -> None:
    found = transcript(*(segment(start, start + length) for start, length in told))
    loose = measure(found, Rule(Emotion.ANGRY, least, 40)).moments
    for moment in measure(found, Rule(Emotion.ANGRY, least + more, 40)).moments:
        assert any(other.start <= moment.start and moment.end <= other.end for other in loose)


def test_a_verdict_is_kept_by_the_moment_it_was_said_of() -> None:
    moments = measure(transcript(segment(0, 10), segment(300, 309)), ANGRY).moments
    said = judged(moments, [Verdict("angry", 300.0, False), Verdict("sad", 0.0, False)])
    assert [each.confirmed for each in said] == [None, False]
    assert score(said) == 10
    assert judged(moments, [Verdict("angry", 3.0, True), Verdict("angry", 0.004, False)])[0].confirmed is False


def test_a_verdict_outlives_a_change_of_the_seconds() -> None:
    found = transcript(segment(0, 5), segment(10, 16))
    (before,) = measure(found, Rule(Emotion.ANGRY, 5, 60)).moments
    verdict = Verdict(before.rule.name, before.start, False)
    (after,) = measure(found, Rule(Emotion.ANGRY, 10, 60)).moments
    assert judged([after], [verdict])[0].stands is False


def test_events_are_counted_where_they_begin() -> None:
    show = transcript(
        segment(0, 5, Emotion.HAPPY, Event.LAUGHTER),
        segment(5.5, 9, Emotion.HAPPY, Event.LAUGHTER),  # goes on
        segment(20, 25, Emotion.HAPPY, Event.LAUGHTER, Event.APPLAUSE),
        segment(121, 125, Emotion.HAPPY, Event.APPLAUSE),
        duration=130.0,
    )
    assert events_per_minute(show) == {Event.LAUGHTER: [2, 0, 0], Event.APPLAUSE: [1, 0, 1]}


def test_seconds_of_an_emotion_are_split_at_the_minute() -> None:
    told = emotions_per_minute(transcript(segment(50, 70), segment(70, 75, Emotion.SAD), duration=75.0))
    assert told == {Emotion.ANGRY: [10.0, 10.0], Emotion.SAD: [0.0, 5.0]}


def test_shares_are_by_seconds() -> None:
    meeting = transcript(
        segment(0, 10), segment(10, 40, Emotion.HAPPY, language=Language.EN), segment(40, 50, language=Language.NONE)
    )
    assert language_share(meeting) == {Language.EN: 0.75, Language.ZH: 0.25}
    assert emotion_share(meeting) == {Emotion.HAPPY: 0.6, Emotion.ANGRY: 0.4}
    assert language_share(transcript()) == {}


@given(stretches)
def test_minutes_add_up_to_the_seconds(told: list[tuple[int, int]]) -> None:
    found = transcript(*(segment(start, start + length) for start, length in told))
    assert sum(sum(each) for each in emotions_per_minute(found).values()) == pytest.approx(sum(length for _, length in told))


def test_rules_are_read_as_they_are_written() -> None:
    rules = parse_rules(" angry:8/60, laughter:2.5/30, angry@B:4/60 ")
    assert rules == (ANGRY, Rule(Event.LAUGHTER, 2.5, 30), Rule(Emotion.ANGRY, 4, 60, "B"))
    assert parse_rules(format_rules(rules)) == rules
    assert parse_rules("") == DEFAULT_RULES


@pytest.mark.parametrize(
    "text",
    [
        "rage:8/60",
        "angry",
        "angry:x/60",
        "angry:0/60",
        "angry:61/60",
        "angry:nan/60",
        "angry:1/inf",
        "sad:1/9,sad:2/9",
        "sad@:1/9",
        "sad@AB:1/9",
    ],
)
def test_rules_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(InvalidRules):
        parse_rules(text)
