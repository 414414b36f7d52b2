"""What is left of the engine's speed behind HTTP, beside the engine alone and FunASR's server: python -m benchmarks.http"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from . import clips, floor, options, servers
from .clients import Load, drive, form
from .clips import ClipFile
from .contest import Absent, Contestant, in_turn, running, say
from .figures import REAL_TIME, Result, Row, Series, Target, measured
from .floor import Work
from .limit import Limit
from .machine import this_machine
from .options import Options
from .servers import Server

N_CLIPS, N_QUICK = 64, 24
CLIENTS = 16
CURVE, N_CURVE = (1, 2, 4, 8, 16, 32), 32  # clients, and how many of the clips they ask for together
LONE = 15.0  # s of the clip that is asked for alone
AROUND = 0.015  # s that a request may cost beside the encoder, and a share of it
ENGINE_TARGET, SERVER_TARGET, REQUEST_TARGET = Target("at least", 0.9), Target("at least", 4.0), Target("at most", 1.15)
LATENCY_TARGET = Target("at most", 1 / 3)


@dataclass(slots=True)
class Place:
    """Who is asked, and for what."""

    files: list[ClipFile]
    lone: ClipFile
    work: Work
    lone_work: Work
    engine: Contestant
    limit: Limit
    ours: Server
    theirs: Server | None
    precision: str
    skipped: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return sum(file.duration for file in self.files)

    def bodies(self, server: Server) -> list[bytes]:
        return [form(file.path, server.fields) for file in self.files]


@dataclass(frozen=True, slots=True)
class Turn:
    """One round: the same clips by everyone."""

    engine: float  # s
    floor: float  # s
    ours: Load
    theirs: Load | None


@dataclass(frozen=True, slots=True)
class LoneTurn:
    """One clip, when nobody else asks, and the encoder alone before and after it. All in s."""

    forward: float
    floor: float
    request: float


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("--funasr-server", action="store_true", help="measure FunASR's server too")
    args = parser.parse_args()
    options.run(args, partial(measure, args))


def measure(args: argparse.Namespace, asked: Options) -> Result:
    source = clips.source()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        files = clips.write_clips(source, folder, N_QUICK if asked.quick else N_CLIPS)
        place = open_up(stack, args, asked, files, clips.write_clip(source, folder / "lone.wav", LONE))
        warm_up(place)
        turns = [take_turn(place, i) for i in range(asked.rounds)]
        alone = [take_lone_turn(place) for _ in range(4 * asked.rounds if asked.quick else 10 * asked.rounds)]
        curves = () if asked.quick else by_clients(place, min(asked.rounds, 2))
    return Result(
        benchmark="http",
        when=options.now(),
        quick=asked.quick,
        machine=this_machine(),
        checkpoint=asked.checkpoint_name,
        audio=clips.described(files, source),
        rows=(*crowd_rows(place, turns), lone_row(place, alone)),
        rates=(place.limit.rate,),
        series=curves,
        skipped=tuple(place.skipped),
    )


def open_up(stack: ExitStack, args: argparse.Namespace, asked: Options, files: list[ClipFile], lone: ClipFile) -> Place:
    precision = options.fastest_precision()
    engine = stack.enter_context(running(f"the engine alone, {precision}", "ours", str(asked.checkpoint), precision))
    ours = stack.enter_context(servers.earshot(asked.checkpoint, precision))
    skipped: list[str] = []
    theirs = _funasr(stack, asked, skipped) if args.funasr_server else None
    if not args.funasr_server:
        skipped.append("funasr-server: --funasr-server was not given")
    shape = floor.shape_of(asked.checkpoint)
    work = floor.work(shape, (floor.frames_of(file.n_samples) for file in files))
    lone_work = floor.work(shape, [floor.frames_of(lone.n_samples)])
    limit = Limit.of(engine, precision, this_machine())
    return Place(files, lone, work, lone_work, engine, limit, ours, theirs, precision, skipped)


def _funasr(stack: ExitStack, asked: Options, skipped: list[str]) -> Server | None:
    try:
        return stack.enter_context(servers.funasr_server(asked.checkpoint))
    except Absent as missing:
        skipped.append(str(missing))
        return None


def warm_up(place: Place) -> None:
    some = place.files[:8]
    place.engine.measure("packed", *(str(file.path) for file in some))
    for server in filter(None, (place.ours, place.theirs)):
        drive(server, [form(file.path, server.fields) for file in some], 4)


def take_turn(place: Place, i: int) -> Turn:
    least = place.limit.seconds(place.work)
    engine = place.engine.seconds("packed", *(str(file.path) for file in place.files))
    ours = drive(place.ours, place.bodies(place.ours), CLIENTS)
    theirs = drive(place.theirs, place.bodies(place.theirs), CLIENTS) if place.theirs else None
    say(f"round {i + 1}: engine {engine:.3g} s, {CLIENTS} clients {ours.seconds:.3g} s")
    return Turn(engine, least, ours, theirs)


def take_lone_turn(place: Place) -> LoneTurn:
    least = place.limit.seconds(place.lone_work)
    before = place.engine.seconds("forward", str(place.lone.path))
    request = drive(place.ours, [form(place.lone.path, place.ours.fields)], 1).seconds
    after = place.engine.seconds("forward", str(place.lone.path))
    return LoneTurn((before + after) / 2, least, request)


def crowd_rows(place: Place, turns: Sequence[Turn]) -> list[Row]:
    def speeds(seconds: Sequence[float]) -> list[float]:
        return [place.seconds / each for each in seconds]

    who = f"{CLIENTS} clients, {place.precision}"
    ours, least = speeds([turn.ours.seconds for turn in turns]), speeds([turn.floor for turn in turns])
    engine = speeds([turn.engine for turn in turns])
    latencies = [turn.ours.latency(0.95) for turn in turns]
    theirs = [turn.theirs for turn in turns if turn.theirs]
    found = [measured("http.crowd/engine", f"{who}; peer: the engine alone", REAL_TIME, ours, engine, least, ENGINE_TARGET)]
    if not theirs:
        return [*found, measured("http.p95", f"{who}: 95 of 100 answers within", "s", latencies)]
    served, late = speeds([load.seconds for load in theirs]), [load.latency(0.95) for load in theirs]
    return [
        *found,
        measured("http.crowd/funasr-server", f"{who}; peer: funasr-server", REAL_TIME, ours, served, least, SERVER_TARGET),
        measured(
            "http.p95/funasr-server", f"{who}: 95 of 100 within; peer: funasr-server", "s", latencies, late, (), LATENCY_TARGET
        ),
    ]


def lone_row(place: Place, turns: Sequence[LoneTurn]) -> Row:
    """The request less what it may cost beside the encoder, over the encoder."""
    what = f"one clip of {LONE:.0f} s, the whole request less {1e3 * AROUND:.0f} ms; peer: the encoder alone"
    requests = [1e3 * (turn.request - AROUND) for turn in turns]
    forwards, least = [1e3 * turn.forward for turn in turns], [1e3 * turn.floor for turn in turns]
    return measured("http.request/forward", what, "ms", requests, forwards, least, REQUEST_TARGET)


def by_clients(place: Place, rounds: int) -> tuple[Series, ...]:
    """Throughput against clients."""
    place = replace(place, files=place.files[:N_CURVE])
    asked = {server.name: server for server in (place.ours, place.theirs) if server}
    speeds: dict[str, list[float]] = {name: [] for name in asked}
    for clients in CURVE:
        taken = in_turn(rounds, {name: partial(_time, place, server, clients) for name, server in asked.items()})
        for name, each in taken.items():
            speeds[name].append(place.seconds / statistics.median(each))
    return tuple(Series("clients", name, tuple(map(float, CURVE)), tuple(found)) for name, found in speeds.items())


def _time(place: Place, server: Server, clients: int) -> float:
    return drive(server, place.bodies(server), clients).seconds


if __name__ == "__main__":
    main()
