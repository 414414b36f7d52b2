"""How fast the engine hears clips, beside FunASR and sherpa-onnx over the same weights: python -m benchmarks.engine

Every contestant has all CPU cores and a process of its own, and waits while another is measured.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from models.sensevoice import Precision

from . import clips, floor, options
from .clips import ClipFile, Source
from .contest import Contestant, in_turn, peer
from .figures import REAL_TIME, Result, Row, Series, Target, measured
from .floor import Work
from .limit import Limit
from .machine import this_machine
from .options import Options

N_CLIPS, N_QUICK = 64, 12
EVERY: tuple[Precision, ...] = ("fp32", "bf16", "int8")
FP32_TARGET, BEST_TARGET, SHERPA_TARGET = (Target("at least", times) for times in (1.6, 4.0, 1.3))
LENGTHS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)  # s, of the curve
ENOUGH = 15.0  # s of audio for one point of it


@dataclass(slots=True)
class Field:
    """Who takes part, and over what."""

    files: list[ClipFile]
    work: Work
    fastest: Precision  # as `auto` would choose
    ours: dict[Precision, Limit]
    funasr: Contestant | None
    sherpa: Contestant | None
    skipped: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [str(file.path) for file in self.files]

    @property
    def seconds(self) -> float:
        return sum(file.duration for file in self.files)


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("--sherpa-python", metavar="PYTHON", help="one that has sherpa-onnx")
    parser.add_argument(
        "--sherpa-model", type=Path, metavar="DIR", help="with model.int8.onnx and tokens.txt of the same weights"
    )
    args = parser.parse_args()
    options.run(args, partial(measure, args))


def measure(args: argparse.Namespace, asked: Options) -> Result:
    source = clips.source()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        files = clips.write_clips(source, Path(temporary), N_QUICK if asked.quick else N_CLIPS)
        entrants = enter(stack, args, asked, files)
        warm_up(entrants)
        taken = in_turn(asked.rounds, steps(entrants))
        curves = () if asked.quick else by_length(entrants, source, Path(temporary), asked.rounds)
    return Result(
        benchmark="engine",
        when=options.now(),
        quick=asked.quick,
        machine=this_machine(),
        checkpoint=asked.checkpoint_name,
        audio=clips.described(files, source),
        rows=tuple(rows(entrants, taken)),
        rates=tuple(limit.rate for limit in entrants.ours.values()),
        series=curves,
        skipped=tuple(entrants.skipped),
    )


def enter(stack: ExitStack, args: argparse.Namespace, asked: Options, files: list[ClipFile]) -> Field:
    machine, skipped = this_machine(), list[str]()
    fastest = options.fastest_precision()
    ours: dict[Precision, Limit] = {}
    for precision in dict.fromkeys(("fp32", fastest)) if asked.quick else EVERY:
        if one := peer(stack, skipped, f"ours in {precision}", "ours", str(asked.checkpoint), precision):
            ours[precision] = Limit.of(one, precision, machine)
    if not {"fp32", fastest} <= ours.keys():
        raise SystemExit("\n".join(skipped))
    funasr = peer(stack, skipped, "FunASR", "funasr", str(asked.checkpoint))
    work = floor.work(floor.shape_of(asked.checkpoint), (floor.frames_of(file.n_samples) for file in files))
    return Field(files, work, fastest, ours, funasr, _sherpa(stack, args, skipped), skipped)


def _sherpa(stack: ExitStack, args: argparse.Namespace, skipped: list[str]) -> Contestant | None:
    if not (args.sherpa_python and args.sherpa_model):
        skipped.append("sherpa-onnx: --sherpa-python and --sherpa-model were not given")
        return None
    return peer(stack, skipped, "sherpa-onnx", "sherpa", str(args.sherpa_model.resolve()), python=args.sherpa_python)


def warm_up(entrants: Field) -> None:
    """Memory, threads and kernels are there when it begins."""
    some = entrants.names[:8]
    for limit in entrants.ours.values():
        limit.contestant.measure("packed", *some)
    for other in filter(None, (entrants.funasr, entrants.sherpa)):
        other.measure("single", *some)


def steps(entrants: Field) -> dict[str, Callable[[], float]]:
    """One round."""
    names = entrants.names
    made: dict[str, Callable[[], float]] = {}
    if entrants.funasr:
        made["FunASR"] = partial(entrants.funasr.seconds, "single", *names)
    for precision, limit in entrants.ours.items():
        made[f"{precision} floor"] = partial(limit.seconds, entrants.work)
        made[f"{precision} packed"] = partial(limit.contestant.seconds, "packed", *names)
    made[f"{entrants.fastest} one by one"] = partial(entrants.ours[entrants.fastest].contestant.seconds, "single", *names)
    if entrants.sherpa:
        made["sherpa-onnx one by one"] = partial(entrants.sherpa.seconds, "single", *names)
        made["sherpa-onnx by four"] = partial(entrants.sherpa.seconds, "batched", *names)
    return made


def rows(entrants: Field, taken: dict[str, list[float]]) -> list[Row]:
    """In times real time."""
    speeds = {name: [entrants.seconds / seconds for seconds in each] for name, each in taken.items()}
    best = max(entrants.ours, key=lambda precision: statistics.median(speeds[f"{precision} packed"]))
    n = len(entrants.files)

    def packed(key: str, precision: Precision, other: str, shown: str, target: Target | None) -> Row:
        what = f"{n} clips packed, {precision}{', the best' if key == 'best' else ''}; peer: {shown}"
        own, least = speeds[f"{precision} packed"], speeds[f"{precision} floor"]
        return measured(f"engine.{key}/{shown.split()[0]}", what, REAL_TIME, own, speeds.get(other, ()), least, target)

    fp32, *others = entrants.ours
    found = [packed(fp32, fp32, "FunASR", "FunASR one by one", FP32_TARGET)]
    if len(others) > 1:
        found += [packed(precision, precision, "FunASR", "FunASR one by one", None) for precision in others]
    found.append(packed("best", best, "FunASR", "FunASR one by one", BEST_TARGET))
    found.append(_single(n, entrants.fastest, speeds))
    if entrants.sherpa:
        theirs = max(("sherpa-onnx one by one", "sherpa-onnx by four"), key=lambda name: statistics.median(speeds[name]))
        found.append(packed("best", best, theirs, f"{theirs.replace(' ', ' int8 ', 1)}", SHERPA_TARGET))
    return found


def _single(n: int, precision: Precision, speeds: dict[str, list[float]]) -> Row:
    what = f"{n} clips, {precision}, one by one; peer: FunASR one by one"
    return measured(
        "engine.single/FunASR",
        what,
        REAL_TIME,
        speeds[f"{precision} one by one"],
        speeds.get("FunASR", ()),
        speeds[f"{precision} floor"],
    )


def by_length(entrants: Field, source: Source, folder: Path, rounds: int) -> tuple[Series, ...]:
    """What a second of audio costs in clips of one length, heard one by one, in ms."""
    files = [clips.write_clip(source, folder / f"length-{length:.0f}.wav", length) for length in LENGTHS]
    fastest = entrants.ours[entrants.fastest].contestant
    compared = {name: who for name, who in ((f"ours in {entrants.fastest}", fastest), ("FunASR", entrants.funasr)) if who}
    costs: dict[str, list[float]] = {name: [] for name in compared}
    for file in files:
        taken = in_turn(rounds, {name: partial(_cost, who, file) for name, who in compared.items()})
        for name, each in taken.items():
            costs[name].append(1e3 * statistics.median(each))
    return tuple(Series("clips", name, LENGTHS, tuple(found)) for name, found in costs.items())


def _cost(who: Contestant, file: ClipFile) -> float:
    """Seconds for one of audio; a short clip is heard several times."""
    times = math.ceil(ENOUGH / file.duration)
    return who.seconds("single", *[str(file.path)] * times) / (times * file.duration)


if __name__ == "__main__":
    main()
