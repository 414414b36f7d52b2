"""Stretches of time: where somebody speaks, put together and cut to lengths an engine hears well. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from .errors import InvalidSpan


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` to `end`, in seconds."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise InvalidSpan(self.start, self.end)

    @property
    def length(self) -> float:
        return self.end - self.start


def merge(spans: Sequence[Span], gap: float, longest: float = float("inf")) -> list[Span]:
    """Neighbours closer than `gap` become one, as long as the one stays within `longest`.

    >>> merge([Span(0, 1), Span(1.2, 2)], gap=0.5)
    [Span(start=0, end=2)]
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start - merged[-1].end <= gap and span.end - merged[-1].start <= longest:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def split(span: Span, longest: float, pauses: Sequence[Span] = ()) -> list[Span]:
    """Pieces of at most `longest`: cut in the middle of the longest pause of the second half of each window, else evenly.

    A pause so near the end that it would leave a sliver is taken only where there is no other.
    """
    pieces: list[Span] = []
    start = span.start
    while span.end - start > longest:
        half, limit, sliver = start + longest / 2, start + longest, span.end - longest / 4
        pause = _longest_of(pauses, half, min(limit, sliver)) or _longest_of(pauses, half, limit)
        even = start + (span.end - start) / ceil((span.end - start) / longest)
        cut = even if pause is None else (pause.start + pause.end) / 2
        pieces.append(Span(start, cut))
        start = cut
    pieces.append(Span(start, span.end))
    return pieces


def _longest_of(pauses: Sequence[Span], start: float, end: float) -> Span | None:
    """What of them lies within, and of that the longest."""
    inside = [Span(max(pause.start, start), min(pause.end, end)) for pause in pauses if pause.end > start and pause.start < end]
    return max(inside, key=lambda pause: (pause.length, pause.end), default=None)


def pad(spans: Sequence[Span], margin: float, duration: float) -> list[Span]:
    """Each span grown by `margin` on both sides, never over a neighbour's half of a gap, never outside the recording."""
    middles = [(left.end + right.start) / 2 for left, right in pairwise(spans)]
    lows, highs = [0.0, *middles], [*middles, duration]
    return [
        Span(max(span.start - margin, low), min(span.end + margin, high))
        for span, low, high in zip(spans, lows, highs, strict=False)
    ]


def gaps(spans: Sequence[Span]) -> list[Span]:
    """The silences between spans."""
    return [Span(left.end, right.start) for left, right in pairwise(spans) if right.start > left.end]
