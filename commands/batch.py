"""`batch DIR OUT`: hears every file below a folder, one JSON a file; the same command again goes on where it was."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from settings import Settings
from speech import folder
from speech.folder import Errand, Outcome
from speech.labels import named
from speech.transcriber import Transcriber

from . import hearing
from .complaints import WrongUsage, complain

if TYPE_CHECKING:
    from . import Commands


def add_to(commands: Commands) -> None:
    parser = commands.add_parser(
        "batch", parents=[hearing.arguments()], help="hear a folder; one JSON a file, finished ones are skipped"
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="every audio and video file below it is heard")
    parser.add_argument("out", type=Path, metavar="OUT", help="gets NAME.json for every file, in the same folders")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    if not args.folder.is_dir():
        raise WrongUsage(f"{args.folder} is no folder. For single files: python cli.py transcribe FILE ...")
    chosen = args.labels or settings.labels
    errand = Errand(args.folder, args.out, hearing.ask_of(args), named(chosen), chosen)
    files = folder.audio_files(args.folder)
    if not files:
        return complain(f"There is no audio file below {args.folder}.", status=0)
    args.out.mkdir(parents=True, exist_ok=True)
    with hearing.listening(settings, args.model) as transcriber:
        return run_errand(transcriber, errand, files)


def run_errand(transcriber: Transcriber, errand: Errand, files: Sequence[Path]) -> int:
    outcomes: Counter[Outcome] = Counter()
    seconds, started = 0.0, time.perf_counter()
    with tqdm(total=len(files), unit="file", disable=None) as bar, closing(folder.hear(transcriber, errand, files)) as reports:
        for report in reports:
            outcomes[report.outcome] += 1
            seconds += report.duration
            if report.problem:
                complain(f"{report.name}: {report.problem}")
            bar.set_postfix_str(_pace(seconds, started), refresh=False)
            bar.update()
    print(*(f"{outcomes[outcome]} {outcome}," for outcome in Outcome), _pace(seconds, started))
    return 1 if outcomes[Outcome.FAILED] else 0


def _pace(seconds: float, started: float) -> str:
    return f"{seconds / 3600:.2f} h of audio, {seconds / (time.perf_counter() - started):.1f}x real time"
