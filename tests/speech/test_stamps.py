"""Two hundred thousand times through the writer of timestamps, against arithmetic on integers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import islice
from math import inf, nextafter

import pytest

from speech.render import stamp
from speech.subtitles import milliseconds

HOUR = 3_600_000  # ms
PARTS = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3})")


def nearest(seconds: float) -> int:
    """The nearest millisecond to a float's exact value, and the even one of two."""
    numerator, denominator = seconds.as_integer_ratio()
    whole, rest = divmod(1000 * numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2))


def read(shown: str) -> int:
    found = PARTS.fullmatch(shown)
    assert found, shown
    hours, minutes, seconds, ms = map(int, found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def times(generator: random.Random) -> Iterator[float]:
    """Whole milliseconds, anything, and what lies on both sides of an edge, up to 200 hours."""
    while True:
        total = generator.randrange(200 * HOUR)
        yield total / 1000
        yield generator.uniform(0, 200 * HOUR / 1000)
        edge = total // 1000 + generator.choice([0.9995, 0.0005, 0.4995, 0.0625, 0.9375, 0.9999, 1 - 2**-20])
        yield from (edge, nextafter(edge, inf), nextafter(edge, 0))


def test_two_hundred_thousand_times_are_right_to_the_millisecond() -> None:
    for seconds in islice(times(random.Random(51)), 200_000):
        shown = stamp(milliseconds(seconds), ",")
        assert read(shown) == nearest(seconds), seconds
        assert shown.endswith(f"{seconds:.3f}"[-3:]), seconds  # as JSON has it


def test_a_whole_number_of_milliseconds_stays_itself() -> None:
    for total in random.Random(3).sample(range(200 * HOUR), 50_000):  # int(total / 1000 * 1000) is often one less
        assert milliseconds(total / 1000) == total


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "00:00:00,000"),
        (0.0004, "00:00:00,000"),
        (0.0625, "00:00:00,062"),
        (0.9995, "00:00:01,000"),
        (1.001, "00:00:01,001"),
        (16.283, "00:00:16,283"),
        (59.9995, "00:00:59,999"),  # the float is a little less than that
        (59.9996, "00:01:00,000"),
        (3599.9999, "01:00:00,000"),
        (359_999.9999, "100:00:00,000"),
        (100 * 3600 + 61.5, "100:01:01,500"),
        (4_000_000.0, "1111:06:40,000"),
        (-0.2, "00:00:00,000"),
    ],
)
def test_times_are_rounded_once_and_carried_over(seconds: float, shown: str) -> None:
    assert stamp(milliseconds(seconds), ",") == shown
