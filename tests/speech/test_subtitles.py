from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from unicodedata import east_asian_width

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.labels import PLAIN, STYLES, ZH, Labels, parse_labels
from speech.marks import mark
from speech.subtitles import LINE, Cue, cues, milliseconds, one_line, width
from speech.transcript import Emotion, Event, Language, Segment, Transcript, Word, join_texts

Spoken = tuple[str, str, float, float]  # a word, the marks after it, how long it lasts, the pause after it


def segment(spoken: list[Spoken], start: float, **more: object) -> Segment:
    """Words said one after another, with a margin of 0.2 s on both sides as detectors leave."""
    now, words = start + 0.2, []
    for text, _, length, pause in spoken:
        words.append(Word(text, now, now + length, 1.0))
        now += length + pause
    end = (words[-1].end if words else now) + 0.2
    text = join_texts(word + marks for word, marks, _, _ in spoken)
    return Segment(text, start, end, Language.ZH, words=tuple(words), **more)  # type: ignore[arg-type]


def transcript(*segments: Segment) -> Transcript:
    return Transcript(segments, segments[-1].end if segments else 0.0)


def texts(found: list[Cue]) -> list[str]:
    return ["/".join(cue.lines) for cue in found]


def said(text: str, length: float = 0.2) -> list[Spoken]:
    """Each Chinese character or Latin word of a text at an even pace."""
    return [(word, marks.strip(), length, 0.0) for word, marks in re.findall(r"([a-zA-Z']+|[一-龥])([^\w]*)", text)]


ORDINARY = st.tuples(
    st.sampled_from(["今", "天", "好", "ラ", "ん", "the", "boy", "chieftain", "감사", "정말요", "9", "don't"]),
    st.sampled_from(["", "", "", "，", "。", ",", ".", "?!", "”"]),
    st.floats(0.0, 0.6) | st.just(0.0),
    st.sampled_from([0.0, 0.0, 0.05, 0.4, 0.9, 1.5, 9.0]),
)
ODD = st.tuples(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), st.text("。-> \n\x00“(é\u0301", max_size=50),
    st.floats(0, 12), st.floats(0, 3),
)  # fmt: skip
HUGE = st.tuples(st.sampled_from(["w" * 60, "嗯" * 50, "x" * 42, "好" * 20]), st.just(""), st.floats(0, 12), st.just(0.0))
EVENTS = st.lists(st.sampled_from(list(Event)), max_size=3).map(tuple)
APART = st.sampled_from([0.0, 0.0, 0.1, 2.0])


@st.composite
def conversations(
    draw: st.DrawFn, words: st.SearchStrategy[Spoken] = ORDINARY | ODD | HUGE, gaps: st.SearchStrategy[float] = APART
) -> Transcript:
    """Segments in the order of time, some without words; negative gaps let them overlap."""
    now, segments = 0.0, []
    for _ in range(draw(st.integers(0, 6))):
        more = {"emotion": draw(st.sampled_from(list(Emotion))), "events": draw(EVENTS)}
        made = segment(draw(st.lists(words, max_size=40)), now, **more)
        segments.append(made if draw(st.integers(0, 3)) else replace(made, words=()))
        now = max(made.start, made.end + draw(gaps))
    return Transcript(tuple(segments), max([0.0, *(made.end for made in segments)]) + draw(st.floats(0, 2)))


ANY = conversations() | conversations(gaps=st.sampled_from([0.0, -0.3, -2.0, -60.0]))
STYLE = st.sampled_from(list(STYLES.values()))


def wide(text: str) -> int:
    return sum(east_asian_width(character) in ("W", "F") for character in text)


def bare(text: str) -> str:
    return re.sub(r"\s", "", one_line(text))


def shown(found: list[Cue]) -> str:
    return bare("".join(line for cue in found for line in cue.lines))


@settings(max_examples=200)
@given(ANY, STYLE)
def test_cues_keep_their_limits(heard: Transcript, labels: Labels) -> None:
    found = cues(heard, labels)
    for cue in found:
        assert 1 <= len(cue.lines) <= 2
        assert all(line and line == one_line(line) for line in cue.lines)
        assert all(wide(line) / 20 + (len(line) - wide(line)) / 42 <= 1 for line in cue.lines)
        assert 0 <= cue.start_ms < cue.end_ms <= cue.start_ms + 7000
        assert isinstance(cue.start_ms, int)
        assert isinstance(cue.end_ms, int)
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(found))


@settings(max_examples=200)
@given(ANY, STYLE)
def test_no_text_is_lost_or_doubled(heard: Transcript, labels: Labels) -> None:
    found = cues(heard, labels)
    written = bare("".join(marked.line for marked in mark(heard, labels, each=True)))
    assert Counter(shown(found)) == Counter(written)
    if all(one.end <= other.start for one, other in pairwise(heard.segments)):
        assert shown(found) == written


