"""Nothing becomes slower unseen: the ratios of quick runs, recorded and compared.

python -m benchmarks.baseline compare FOLDER   status 1 when one is much worse than recorded, or is missing
python -m benchmarks.baseline record FOLDER    write baseline.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from .figures import Ratio, Result
from .machine import Machine
from .options import now
from .results import read_all
from .tables import aligned, number

FILE = Path(__file__).with_name("baseline.json")
MARGIN = 1.25  # how much worse counts as slower: what is not noise on a shared machine


@dataclass(frozen=True, slots=True)
class Baseline:
    """`machine` None: nothing is recorded yet."""

    machine: Machine | None
    when: str
    audio: str  # what was heard
    ratios: dict[str, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one ratio. `worse` is how many times; below 1 it is better."""

    key: str
    recorded: float | None
    now: float | None
    worse: float | None

    @property
    def word(self) -> str:
        if self.recorded is None:
            return "new"
        if self.worse is None:
            return "NOT MEASURED"
        return "SLOWER" if self.worse > MARGIN else "ok"

    @property
    def fails(self) -> bool:
        return self.word in ("NOT MEASURED", "SLOWER")


_BASELINE = TypeAdapter(Baseline)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("compare", "record"))
    parser.add_argument("folder", type=Path, help="where the results of this run lie")
    parser.add_argument("--baseline", type=Path, default=FILE, help="default: %(default)s")
    args = parser.parse_args(argv)
    results = read_all(args.folder)
    if not results:
        print(f"there are no results in {args.folder}", file=sys.stderr)
        return 2
    if args.action == "record":
        return record(results, args.baseline)
    return report(read(args.baseline), results)


def record(results: Sequence[Result], file: Path) -> int:
    ratios = {ratio.key: round(ratio.value, 3) for result in results for ratio in result.ratios()}
    baseline = Baseline(results[0].machine, now(), results[0].audio, ratios)
    file.write_bytes(_BASELINE.dump_json(baseline, indent=2) + b"\n")
    print(f"{len(ratios)} ratios recorded in {file}")
    return 0


def read(file: Path) -> Baseline:
    return _BASELINE.validate_json(file.read_bytes())


def report(baseline: Baseline, results: Sequence[Result]) -> int:
    """Prints the table; the exit status."""
    if baseline.machine is None:
        print("No ratios are recorded yet: make bench-record")
        return 0
    verdicts = compare(baseline, [ratio for result in results for ratio in result.ratios()])
    print(table(verdicts))
    print(
        f"\nrecorded {baseline.when}; SLOWER is more than {MARGIN - 1:.0%} worse, which is beyond the noise of a shared machine"
    )
    for difference in differences(baseline, baseline.machine, results[0]):
        print(f"{difference}: what differs may be its doing; make bench-record")
    return 1 if any(verdict.fails for verdict in verdicts) else 0


def differences(baseline: Baseline, machine: Machine, now: Result) -> list[str]:
    """Why the ratios may differ though the code did not change."""
    found = {
        f"recorded on another machine ({machine})": not machine.is_like(now.machine),
        f"recorded over other audio ({baseline.audio})": baseline.audio != now.audio,
    }
    return [words for words, holds in found.items() if holds]


def compare(baseline: Baseline, ratios: Sequence[Ratio]) -> list[Verdict]:
    """What was recorded, in its order, then what is new."""
    found = {ratio.key: ratio for ratio in ratios}
    known = [_verdict(key, recorded, found.get(key)) for key, recorded in baseline.ratios.items()]
    return [*known, *(Verdict(ratio.key, None, ratio.value, None) for ratio in ratios if ratio.key not in baseline.ratios)]


def _verdict(key: str, recorded: float, ratio: Ratio | None) -> Verdict:
    if ratio is None:
        return Verdict(key, recorded, None, None)
    worse = recorded / ratio.value if ratio.more_is_better else ratio.value / recorded
    return Verdict(key, recorded, ratio.value, worse)


def table(verdicts: Sequence[Verdict]) -> str:
    rows = [(each.key, _shown(each.recorded), _shown(each.now), _shown(each.worse), each.word) for each in verdicts]
    return aligned([("ratio", "recorded", "now", "times worse", ""), *rows])


def _shown(value: float | None) -> str:
    return "" if value is None else number(value)


if __name__ == "__main__":
    raise SystemExit(main())
