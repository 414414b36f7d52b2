from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.places import character_times, locate, written
from speech.transcript import Language, Segment, Word


def words(*texts: str) -> list[Word]:
    return [Word(text, float(at), at + 0.5, 1.0) for at, text in enumerate(texts)]


def found(text: str, *texts: str) -> list[str]:
    return [text[begin:end] for begin, end in locate(text, words(*texts))]


def test_words_are_found_in_their_order() -> None:
    assert locate("今天，天气。", words("今", "天", "天", "气")) == [(0, 1), (1, 2), (3, 4), (4, 5)]
    assert locate("Well, the boy.", words("Well", "the", "boy")) == [(0, 4), (6, 9), (10, 13)]


def test_case_and_space_do_not_matter() -> None:
    assert found("Hello World", " hello ", "WORLD") == ["Hello", "World"]
    assert found("İ Straße", "İ", "Straße") == ["İ", "Straße"]  # İ is longer in lower case


def test_a_word_that_is_not_there_takes_no_other_with_it() -> None:
    assert found("好人的书", "的", "好", "人", "的", "书") == ["", "好", "人", "的", "书"]
    assert found("one two three", "one", "zwei", "two", "three", "") == ["one", "", "two", "three", ""]


def test_text_without_words_is_passed_over() -> None:
    assert found("hm, one 2 three", "one", "three") == ["one", "three"]


@given(st.text(max_size=30), st.lists(st.text(max_size=4), max_size=8))
def test_ranges_never_go_back_or_outside(text: str, texts: list[str]) -> None:
    ranges = locate(text, words(*texts))
    edges = [edge for place in ranges for edge in place]
    assert len(ranges) == len(texts)
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)


@given(st.lists(st.text("ab好.", min_size=1, max_size=3), max_size=12), st.text(" ,", max_size=2))
def test_words_written_one_after_another_are_all_found(texts: list[str], between: str) -> None:
    assert found(between.join(texts), *texts) == texts


@pytest.mark.parametrize(
    ("text", "texts", "parts"),
    [
        ("今天，天气。", "今天天气", ["今", "天，", "天", "气。"]),
        ("Well, the boy.", ["well", "the", "boy"], ["Well,", " the", " boy."]),
        (" he said “go” (now)", ["he", "said", "go", "now"], [" he", " said", " “go”", " (now)"]),
        ("他说“好”然后走", "他说好然后走", ["他", "说", "“好”", "然", "后", "走"]),
        ("one three", ["one", "two", "three"], ["one", "", " three"]),
        ("，", [], []),
    ],
)
def test_words_are_written_with_their_spaces_and_marks(text: str, texts: list[str], parts: list[str]) -> None:
    assert written(text, words(*texts)) == parts


@given(st.text("a好 .“，", max_size=30), st.lists(st.text("a好", min_size=1, max_size=2), min_size=1, max_size=8))
def test_the_parts_of_a_text_are_the_text(text: str, texts: list[str]) -> None:
    parts = written(text, words(*texts))
    assert ("".join(parts), len(parts)) == (text, len(texts))


def test_a_character_has_the_time_of_its_word() -> None:
    segment = Segment("ab, 好", 0.0, 4.0, Language.EN, words=(Word("ab", 1.0, 2.0, 1.0), Word("好", 3.0, 3.5, 1.0)))
    assert character_times(segment, segment.text) == [(1.0, 1.5), (1.5, 2.0), (2.0, 2.5), (2.5, 3.0), (3.0, 3.5)]


def test_without_words_time_is_shared() -> None:
    segment = Segment("今天天气", 2.0, 4.0, Language.ZH)
    assert character_times(segment, "今天天气") == [(2.0, 2.5), (2.5, 3.0), (3.0, 3.5), (3.5, 4.0)]
    assert character_times(segment, "") == []


@given(st.lists(st.tuples(st.text("a好", min_size=1, max_size=2), st.floats(-1, 9), st.floats(-1, 9)), max_size=8))
def test_times_never_go_back_or_outside(timed: list[tuple[str, float, float]]) -> None:
    text = "a好 a，好好a 好a"
    segment = Segment(text, 1.0, 5.0, Language.ZH, words=tuple(Word(w, start, end, 1.0) for w, start, end in timed))
    edges = [edge for span in character_times(segment, text) for edge in span]
    assert len(edges) == 2 * len(text)
    assert all(1.0 <= edge <= 5.0 for edge in edges)
    assert all(later - edge > -1e-9 for edge, later in pairwise(edges))


@pytest.mark.parametrize("text", ["", "，。"])
def test_words_without_a_place_give_no_times(text: str) -> None:
    segment = Segment(text, 0.0, 2.0, Language.ZH, words=tuple(words("好")))
    assert [edge for span in character_times(segment, text) for edge in span] == [0.0, 1.0, 1.0, 2.0][: 2 * len(text)]