@settings(max_examples=100)
@given(conversations(ORDINARY))
def test_every_line_stands_in_the_text_as_it_is(heard: Transcript) -> None:
    """So no space is missing in it, and none is too much."""
    assert all(line in heard.text for cue in cues(heard, PLAIN) for line in cue.lines)


@settings(max_examples=300)
@given(ANY, STYLE)
def test_a_cue_is_gone_within_a_second_only_where_there_is_no_room(heard: Transcript, labels: Labels) -> None:
    """It fills all the time that its neighbours leave, and together with one of them it would be too long."""
    found = cues(heard, labels)
    ends = [0, *(cue.end_ms for cue in found)]
    starts = [*(cue.start_ms for cue in found[1:]), milliseconds(heard.duration)]
    for at, (cue, before, after) in enumerate(zip(found, ends, starts, strict=False)):
        if cue.end_ms - cue.start_ms < 1000:
            assert cue.start_ms == before
            assert cue.end_ms >= after
            for one, other in pairwise(found[max(0, at - 1) : at + 2]):
                together = sum(width(line) for line in (*one.lines, *other.lines))
                assert together > LINE or other.end_ms - one.start_ms > 7000


@settings(max_examples=100)
@given(conversations(ORDINARY))
def test_a_cue_is_there_when_its_words_are_said(heard: Transcript) -> None:
    words = [word for segment in heard.segments for word in segment.words]
    for cue in cues(replace(heard, segments=tuple(one for one in heard.segments if one.words)), PLAIN):
        rest = "".join(cue.lines).replace(" ", "")
        while rest and words and words[0].text in rest:
            word, rest = words[0], rest.split(words[0].text, 1)[1]
            assert cue.start_ms - 2 <= word.start * 1000 <= cue.end_ms + 2
            words.pop(0)
    assert not words


def test_a_short_text_is_one_cue_with_the_times_of_its_segment() -> None:
    heard = transcript(segment(said("今天天气真好啊！"), 3.0))
    assert cues(heard, PLAIN) == [Cue(3000, 4800, ("今天天气真好啊！",))]


def test_cues_end_at_sentences() -> None:
    text = "我们一起去公园玩吧，今天天气真好啊！你说这个主意到底好不好呢？我觉得非常不错，大家都需要放松。"
    assert texts(cues(transcript(segment(said(text), 0.0)), PLAIN)) == [
        "我们一起去公园玩吧，今天天气真好啊！",
        "你说这个主意到底好不好呢？/我觉得非常不错，大家都需要放松。",
    ]


def test_cues_end_at_clauses_and_at_short_pauses() -> None:
    even = said("我们一起去公园玩") + said("今天天气真好啊大家都开心", 0.5)
    clause = [(word, "，" if at == 5 else marks, length, pause) for at, (word, marks, length, pause) in enumerate(even)]
    paused = [(word, marks, length, 0.8 if at == 5 else 0.0) for at, (word, marks, length, _) in enumerate(even)]
    assert texts(cues(transcript(segment(clause, 0.0)), PLAIN))[0] == "我们一起去公，"
    assert texts(cues(transcript(segment(paused, 0.0)), PLAIN))[0] == "我们一起去公"


def test_english_breaks_between_words() -> None:
    text = "the tribal chieftain called for the boy and presented him with fifty pieces of gold"
    assert texts(cues(transcript(segment(said(text), 0.0)), PLAIN)) == [
        "the tribal chieftain called for the boy",
        "and presented him with/fifty pieces of gold",
    ]


def test_a_long_pause_begins_a_new_cue() -> None:
    found = cues(transcript(segment([("好", "，", 0.3, 1.5), ("再", "", 0.3, 0.0), ("见", "。", 0.3, 0.0)], 0.0)), PLAIN)
    assert texts(found) == ["好，", "再见。"]
    assert (found[0].end_ms, found[1].start_ms) == (1500, 1800)  # a second after its word, and a second before the end


def spoken(*times: tuple[str, float, float], duration: float) -> list[tuple[int, int, str]]:
    heard = Transcript(tuple(Segment(text, start, end, Language.ZH) for text, start, end in times), duration)
    return [(cue.start_ms, cue.end_ms, "/".join(cue.lines)) for cue in cues(heard, PLAIN)]


def test_a_cue_stays_a_second_where_there_is_room() -> None:
    assert spoken(("好", 1.0, 1.3), duration=5.0) == [(1000, 2000, "好")]
    assert spoken(("好", 1.0, 1.3), ("嗯", 2.5, 2.7), duration=3.0) == [(1000, 2000, "好"), (2000, 3000, "嗯")]


def test_cues_without_a_second_of_their_own_go_together_a_line_each() -> None:
    assert spoken(("好。", 0.0, 0.3), ("嗯", 0.5, 0.9), ("走吧。", 3.0, 4.0), duration=4.0) == [
        (0, 1000, "好。/嗯"),
        (3000, 4000, "走吧。"),
    ]
    long = "今天天气真好啊我们一起去公园玩吧你说好不好呢"
    assert [texts for *_, texts in spoken((long, 0.0, 5.0), ("好。", 5.3, 5.5), ("走", 5.6, 8.0), duration=8.0)] == [
        "今天天气真好啊我们一起/去公园玩吧你说好不好呢",
        "好。/走",
    ]


