from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.errors import InvalidSpan
from speech.spans import Span, gaps, merge, pad, split

# --- span ---


def test_a_span_has_a_length_and_an_order() -> None:
    assert Span(1, 3.5).length == 2.5
    assert sorted([Span(2, 3), Span(0, 9), Span(0, 1)]) == [Span(0, 1), Span(0, 9), Span(2, 3)]


@pytest.mark.parametrize(("start", "end"), [(2, 1), (-1, 1), (float("nan"), 1), (0, float("nan"))])
def test_a_span_cannot_run_backwards_or_begin_before_the_recording(start: float, end: float) -> None:
    with pytest.raises(InvalidSpan):
        Span(start, end)


# --- merge ---


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([Span(0, 1)], [Span(0, 1)]),
        ([Span(0, 1), Span(1.2, 2)], [Span(0, 2)]),
        ([Span(0, 1), Span(1.5, 2)], [Span(0, 2)]),
        ([Span(0, 1), Span(1.6, 2)], [Span(0, 1), Span(1.6, 2)]),
        ([Span(0, 1), Span(1, 2), Span(2, 3)], [Span(0, 3)]),
        ([Span(0, 5), Span(1, 2), Span(5.2, 6)], [Span(0, 6)]),
        ([Span(1.2, 2), Span(0, 1)], [Span(0, 2)]),
    ],
)
def test_neighbours_over_a_short_gap_become_one(spans: list[Span], expected: list[Span]) -> None:
    assert merge(spans, gap=0.5) == expected


def test_neighbours_stay_apart_where_together_they_are_too_long() -> None:
    spans = [Span(0, 4), Span(4.1, 8), Span(8.1, 9), Span(9.1, 20)]
    assert merge(spans, gap=0.5, longest=8) == [Span(0, 8), Span(8.1, 9), Span(9.1, 20)]


# --- split ---


def test_what_is_short_enough_stays_whole() -> None:
    assert split(Span(5, 15), longest=10, pauses=[Span(7, 8)]) == [Span(5, 15)]


def test_a_long_stretch_is_cut_in_the_middle_of_a_pause() -> None:
    assert split(Span(0, 15), longest=10, pauses=[Span(7, 8)]) == [Span(0, 7.5), Span(7.5, 15)]


def test_the_longest_pause_of_the_second_half_is_taken() -> None:
    pauses = [Span(1, 4), Span(6, 6.2), Span(7, 8), Span(9, 9.5), Span(11, 14)]
    assert split(Span(0, 16), longest=10, pauses=pauses)[0] == Span(0, 7.5)


def test_a_pause_over_the_edge_of_the_window_is_cut_inside_both() -> None:
    (first, second) = split(Span(0, 15), longest=10, pauses=[Span(9, 13)])
    assert (first.end, second.start) == (9.5, 9.5)


def test_a_sliver_at_the_end_is_left_only_where_a_word_would_be_cut_else() -> None:
    assert split(Span(0, 13), longest=12, pauses=[Span(7, 7.2), Span(10.5, 12)])[0] == Span(0, 7.1)
    assert split(Span(0, 13), longest=12, pauses=[Span(10.5, 11)]) == [Span(0, 10.75), Span(10.75, 13)]


def test_without_a_pause_the_pieces_are_even_and_none_is_a_sliver() -> None:
    assert split(Span(0, 12), longest=10) == [Span(0, 6), Span(6, 12)]
    assert [piece.length for piece in split(Span(2, 92.5), longest=30)] == pytest.approx([22.625] * 4)


TIMES = st.floats(0, 500).map(lambda value: round(value, 3))
SPANS = st.builds(lambda start, length: Span(start, start + length), TIMES, st.floats(0, 60).map(lambda v: round(v, 3)))


def in_order(spans: list[Span]) -> list[Span]:
    """Those that begin after the last has ended, as a detector gives them."""
    ordered: list[Span] = []
    for span in sorted(spans):
        if not ordered or span.start >= ordered[-1].end:
            ordered.append(span)
    return ordered


DETECTED = st.lists(SPANS, max_size=12).map(in_order)


@given(SPANS, st.floats(0.5, 40), DETECTED)
def test_pieces_cover_the_span_and_none_is_too_long(span: Span, longest: float, pauses: list[Span]) -> None:
    pieces = split(span, longest, pauses)
    assert (pieces[0].start, pieces[-1].end) == (span.start, span.end)
    assert all(left.end == right.start for left, right in pairwise(pieces))
    assert all(piece.length <= longest + 1e-9 for piece in pieces)
    assert all(piece.length >= longest / 2 - 1e-9 for piece in pieces[:-1])


@given(SPANS, st.floats(0.5, 40), DETECTED)
def test_every_cut_lies_in_a_pause_where_its_window_has_one(span: Span, longest: float, pauses: list[Span]) -> None:
    for piece in split(span, longest, pauses)[:-1]:
        half, limit = piece.start + longest / 2, piece.start + longest
        reachable = [pause for pause in pauses if pause.end > half and pause.start < limit]
        assert not reachable or any(pause.start <= piece.end <= pause.end for pause in reachable)


@given(SPANS, st.floats(0.5, 40))
def test_without_pauses_all_pieces_are_of_one_length(span: Span, longest: float) -> None:
    lengths = [piece.length for piece in split(span, longest)]
    assert lengths == pytest.approx([lengths[0]] * len(lengths))


# --- pad ---


def test_a_margin_is_kept_around_speech() -> None:
    assert pad([Span(1, 2), Span(5, 6)], margin=0.5, duration=10) == [Span(0.5, 2.5), Span(4.5, 6.5)]


def test_neighbours_share_a_gap_that_is_too_small_for_both_margins() -> None:
    assert pad([Span(1, 2), Span(2.5, 3)], margin=0.5, duration=10) == [Span(0.5, 2.25), Span(2.25, 3.5)]


def test_a_margin_ends_with_the_recording() -> None:
    assert pad([Span(0.1, 9.9)], margin=0.5, duration=10) == [Span(0, 10)]
    assert pad([], margin=0.5, duration=10) == []


@given(DETECTED, st.floats(0, 3))
def test_padded_spans_hold_what_they_held_and_never_overlap(spans: list[Span], margin: float) -> None:
    duration = 600.0
    padded = pad(spans, margin, duration)
    assert all(grown.start <= span.start and grown.end >= span.end for span, grown in zip(spans, padded, strict=True))
    assert all(span.start - grown.start <= margin + 1e-9 for span, grown in zip(spans, padded, strict=True))
    assert all(left.end <= right.start for left, right in pairwise(padded))
    assert all(grown.start >= 0 and grown.end <= duration for grown in padded)


@given(DETECTED, st.floats(0, 3), st.floats(1, 40))
def test_merged_spans_keep_all_speech_and_only_short_gaps(spans: list[Span], gap: float, longest: float) -> None:
    merged = merge(spans, gap, longest)
    assert all(any(one.start <= span.start and span.end <= one.end for one in merged) for span in spans)
    assert all(one.length <= longest or one in spans for one in merged)
    speech = sum(span.length for span in spans)
    assert sum(one.length for one in merged) <= speech + gap * (len(spans) - len(merged)) + 1e-6


# --- gaps ---


def test_gaps_are_the_silences_between() -> None:
    assert gaps([Span(0, 1), Span(2, 3), Span(3, 4), Span(4.5, 5)]) == [Span(1, 2), Span(4, 4.5)]
    assert gaps([Span(0, 1)]) == gaps([]) == []
