"""Cutting long sound where it is quietest."""

from __future__ import annotations

import numpy as np

from speech.audio import Waveform
from speech.lulls import lulls
from speech.spans import Span, split


def speech(pauses: list[tuple[float, float]], duration: float) -> Waveform:
    """Loud noise with soft pauses."""
    samples = np.random.default_rng(0).standard_normal(round(duration * 16_000)).astype(np.float32) * 0.2
    for start, end in pauses:
        samples[round(start * 16_000) : round(end * 16_000)] *= 0.05
    return Waveform(samples)


def test_soft_stretches_are_found_where_they_are() -> None:
    found = lulls(speech([(3.0, 3.6), (7.0, 7.3)], 10.0), Span(0, 10))
    longest = max(found, key=lambda span: span.length)
    assert abs(longest.start - 3.0) <= 0.02
    assert abs(longest.end - 3.6) <= 0.02


def test_times_are_of_the_recording_and_not_of_the_span() -> None:
    found = lulls(speech([(3.0, 3.6)], 10.0), Span(2, 6))
    assert all(2 <= span.start <= span.end <= 6 for span in found)
    assert abs(max(found, key=lambda span: span.length).start - 3.0) <= 0.02


def test_a_long_stretch_is_cut_in_its_pause_and_not_through_a_word() -> None:
    waveform = speech([(21.0, 21.4)], 40.0)
    first, second = split(Span(0, 40), 30.0, lulls(waveform, Span(0, 40)))
    assert 21.0 <= first.end == second.start <= 21.4


def test_nothing_has_no_lulls() -> None:
    assert lulls(Waveform(np.zeros(100, np.float32)), Span(0, 0.006)) == []
