from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sensevoice.align import LEAD, LINGER, Spike, spikes, words
from models.sensevoice.features import FRAME

PIECES = ["", "▁", "▁the", "▁don", "'", "t", "9", ":", "30", "时间", "。", "▁3", "시", "에", ",", "<|BGM|>", "ー", "%", "▁a▁b"]


def said(*pieces: str, duration: float = 60.0) -> list[str]:
    """The words of pieces that stand ten frames from one another."""
    found = [Spike(token, token * 10, token * 10, 0.9) for token in range(len(pieces))]
    return [word.text for word in words(found, pieces.__getitem__, duration)]


def times(path: Sequence[int], pieces: Sequence[str], duration: float = 60.0) -> list[tuple[str, float, float]]:
    found = words(spikes(path, [0.5] * len(path)), pieces.__getitem__, duration)
    return [(word.text, round(word.start, 9), round(word.end, 9)) for word in found]


def at(text: str, start: float, end: float) -> tuple[str, float, float]:
    return (text, round(start, 9), round(end, 9))


# --- spikes ---


def test_repeats_are_one_spike_and_blanks_are_none() -> None:
    assert spikes([0, 7, 7, 0, 0, 8], [0.9, 0.4, 0.6, 0.9, 0.9, 0.5]) == [Spike(7, 1, 2, 0.5), Spike(8, 5, 5, 0.5)]


def test_a_blank_between_makes_the_same_character_twice() -> None:
    assert [spike.token for spike in spikes([7, 0, 7, 7], [1.0] * 4)] == [7, 7]
    assert said("妈", "妈") == ["妈", "妈"]


def test_a_silent_path_has_no_spikes_and_no_words() -> None:
    assert spikes([0, 0, 0], [1.0] * 3) == []
    assert spikes([], []) == []
    assert words([], PIECES.__getitem__, 1.0) == ()


# --- what is a word ---


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["▁I", "▁don", "'", "t", "▁know", "."], ["I", "don't", "know"]),
        (["▁don", "’", "t"], ["don’t"]),
        (["the", "▁trib", "al", "▁chief", "tain"], ["the", "tribal", "chieftain"]),
        (["▁at", "▁", "9", ":", "3", "0", "▁in"], ["at", "9:30", "in"]),
        (["▁it", "▁costs", "▁$", "2", "5", ",", "▁or", "▁2", "0", "%", "."], ["it", "costs", "$25", "or", "20%"]),
        (["▁12", ",", "000", ",", "▁3", ".", "5", "."], ["12,000", "3.5"]),
        (["▁in", "▁2", "0", "2", "4", ","], ["in", "2024"]),
        (["▁well", "-", "known", "▁", "-", "▁yes"], ["well-known", "yes"]),
        (["▁a", "▁3", "-", "year", "-", "old"], ["a", "3-year-old"]),
        (["▁GPT", "-", "4", ".", "5", "▁v", "2", ".", "0"], ["GPT-4.5", "v2.0"]),
        (["▁“", "Yes", ",", "”", "▁she", "▁said", "…"], ["Yes", "she", "said"]),
        (["开", "饭", "时间", "早上", "9", "点"], ["开", "饭", "时", "间", "早", "上", "9", "点"]),
        (["2", "0", "2", "4", "年", "5", "月"], ["2024", "年", "5", "月"]),
        (["增长", "2", "0", "%", "，", "二", "〇"], ["增", "长", "20%", "二", "〇"]),
        (["今天", "2", "5", "℃", "。"], ["今", "天", "25℃"]),
        (["用", "Python", "▁and", "▁C", "写", "的"], ["用", "Python", "and", "C", "写", "的"]),
        (["コー", "ヒー", "、", "人々"], ["コ", "ー", "ヒ", "ー", "人", "々"]),
        (["ジョン", "・", "スミス"], ["ジ", "ョ", "ン", "ス", "ミ", "ス"]),
        (["▁오", "후", "▁3", "시", "에", "▁만나", "요", "."], ["오후", "3시에", "만나요"]),
        (["▁2", "0", "%", "의", "▁1", ",", "000", "원"], ["20%의", "1,000원"]),
        (["▁", "▁", "。", "?", "！"], []),
    ],
)
def test_words_are_whole_and_marks_are_none(pieces: list[str], expected: list[str]) -> None:
    assert said(*pieces) == expected


