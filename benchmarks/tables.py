"""Results as text for a terminal and as Markdown: the same table, its columns aligned."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from .figures import Result, Row, Spread

HEADER = ("what", "peer", "ours", "ratio", "target", "floor", "over the floor")
NOTE = (
    "ratio: ours over the peer's, the median of the rounds (lowest to highest); "
    "over the floor: how many times the least that this machine's matrix products allow"
)


def text(result: Result) -> str:
    """For the terminal."""
    return "\n".join(
        [
            f"{result.benchmark}{' (quick)' if result.quick else ''}, {result.when}",
            f"machine:    {result.machine}",
            f"checkpoint: {result.checkpoint}",
            f"audio:      {result.audio}",
            *(f"products:   {rate.precision} {rate.gflops:.0f} billion operations a second" for rate in result.rates),
            "",
            table(result.rows),
            "",
            NOTE,
            *(f"skipped:    {who}" for who in result.skipped),
        ]
    )


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    return aligned([HEADER, *(_cells(row) for row in rows)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Markdown out of cells, the first row the header's."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    ruler = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], ruler, *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        _amount(row.peer, row.unit),
        _amount(row.ours, row.unit),
        _spread(row.ratio),
        _target(row),
        _amount(row.floor, row.unit),
        _times(row.distance),
    )


def _amount(value: float | None, unit: str) -> str:
    return "" if value is None else f"{number(value)} {unit}"


def _spread(ratio: Spread | None) -> str:
    return "" if ratio is None else f"{ratio.median:.2f} ({ratio.lowest:.2f} to {ratio.highest:.2f})"


def _times(distance: Spread | None) -> str:
    return "" if distance is None else f"{number(distance.median)} x"


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    unit = row.unit if row.target.of == "ours" else "x"
    verdict = {None: "not measured", True: "met", False: "MISSED"}[row.met]
    return f"{row.target.bound} {number(row.target.limit)} {unit}: {verdict}"


def number(value: float) -> str:
    """Three digits or so."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
