"""Writes the measured part of docs/performance.md and its pictures out of results: python -m benchmarks.report [FOLDER]"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import BUILD, ROOT
from .figures import Result, Series
from .results import read_all
from .tables import NOTE, table

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: written by python -m benchmarks.report -->", "<!-- end of what was measured -->"
TITLES = {
    "engine": "The engine alone",
    "http": "Behind HTTP",
    "long": "Long recordings",
    "startup": "Starting, and doing nothing",
}
COST, THROUGHPUT = "images/cost-against-length.png", "images/throughput-against-clients.png"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=BUILD, help="with the results (default: %(default)s)")
    parser.add_argument("--page", type=Path, default=PAGE, help="default: %(default)s")
    args = parser.parse_args()
    results = sorted(read_all(args.folder), key=lambda result: [*TITLES].index(result.benchmark))
    if not results:
        print(f"there are no results in {args.folder}", file=sys.stderr)
        return 2
    pictures = draw(results, args.page.parent)
    args.page.write_text(filled(args.page.read_text("utf-8"), measured_part(results, pictures)), "utf-8")
    print(f"{args.page}: {', '.join(result.benchmark for result in results)}; {len(pictures)} pictures")
    return 0


def filled(page: str, measured: str) -> str:
    """The page with what lies between the two marks replaced."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"the page has no {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}"


def measured_part(results: Sequence[Result], pictures: Sequence[str]) -> str:
    shown = [f"![{Path(picture).stem.replace('-', ' ').capitalize()}]({picture})" for picture in pictures]
    return "\n\n".join([*shown, *(section(result) for result in results), f"{NOTE}."])


def section(result: Result) -> str:
    facts = [
        f"{result.when.replace('T', ' ')}{', the quick version' if result.quick else ''}. {result.machine}.",
        f"Checkpoint: {result.checkpoint}. Audio: {result.audio}.",
    ]
    if result.rates:
        rates = ", ".join(f"{rate.precision} {rate.gflops:.0f}" for rate in result.rates)
        facts.append(f"Matrix products, in billion operations a second: {rates}.")
    if result.skipped:
        facts.append(f"Skipped: {'; '.join(result.skipped)}.")
    return f"### {TITLES[result.benchmark]}\n\n" + "\n".join(facts) + f"\n\n{table(result.rows)}"


# --- pictures ---


def draw(results: Sequence[Result], folder: Path) -> list[str]:
    """The pictures there is something for, as paths below `folder`."""
    series = [one for result in results for one in result.series]
    made = {COST: _costs(series), THROUGHPUT: _throughput(series)}
    for name, panels in made.items():
        if panels:
            _save(panels, folder / name)
    return [name for name, panels in made.items() if panels]


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves over one axis, `scale` of their unit in one of the label's."""

    curves: tuple[Series, ...]
    x: str
    y: str
    scale: float = 1.0


def _costs(series: Sequence[Series]) -> list[Panel]:
    cost = "ms for a second of audio"
    panels = (
        Panel(_of(series, "clips"), "length of the clip, s", cost),
        Panel(_of(series, "recordings"), "length of the recording, min", cost, 60.0),
    )
    return [panel for panel in panels if panel.curves]


def _throughput(series: Sequence[Series]) -> list[Panel]:
    curves = _of(series, "clients")
    return [Panel(curves, "clients at once", "times real time")] if curves else []


def _of(series: Sequence[Series], picture: str) -> tuple[Series, ...]:
    return tuple(one for one in series if one.picture == picture)


def _save(panels: Sequence[Panel], file: Path) -> None:
    figure = Figure(figsize=(5.5 * len(panels), 3.6), dpi=120, layout="constrained")
    axes: Sequence[Axes] = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, panel in zip(axes, panels, strict=True):
        _paint(axis, panel)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Software": None})


def _paint(axis: Axes, panel: Panel) -> None:
    places = sorted({x / panel.scale for curve in panel.curves for x in curve.x})
    for curve in panel.curves:
        axis.plot([x / panel.scale for x in curve.x], curve.y, marker="o", label=curve.name)
    axis.set_xscale("log")
    axis.set_xticks(places, [f"{place:g}" for place in places])
    axis.set_xticks([], minor=True)
    axis.set_xlabel(panel.x)
    axis.set_ylabel(panel.y)
    axis.set_ylim(0, 1.1 * max(y for curve in panel.curves for y in curve.y))
    axis.grid(alpha=0.3)
    axis.legend()


if __name__ == "__main__":
    raise SystemExit(main())