@pytest.mark.parametrize("piece", ["▁the", "the"])
def test_a_leading_space_is_no_part_of_a_word(piece: str) -> None:
    assert said(piece, "▁end") == ["the", "end"]


def test_a_tag_is_no_word_and_splits_none() -> None:
    assert said("<|zh|>", "▁hel", "<|Laughter|>", "lo") == ["hello"]


# --- times ---


def test_a_frame_stands_for_the_60_ms_around_its_centre() -> None:
    assert times([0, 0, 1, 1, 1, 0], ["", "好"]) == [at("好", 2 * FRAME - LEAD, 4 * FRAME + LEAD)]


def test_a_spike_lasts_to_the_next_token() -> None:
    assert times([0, 1, 0, 2, 2], ["", "你", "好"]) == [at("你", FRAME - LEAD, 3 * FRAME - LEAD), at("好", 0.15, 0.27)]


def test_a_spike_lingers_only_so_long() -> None:
    assert times([0, 1, *[0] * 50, 2, 2], ["", "你", "好"])[0] == at("你", FRAME - LEAD, FRAME + LEAD + LINGER)


def test_a_held_token_ends_with_its_run() -> None:
    assert times([1, 1, 1, *[0] * 50, 2], ["", "啊", "好"])[0] == at("啊", 0.0, 2 * FRAME + LEAD)


def test_a_mark_ends_the_word_before_it() -> None:
    assert times([0, 1, 2, 0, 3, 3], ["", "好", "。", "吗"])[0] == at("好", FRAME - LEAD, 2 * FRAME - LEAD)


def test_the_characters_of_a_piece_share_its_time() -> None:
    assert times([0, 1, 1, 1, 1, 0], ["", "▁时间"]) == [("时", 0.03, 0.15), ("间", 0.15, 0.27)]


def test_a_word_reaches_from_its_first_piece_to_its_last() -> None:
    assert times([1, 1, 0, 0, 2, 2, 0], ["", "▁chief", "tain"]) == [at("chieftain", 0.0, 5 * FRAME + LEAD)]


def test_no_word_outlasts_the_clip() -> None:
    assert times([0, 0, 1], ["", "好"], duration=0.12) == [at("好", 2 * FRAME - LEAD, 0.12)]
    assert times([0, 0, 0, 0, 1], ["", "好"], duration=0.1) == [("好", 0.1, 0.1)]


def test_confidence_is_the_mean_of_the_frames() -> None:
    (word,) = words(spikes([1, 1, 0, 2], [0.8, 1.0, 1.0, 0.5]), ["", "▁a", "b"].__getitem__, 1.0)
    assert word.confidence == pytest.approx((0.9 + 0.5) / 2)


# --- whatever the path ---

PATHS = st.lists(st.integers(0, len(PIECES) - 1), max_size=40)


@given(PATHS, st.floats(0, 3))
def test_words_are_ordered_and_inside_the_clip(path: list[int], duration: float) -> None:
    found = words(spikes(path, [0.5] * len(path)), PIECES.__getitem__, duration)
    edges = [edge for word in found for edge in (word.start, word.end)]
    assert all(0 <= edge <= duration for edge in edges)
    assert edges == sorted(edges)
    assert all(later.start >= word.end for word, later in pairwise(found))


@given(PATHS)
def test_words_are_the_text_without_marks(path: list[int]) -> None:
    found = spikes(path, [0.5] * len(path))
    text = "".join("" if PIECES[spike.token].startswith("<|") else PIECES[spike.token] for spike in found)
    heard = "".join(word.text for word in words(found, PIECES.__getitem__, 60.0))
    assert [letter for letter in heard if letter.isalnum()] == [letter for letter in text if letter.isalnum()]
    assert all(letter in text for letter in heard)


@given(PATHS, st.floats(0.01, 1))
def test_confidences_stay_within_those_of_the_frames(path: list[int], probability: float) -> None:
    for word in words(spikes(path, [probability] * len(path)), PIECES.__getitem__, 60.0):
        assert word.confidence == pytest.approx(probability)
