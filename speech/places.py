"""Where words stand in their text, and so when each of its characters is said. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .transcript import OPENING, Segment, Word


def locate(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Begin and end of each word in `text`, in their order. A word that is not there gets an empty range.

    >>> locate("Hi, you.", [Word("hi", 0, 1, 1), Word("you", 1, 2, 1)])
    [(0, 2), (4, 7)]
    """
    lowered = text.lower()
    same_places = len(lowered) == len(text)  # a few capitals grow when lowered
    haystack = lowered if same_places else text
    needles = [word.text.strip().lower() if same_places else word.text.strip() for word in words]
    ranges: list[tuple[int, int]] = []
    cursor = 0
    for needle, following in zip(needles, [*needles, ""][1:], strict=True):
        begin = haystack.find(needle, cursor)
        if begin < 0 or (following and following in haystack[cursor:begin]):  # absent, or only a namesake further on
            ranges.append((cursor, cursor))
        else:
            cursor = begin + len(needle)
            ranges.append((begin, cursor))
    return ranges


def written(text: str, words: Sequence[Word]) -> list[str]:
    """The text in as many parts as there are words, each with the space before its word and the marks after it.

    >>> written("Hi, you.", [Word("hi", 0, 1, 1), Word("you", 1, 2, 1)])
    ['Hi,', ' you.']
    """
    cuts = [_parting(text, end, begin) for (_, end), (begin, _) in pairwise(locate(text, words))]
    return [text[begin:end] for begin, end in pairwise([0, *cuts, len(text)])] if words else []


def _parting(text: str, end: int, begin: int) -> int:
    """Where between two words the first one's part ends: before a space, or else before what opens."""
    between = text[end:begin]
    spaces = (place for place, character in enumerate(between) if character.isspace())
    return end + next(spaces, len(between.rstrip(OPENING)))


def character_times(segment: Segment, text: str) -> list[tuple[float, float]]:
    """From when to when each character of `text` is said; never backwards, never outside the segment.

    Words have their own times; what lies between them, or all where there are none, shares its time in proportion.
    """
    places = locate(text, segment.words)
    located = [(place, word) for place, word in zip(places, segment.words, strict=True) if place[0] < place[1]]
    finish = (len(text), len(text)), Word("", segment.end, segment.end, 1.0)
    times: list[tuple[float, float]] = []
    now = segment.start
    for (begin, end), word in [*located, finish]:
        start = min(max(word.start, now), segment.end)
        stop = min(max(word.end, start), segment.end)
        times += _spread(begin - len(times), now, start) + _spread(end - begin, start, stop)
        now = stop
    return times


def _spread(count: int, start: float, end: float) -> list[tuple[float, float]]:
    """`count` equal stretches from `start` to `end`."""
    return list(pairwise([start + (end - start) * index / count for index in range(count)] + [end]))
