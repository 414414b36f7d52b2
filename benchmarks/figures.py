"""What was measured: rows with their ratio to the peer and their distance from the machine's limit. Measures nothing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .machine import Machine

REAL_TIME = "x real time"  # the one unit of which more is better
EMPTY: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, and how far they lay apart."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised, of the ratio to the peer or of our own figure."""

    bound: Literal["at least", "at most"]
    limit: float
    of: Literal["ratio", "ours"] = "ratio"

    def met_by(self, value: float) -> bool:
        return value >= self.limit if self.bound == "at least" else value <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """Medians in `unit`. `ratio` is ours over the peer's; `distance` is how many times worse ours is than the floor."""

    key: str  # what baseline.json calls it
    what: str
    unit: str
    ours: float
    peer: float | None = None
    floor: float | None = None
    ratio: Spread | None = None
    distance: Spread | None = None
    target: Target | None = None

    @property
    def more_is_better(self) -> bool:
        return self.unit == REAL_TIME

    @property
    def met(self) -> bool | None:
        """None where nothing is promised."""
        if self.target is None:
            return None
        if self.target.of == "ours":
            return self.target.met_by(self.ours)
        return None if self.ratio is None else self.target.met_by(self.ratio.median)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure that another run on the same machine should give again."""

    key: str
    value: float
    more_is_better: bool


@dataclass(frozen=True, slots=True)
class Series:
    """A curve of a picture."""

    picture: Literal["clips", "recordings", "clients"]
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """What matrix products of the network's sizes reach on this machine."""

    precision: str
    gflops: float  # 10^9 operations a second


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one benchmark."""

    benchmark: str
    when: str  # ISO 8601, to the minute
    quick: bool
    machine: Machine
    checkpoint: str
    audio: str
    rows: tuple[Row, ...]
    rates: tuple[Rate, ...] = ()
    series: tuple[Series, ...] = ()
    skipped: tuple[str, ...] = ()  # "who: why"

    def ratios(self) -> Iterator[Ratio]:
        for row in self.rows:
            if row.ratio is not None:
                yield Ratio(row.key, row.ratio.median, row.more_is_better)
            if row.distance is not None:
                yield Ratio(f"{row.key} over floor", row.distance.median, False)


def measured(
    key: str,
    what: str,
    unit: str,
    ours: Sequence[float],
    peer: Sequence[float] = EMPTY,
    floor: Sequence[float] = EMPTY,
    target: Target | None = None,
) -> Row:
    """A row of figures that were taken round by round; each ratio is one of figures of the same round."""
    worse = [_worse(own, least, unit) for own, least in zip(ours, floor, strict=True)] if floor else []
    against = [own / other for own, other in zip(ours, peer, strict=True)] if peer else []
    return Row(
        key=key,
        what=what,
        unit=unit,
        ours=statistics.median(ours),
        peer=statistics.median(peer) if peer else None,
        floor=statistics.median(floor) if floor else None,
        ratio=Spread.of(against) if against else None,
        distance=Spread.of(worse) if worse else None,
        target=target,
    )


def _worse(ours: float, floor: float, unit: str) -> float:
    return floor / ours if unit == REAL_TIME else ours / floor