def test_a_short_cue_stays_alone_where_nothing_fits_to_it() -> None:
    full = "今天天气真好啊我们一起去公园玩吧你说好不" * 2
    assert spoken((full, 0.0, 5.0), ("好。", 5.0, 5.5), (full, 5.5, 10.0), duration=10.0)[1] == (5000, 5500, "好。")


def test_overlapping_and_empty_times_are_put_in_order() -> None:
    times = ("嗯", 0.5, 9.0), ("好", 1.0, 1.0), ("好", 1.0, 1.0)
    assert spoken(*times, duration=9.0) == [(0, 1000, "嗯/好"), (1000, 2000, "好")]


def test_a_word_longer_than_a_line_is_cut_and_shown_as_it_is_said() -> None:
    heard = transcript(segment([("w" * 90, "", 9.0, 0.0), ("end", ".", 0.5, 0.0)], 0.0))
    found = cues(heard, PLAIN)
    assert "".join(texts(found)).replace("/", "") == "w" * 90 + " end."
    assert [cue.end_ms - cue.start_ms >= 1000 for cue in found] == [True] * len(found)


def test_labels_stay_with_their_words() -> None:
    segments = [segment(said("今天天气真好啊我们一起去公园玩吧你说好不好"), 0.0, emotion=Emotion.HAPPY, events=(Event.LAUGHTER,))]
    assert texts(cues(transcript(*segments), ZH)) == ["[开心]今天天气真好啊我们一/起去公园玩吧你说好不好[笑声]"]
    assert texts(cues(transcript(*segments), PLAIN)) == ["今天天气真好啊我们一/起去公园玩吧你说好不好"]


def test_a_sound_without_words_is_a_cue_only_where_labels_are_shown() -> None:
    heard = transcript(Segment("", 1.0, 60.0, Language.NONE, Emotion.HAPPY, (Event.BGM, Event.LAUGHTER)))
    assert cues(heard, ZH) == [Cue(1000, 8000, ("[背景音乐][开心][笑声]",))]
    assert cues(heard, PLAIN) == []


@pytest.mark.parametrize("size", [1, 20, 21, 40])
def test_labels_of_any_size_fit(size: int) -> None:
    labels = parse_labels({"emotions": {"happy": "笑" * size}})
    heard = transcript(Segment("Supercalifragilisticexpialidocious!", 0.0, 3.0, Language.EN, Emotion.HAPPY))
    found = cues(heard, labels)
    assert "".join(texts(found)).replace("/", "") == "笑" * size + "Supercalifragilisticexpialidocious!"
    assert all(wide(line) / 20 + (len(line) - wide(line)) / 42 <= 1 for cue in found for line in cue.lines)


def test_a_cue_does_not_end_where_it_would_be_gone_at_once() -> None:
    hasty = said("今天天气真好啊。", 0.05) + said("我们一起去公园玩吧", 0.8)
    found = cues(transcript(segment(hasty, 0.0)), PLAIN)
    assert len(found) == 2
    assert found[0].end_ms - found[0].start_ms > 1000


def test_a_label_is_not_parted_from_its_words() -> None:
    labels = parse_labels({"events": {"laughter": "[大家都笑了起来]"}})
    found = cues(transcript(segment(said("今天天气真好啊今天天气真好。"), 0.0, events=(Event.LAUGHTER,))), labels)
    assert texts(found) == ["今天天气真好啊今天天气/真好。[大家都笑了起来]"]


@pytest.mark.parametrize("together", ["好」。", "ラーメ", "あっ", "“你", "👨\u200d👩", "か\u3099", "❤\ufe0f"])
def test_what_belongs_together_stays_on_a_line(together: str) -> None:
    for count in range(10, 16):
        text = "今" * count + together + "今" * 13
        lines = [line for cue in cues(transcript(Segment(text, 0.0, 6.0, Language.JA)), PLAIN) for line in cue.lines]
        assert len(lines) == 2
        assert not [line for line in lines if line[0] in "」。ーっ\u200d\u3099\ufe0f" or line[-1] in "“\u200d"]


def test_who_goes_on_after_somebody_else_is_named_again() -> None:
    long = said("one two three four five. six seven eight nine ten. eleven twelve thirteen fourteen fifteen.", 0.5)
    found = cues(Transcript((segment(long, 0.0, speaker="A"), segment(said("yes"), 3.0, speaker="B")), 9.0), PLAIN)
    names = [cue.lines[0][:3] for cue in found]
    assert names[0] == "A: "
    assert "B: " in names
    assert names[names.index("B: ") + 1] == "A: "
    assert sum(" ".join(cue.lines).count("A: ") for cue in found) <= len(found)
    alone = cues(transcript(segment(long, 0.0, speaker="A")), PLAIN)
    assert sum(" ".join(cue.lines).count("A: ") for cue in alone) == 1
