from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.transcript import (
    CLOSING,
    OPENING,
    Language,
    Segment,
    Transcript,
    Word,
    is_unspaced,
    join_texts,
    space_between,
)

EN, ZH = Language.EN, Language.ZH


def joined(*texts: str) -> str:
    return join_texts(texts)


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [
        ("今天", "天气", "今天天气"),
        ("今天。", "天气", "今天。天气"),
        ("今天.", "天气", "今天.天气"),  # half-width marks do not make Chinese spaced
        ("です。", "はい", "です。はい"),
        ("ラー", "メン", "ラーメン"),
        ("Hello", "world", "Hello world"),
        ("Hello.", "World", "Hello. World"),
        ("안녕", "하세요", "안녕 하세요"),
        ("안녕.", "네", "안녕. 네"),
        ("カラオケ", "行こう", "カラオケ行こう"),
        ("ｶﾗｵｹ", "です", "ｶﾗｵｹです"),
        ("人々", "は", "人々は"),
        ("今天", "안녕", "今天 안녕"),
        ("Nice", "안녕", "Nice 안녕"),
        ("それは", "OK", "それは OK"),
        ("GPT-4", "很好", "GPT-4很好"),
        ("第", "3章", "第3章"),
        ("3", "시", "3 시"),
        ("今天😀", "天气", "今天😀天气"),
        ("Hi 😀", "you", "Hi 😀 you"),
        ("她说「", "Hello」", "她说「Hello」"),
        ("你好?", "Hello", "你好? Hello"),
        ("ㅋㅋ", "ㅎㅎ", "ㅋㅋ ㅎㅎ"),
        ("café", "élan", "café élan"),
    ],
)
def test_neighbours_are_joined_as_their_language_writes(left: str, right: str, whole: str) -> None:
    assert joined(left, right) == whole


@pytest.mark.parametrize("mark", [*CLOSING, "．", "：", "〗", "～", "％"])
def test_no_space_stands_before_punctuation(mark: str) -> None:
    assert joined("Hello", f"{mark} world") == f"Hello{mark} world"


@pytest.mark.parametrize("mark", [*OPENING, "［"])
def test_no_space_stands_after_an_opening_mark(mark: str) -> None:
    assert joined(f"he said {mark}", "well") == f"he said {mark}well"


@pytest.mark.parametrize("mark", ["”", "……", "——", "’"])
def test_marks_shared_with_english_do_not_space_chinese(mark: str) -> None:
    assert joined(f"他说好{mark}", "然后") == f"他说好{mark}然后"


def test_a_digit_keeps_to_chinese_but_never_to_another_digit() -> None:
    assert joined("早上", "9点") == "早上9点"
    assert joined("一共9", "个") == "一共9个"
    assert joined("9", "5点") == "9 5点"
    assert joined("Chapter", "3", "begins") == "Chapter 3 begins"


def test_a_full_width_mark_brings_its_own_space() -> None:
    assert joined("你好。", "Hello") == "你好。Hello"
    assert joined("Hello.", "你好") == "Hello. 你好"
    assert joined("我用", "iPhone", "打电话") == "我用 iPhone 打电话"


def test_empty_texts_leave_no_trace() -> None:
    assert joined("", "Hello", " ", "", "world ", "") == "Hello world"
    assert joined() == ""
    assert space_between("", "a") == space_between("a", "") == ""


TEXTS = st.lists(st.text("今天ラ々감사abC9８ 　，。,.!?“”(「」-…é😀", max_size=6), max_size=8)


def said_one_by_one(texts: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """What was said, the space and what is said next: how a stream of increments is made."""
    said = ""
    for text in filter(None, (text.strip() for text in texts)):
        space = space_between(said, text)
        yield said, space, text
        said += space + text


@given(TEXTS)
def test_increments_joined_are_the_whole(texts: list[str]) -> None:
    assert "".join(space + text for _, space, text in said_one_by_one(texts)) == join_texts(texts)


@given(TEXTS)
def test_spaces_stand_between_words_that_have_them_and_nowhere_else(texts: list[str]) -> None:
    for said, space, text in said_one_by_one(texts):
        last, first = said[-1:], text[0]
        assert space in ("", " ")
        if not said or last in OPENING or first in CLOSING:
            assert space == ""
        elif last.isalnum() and first.isalnum() and is_unspaced(last) == is_unspaced(first):
            assert space == ("" if is_unspaced(last) else " ")


@given(TEXTS)
def test_joining_adds_spaces_alone(texts: list[str]) -> None:
    whole = join_texts(texts)
    assert whole == whole.strip()
    assert "".join(whole.split()) == "".join("".join(texts).split())


def test_a_text_of_marks_does_not_hide_what_was_said_before() -> None:
    assert joined("今天", "!", "9点") == "今天!9点"
    assert joined("Hello", "…", "world") == "Hello… world"


def test_shifting_moves_words_with_their_segment() -> None:
    word = Word("hi", 0.5, 1.0, 0.9)
    moved = Transcript((Segment("hi", 0.0, 2.0, EN, words=(word,)),), 2.0).shift(3.0)
    assert moved.duration == 5.0
    assert (moved.segments[0].start, moved.segments[0].end) == (3.0, 5.0)
    assert moved.segments[0].words == (Word("hi", 3.5, 4.0, 0.9),)


def test_parts_are_joined_in_the_order_of_time() -> None:
    late, early = (Transcript((Segment(text, start, start + 1, EN),), start + 1) for text, start in (("b", 5.0), ("a", 1.0)))
    whole = Transcript.join([late, early], 9.0)
    assert (whole.text, whole.duration) == ("a b", 9.0)


def test_the_language_is_the_one_spoken_longest() -> None:
    spoken = (
        Segment("a", 0, 2, EN),
        Segment("你", 2, 3, ZH),
        Segment("b", 3, 4, EN),
        Segment("", 4, 60, Language.NONE),
    )
    assert Transcript(spoken, 60).language is EN
    assert Transcript((), 60).language is Language.NONE
