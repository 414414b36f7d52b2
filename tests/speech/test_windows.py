from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech import cutting
from speech.audio import SAMPLE_RATE, Waveform
from speech.cutting import CutOptions
from speech.mixing import Samples
from speech.spans import Span
from speech.windows import Piece, WindowOptions, windows

SMALL = WindowOptions(first=3.0, length=6.0, guard=0.5)


def recording(seconds: float, talk: Sequence[Span] = ()) -> Samples:
    """Samples that tell where they lie; loud where somebody talks."""
    track = np.linspace(0.0, 0.001, round(seconds * SAMPLE_RATE), dtype=np.float32)
    for span in talk:
        track[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)] += 0.5
    return track


def fed(track: Samples, seconds: float = 0.37) -> Iterator[Samples]:
    size = round(seconds * SAMPLE_RATE)
    yield from (track[at : at + size] for at in range(0, len(track), size))


def talking(waveform: Waveform, _: float = 0.0) -> list[Span]:
    """Where the recording is loud."""
    edges = np.flatnonzero(np.diff((waveform.samples > 0.25).astype(np.int8), prepend=0, append=0)) / SAMPLE_RATE
    return [Span(float(start), float(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def pieces(track: Samples, context: float = 0.0, options: WindowOptions = SMALL) -> list[Piece]:
    everything = lambda waveform, start: cutting.everything(waveform, start, CutOptions(unpaused=2.0))  # noqa: E731
    found = windows(fed(track), everything if context else talking, options, context)
    return [piece for window in found for piece in window.pieces]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0.1, 3.0), st.floats(0.1, 2.0)), max_size=12))
def test_what_is_found_window_by_window_is_what_is_found_at_once(gaps_and_talks: list[tuple[float, float]]) -> None:
    talk, now = [], 0.0
    for gap, length in gaps_and_talks:
        talk.append(Span(now + gap, now + gap + length))
        now += gap + length
    track = recording(now + 0.5, talk)
    at_once = [time for span in talking(Waveform(track)) for time in (span.start, span.end)]
    found = [time for piece in pieces(track) for time in (piece.place.start, piece.place.end)]
    assert found == pytest.approx(at_once, abs=1e-3)


def test_each_clip_has_the_sound_of_its_place() -> None:
    track = recording(20.0, [Span(1, 2), Span(4, 9.5), Span(12, 13), Span(19, 20)])
    for piece in pieces(track):
        at = round(piece.place.start * SAMPLE_RATE)
        assert np.array_equal(piece.waveform.samples, track[at : at + len(piece.waveform.samples)])


def test_the_first_window_comes_before_the_rest_is_read() -> None:
    read = 0

    def counted() -> Iterator[Samples]:
        nonlocal read
        for part in fed(recording(60.0, [Span(1, 2)])):
            read += len(part)
            yield part

    first = next(windows(counted(), talking, SMALL))
    assert [piece.place.end for piece in first.pieces] == pytest.approx([2.0])
    assert read < 4 * SAMPLE_RATE
    assert not first.last


def test_no_more_is_held_than_a_window_and_what_waits() -> None:
    longest = 0.0

    def watched(waveform: Waveform, start: float) -> list[Span]:
        nonlocal longest
        longest = max(longest, waveform.duration)
        return talking(waveform)

    for _ in windows(fed(recording(300.0, [Span(i, i + 0.7) for i in range(300)])), watched, SMALL):
        pass
    assert longest < 8.5


def test_an_empty_recording_is_one_empty_window() -> None:
    (window,) = windows(iter(()), talking)
    assert (window.pieces, window.read, window.last) == ((), 0.0, True)


def test_the_last_window_says_how_long_the_recording_is() -> None:
    *others, last = windows(fed(recording(20.25)), talking, SMALL)
    assert last.last
    assert last.read == pytest.approx(20.25)
    assert not any(window.last for window in others)


def test_without_a_detector_clips_cover_all_and_bring_what_lies_around() -> None:
    found = pieces(recording(30.0), context=1.0)
    assert found[0].place.start == 0
    assert found[-1].place.end == pytest.approx(30.0)
    for left, right in pairwise(found):
        assert left.place.end == pytest.approx(right.place.start, abs=1e-4)
        assert right.before == pytest.approx(1.0, abs=1e-3)
        assert left.waveform.duration - left.before - left.place.length == pytest.approx(1.0, abs=1e-3)
    assert all(piece.place.length <= 2.0 + 1e-6 for piece in found)
