"""What long recordings cost: a second of audio at every length, the wait for the first segment, memory: python -m benchmarks.long

The pipeline of the command line hears WAV files. Each length has a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from speech.audio import SAMPLE_RATE

from . import clips, floor, options
from .clips import ClipFile, Source
from .contest import Contestant, Measured, peer, running, say
from .figures import REAL_TIME, Rate, Result, Row, Series, Target, measured
from .floor import Work
from .limit import Limit
from .machine import this_machine
from .options import Options

MINUTE, HOUR = 60.0, 3600.0
LENGTHS = (10 * MINUTE, HOUR, 4 * HOUR)
QUICK = (10 * MINUTE,)
OFTEN = 20 * MINUTE  # what is shorter is measured `rounds` times, what is longer once
TRIES = 3  # of the minute that each length is compared with
PEER_HEARS = 10 * MINUTE
CLIP = 12.0  # s: about what the pipeline cuts, for the floor
FLAT, FIRST, MEMORY = Target("at most", 1.10), Target("at most", 5.0, "ours"), Target("at most", 400.0, "ours")


@dataclass(frozen=True, slots=True)
class Turn:
    """A minute, the recording, a minute. Costs in ms a second of audio."""

    minute: float
    whole: Measured
    floor: float


@dataclass(frozen=True, slots=True)
class Length:
    """All that was measured of one length."""

    duration: float
    turns: tuple[Turn, ...]

    @property
    def costs(self) -> list[float]:
        return [1e3 * turn.whole.seconds / self.duration for turn in self.turns]

    @property
    def minutes(self) -> list[float]:
        return [turn.minute for turn in self.turns]


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("--funasr-vad", type=Path, metavar="DIR", help="fsmn-vad's files: FunASR hears ten minutes too")
    args = parser.parse_args()
    options.run(args, partial(measure, args))


def measure(args: argparse.Namespace, asked: Options) -> Result:
    source, skipped = clips.source(), list[str]()
    precision = options.fastest_precision()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        minute = clips.write_recording(source, folder / "minute.wav", MINUTE)
        heard, rates = [], []
        for duration in QUICK if asked.quick else LENGTHS:
            found, rate = hear(asked, precision, source, minute, duration)
            heard.append(found)
            rates.append(rate)
        beside = beside_funasr(args, asked, precision, source, folder, skipped)
    return Result(
        benchmark="long",
        when=options.now(),
        quick=asked.quick,
        machine=this_machine(),
        checkpoint=asked.checkpoint_name,
        audio=f"WAV files of {', '.join(shown(length.duration) for length in heard)}, of {source.name} over and over",
        rows=(*(row for length in heard for row in rows(length, precision)), *beside),
        rates=(Rate(precision, statistics.median(rate.gflops for rate in rates)),),
        series=(curve(heard, precision),),
        skipped=tuple(skipped),
    )


def hear(asked: Options, precision: str, source: Source, minute: ClipFile, duration: float) -> tuple[Length, Rate]:
    work = work_of(asked.checkpoint, duration)
    with (
        tempfile.TemporaryDirectory() as temporary,
        running(f"the pipeline, for {shown(duration)}", "pipeline", str(asked.checkpoint), precision) as pipeline,
    ):
        file = clips.write_recording(source, Path(temporary) / "recording.wav", duration)
        limit = Limit.of(pipeline, precision, this_machine())
        pipeline.measure("hear", str(minute.path))  # to warm up
        turns = tuple(take_turn(pipeline, limit, work, minute, file) for _ in range(_rounds(asked, duration)))
    return Length(duration, turns), limit.rate


def _rounds(asked: Options, duration: float) -> int:
    if duration > OFTEN:
        return 1
    return min(asked.rounds, 2) if asked.quick else asked.rounds


def take_turn(pipeline: Contestant, limit: Limit, work: Work, minute: ClipFile, file: ClipFile) -> Turn:
    before = [pipeline.seconds("hear", str(minute.path)) for _ in range(TRIES)]
    least = limit.seconds(work)
    whole = pipeline.measure("hear", str(file.path))
    after = [pipeline.seconds("hear", str(minute.path)) for _ in range(TRIES)]
    say(f"{shown(file.duration)}: {whole.seconds:.3g} s, first segment {whole.first:.3g} s, {whole.peak:.0f} MB")
    return Turn(1e3 * statistics.median([*before, *after]) / minute.duration, whole, 1e3 * least / file.duration)


def work_of(checkpoint: Path, duration: float) -> Work:
    """As if speech went on all the time: silence that is not heard may bring the cost below the floor."""
    n_clips = round(duration / CLIP)
    return floor.work(floor.shape_of(checkpoint), [floor.frames_of(round(CLIP * SAMPLE_RATE))] * n_clips)


def rows(length: Length, precision: str) -> list[Row]:
    name, turns = shown(length.duration), length.turns
    cost = f"a second of audio in {name}, {precision}; peer: in 1 min"
    return [
        measured(f"long.{name}/minute", cost, "ms", length.costs, length.minutes, [turn.floor for turn in turns], FLAT),
        measured(
            f"long.{name} first", f"{name}: until the first segment", "s", [turn.whole.first for turn in turns], target=FIRST
        ),
        measured(
            f"long.{name} memory",
            f"{name}: memory at its peak, above idle",
            "MB",
            [turn.whole.peak for turn in turns],
            target=MEMORY,
        ),
    ]


def curve(heard: Sequence[Length], precision: str) -> Series:
    """What a second of audio costs against the length of the recording."""
    minute = statistics.median(cost for length in heard for cost in length.minutes)
    lengths = (MINUTE, *(length.duration for length in heard))
    return Series("recordings", f"ours in {precision}", lengths, (minute, *(statistics.median(length.costs) for length in heard)))


def beside_funasr(
    args: argparse.Namespace, asked: Options, precision: str, source: Source, folder: Path, skipped: list[str]
) -> list[Row]:
    """The same recording by FunASR with its own voice activity detector."""
    if not args.funasr_vad:
        skipped.append("FunASR with fsmn-vad: --funasr-vad was not given")
        return []
    file = clips.write_recording(source, folder / "beside.wav", PEER_HEARS)
    with ExitStack() as stack:
        theirs = peer(stack, skipped, "FunASR with fsmn-vad", "funasr", str(asked.checkpoint), str(args.funasr_vad.resolve()))
        if not theirs:
            return []
        ours = stack.enter_context(running("the pipeline", "pipeline", str(asked.checkpoint), precision))
        turns = [(ours.seconds("hear", str(file.path)), theirs.seconds("long", str(file.path))) for _ in range(asked.rounds)]
    own, other = ([file.duration / turn[i] for turn in turns] for i in (0, 1))
    what = f"{shown(PEER_HEARS)}, {precision}; peer: FunASR with fsmn-vad"
    return [measured("long.pipeline/FunASR", what, REAL_TIME, own, other)]


def shown(duration: float) -> str:
    return f"{duration / HOUR:.0f} h" if duration >= HOUR else f"{duration / MINUTE:.0f} min"


if __name__ == "__main__":
    main()
