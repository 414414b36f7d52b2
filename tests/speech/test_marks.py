from __future__ import annotations

import pytest

from speech.labels import EMOJI, EN, ZH, Labels, parse_labels
from speech.marks import mark
from speech.transcript import Emotion, Event, Language, Segment, Transcript

HAPPY, SAD, NEUTRAL, UNKNOWN = Emotion.HAPPY, Emotion.SAD, Emotion.NEUTRAL, Emotion.UNKNOWN
BGM, LAUGHTER, COUGH = Event.BGM, Event.LAUGHTER, Event.COUGH


def heard(text: str, emotion: Emotion = UNKNOWN, *events: Event) -> Segment:
    return Segment(text, 0.0, 1.0, Language.ZH, emotion, events)


def lines(labels: Labels, *segments: Segment, each: bool = False, names: dict[str, str] | None = None) -> list[str]:
    return [marked.line for marked in mark(Transcript(segments, 1.0, names or {}), labels, each=each)]


def test_an_emotion_is_said_where_it_begins() -> None:
    assert lines(ZH, heard("一", HAPPY), heard("二", HAPPY), heard("三", SAD)) == ["[开心]一", "二", "[伤心]三"]


def test_an_emotion_that_comes_back_is_said_again() -> None:
    assert lines(ZH, heard("一", HAPPY), heard("二", NEUTRAL), heard("三", HAPPY)) == ["[开心]一", "二", "[开心]三"]


def test_a_sound_without_words_does_not_interrupt_an_emotion() -> None:
    assert lines(ZH, heard("一", HAPPY), heard("", UNKNOWN, COUGH), heard("二", HAPPY)) == ["[开心]一", "[咳嗽]", "二"]


def test_an_emotion_that_stands_last_is_said_where_it_ends() -> None:
    assert lines(EMOJI, heard("一", HAPPY), heard("二", HAPPY), heard("三", SAD)) == ["一", "二😊", "三😔"]


def test_each_line_can_have_its_emotion() -> None:
    assert lines(ZH, heard("一", HAPPY), heard("二", HAPPY), each=True) == ["[开心]一", "[开心]二"]
    assert lines(EMOJI, heard("一", HAPPY), heard("二", HAPPY), each=True) == ["一😊", "二😊"]


def test_a_shown_neutral_ends_an_emotion_for_the_reader() -> None:
    table = parse_labels({"emotions": {"neutral": "[平静]"}})
    assert lines(table, heard("一", HAPPY), heard("二", NEUTRAL), heard("三", NEUTRAL)) == [
        "[开心]一",
        "[平静]二",
        "三",
    ]


def test_an_event_that_goes_on_is_opened_once_and_closed() -> None:
    segments = [heard("一", UNKNOWN, BGM), heard("二", UNKNOWN, BGM), heard("三", UNKNOWN, BGM), heard("四")]
    assert lines(ZH, *segments) == ["[背景音乐]一", "二", "三[背景音乐结束]", "四"]
    assert lines(EN, *segments) == ["[background music]一", "二", "三[background music ends]", "四"]
    assert lines(EMOJI, *segments) == ["🎼一", "二", "三", "四"]  # FunASR's sign would be there for each


def test_opening_and_closing_and_once_are_three_labels() -> None:
    table = parse_labels({"events": {"bgm": {"once": "♪", "open": "♪(", "close": ")♪"}}})
    music = heard("一", UNKNOWN, BGM)
    assert lines(table, music) == ["♪一"]
    assert lines(table, music, music, heard("二")) == ["♪(一", "一)♪", "二"]


def test_nothing_heard_does_not_end_an_event() -> None:
    segments = [heard("一", UNKNOWN, BGM), heard(""), heard("二", UNKNOWN, BGM)]
    assert lines(ZH, *segments) == ["[背景音乐]一", "", "二[背景音乐结束]"]


@pytest.mark.parametrize("moment", [Event.SNEEZE, Event.COUGH])
def test_two_coughs_are_two(moment: Event) -> None:
    label = ZH.events[moment].once
    assert lines(ZH, heard("一", UNKNOWN, moment), heard("二", UNKNOWN, moment)) == [f"一{label}", f"二{label}"]


def test_one_segment_of_music_stands_before_the_words_and_laughter_after() -> None:
    assert lines(ZH, heard("一", HAPPY, BGM, LAUGHTER)) == ["[背景音乐][开心]一[笑声]"]
    assert lines(EMOJI, heard("一", HAPPY, BGM, LAUGHTER)) == ["🎼😀一😊"]


def test_events_close_in_the_reverse_order_of_opening() -> None:
    both = heard("一", UNKNOWN, BGM, LAUGHTER)
    assert lines(ZH, both, both) == ["[背景音乐][笑声]一", "一[笑声结束][背景音乐结束]"]


def test_an_event_named_twice_is_one() -> None:
    assert lines(ZH, heard("一", UNKNOWN, LAUGHTER, LAUGHTER)) == ["一[笑声]"]


def test_nothing_gives_nothing() -> None:
    assert lines(ZH) == []


def by(speaker: str, text: str, emotion: Emotion = UNKNOWN, *events: Event) -> Segment:
    return Segment(text, 0.0, 1.0, Language.ZH, emotion, events, speaker=speaker)


def test_a_speaker_is_named_where_he_begins() -> None:
    talk = (by("A", "一"), by("A", "二"), by("B", "三"), by("B", ""), by("A", ""), by("B", "四"), by("A", "五"))
    assert lines(ZH, *talk) == ["A: 一", "二", "B: 三", "", "", "四", "A: 五"]
    assert lines(ZH, *talk, each=True) == ["A: 一", "A: 二", "B: 三", "", "", "B: 四", "A: 五"]


def test_two_speakers_of_one_name_are_two() -> None:
    talk = (by("A", "一", HAPPY, LAUGHTER), by("B", "二", HAPPY, LAUGHTER))
    assert lines(ZH, *talk, names={"A": "李", "B": "李"}) == ["李: [开心]一[笑声]", "李: [开心]二[笑声]"]


def test_each_speakers_emotion_is_said_anew() -> None:
    assert lines(ZH, by("A", "一", HAPPY), by("B", "二", HAPPY), by("B", "三", HAPPY)) == ["A: [开心]一", "B: [开心]二", "三"]
    assert lines(EMOJI, by("A", "一", HAPPY), by("B", "二", HAPPY)) == ["A: 一😊", "B: 二😊"]


def test_a_sound_without_a_label_names_nobody() -> None:
    assert lines(parse_labels({"base": "plain"}), by("A", "", UNKNOWN, COUGH)) == [""]


def test_after_a_sound_that_is_not_written_the_speaker_is_still_to_be_named() -> None:
    table = parse_labels({"base": "plain"})
    assert lines(table, by("A", "一"), by("B", "", UNKNOWN, LAUGHTER), by("B", "二")) == ["A: 一", "", "B: 二"]


def test_two_speakers_do_not_laugh_one_laugh() -> None:
    laughing = (by("A", "一", UNKNOWN, LAUGHTER), by("B", "二", UNKNOWN, LAUGHTER), by("B", "三", UNKNOWN, LAUGHTER))
    assert lines(ZH, *laughing) == ["A: 一[笑声]", "B: [笑声]二", "三[笑声结束]"]
