"""`transcribe FILE ...`: hears files; their text goes to stdout, or into files in --out."""

from __future__ import annotations

import argparse
import math
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from settings import Settings
from speech.errors import SpeechError
from speech.files import BINARY, FORMATS, written
from speech.labels import named
from speech.transcriber import Ask, Hearing, Progress, Transcriber

from . import hearing
from .complaints import WrongUsage, complain

if TYPE_CHECKING:
    from . import Commands

SUFFIXES = {"rich": "txt", "plain": "txt", "raw": "txt"}  # of formats that are not called like their files
HEARD_BAR = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} s [{elapsed}<{remaining}]"


def add_to(commands: Commands) -> None:
    parser = commands.add_parser(
        "transcribe", parents=[hearing.arguments()], help="hear files; text to stdout, or files in --out"
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio or video")
    parser.add_argument("--format", choices=FORMATS, default="txt", help="default: txt, one line a segment")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write DIR/NAME.EXT instead of printing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    ask, labels = hearing.ask_of(args), named(args.labels or settings.labels)
    if args.format in BINARY and not args.out:
        raise WrongUsage(f"{args.format} is no text to be printed. Say into which folder it goes: --out DIR")
    targets = targets_of(args.files, args.out, SUFFIXES.get(args.format, args.format))
    found = [file for file in args.files if is_there(file)]
    if not found:
        return 1
    printed = len(args.files) > 1 and not args.out
    with hearing.listening(settings, args.model) as transcriber:
        heard = 0
        for file in found:
            if printed:
                complain(f"== {file.name} ==")
            with complaining(file):
                put(written(args.format, hear(transcriber, file, ask).transcript, labels, file.stem), targets[file])
                heard += 1
    return 0 if heard == len(args.files) else 1


def targets_of(files: Sequence[Path], out: Path | None, suffix: str) -> dict[Path, Path | None]:
    """Where each text goes: OUT/NAME.EXT, with the old suffix kept where two would be one; None is stdout."""
    if out is None:
        return dict.fromkeys(files)
    stems = Counter(file.stem for file in set(files))
    targets = {file: out / f"{file.stem if stems[file.stem] == 1 else file.name}.{suffix}" for file in files}
    for target, count in Counter(targets.values()).items():
        if count > 1:
            raise WrongUsage(f"Two files would be written to {target}. Give them one by one, each with an --out of its own.")
    return dict(targets)


def is_there(file: Path) -> bool:
    """Asked before the model loads: a slip of the pen is answered at once."""
    with complaining(file):
        if not stat.S_ISDIR(file.stat().st_mode):
            return True
        complain(f"{file} is a folder: python cli.py batch {file} OUT")
    return False


@contextmanager
def complaining(file: Path) -> Iterator[None]:
    """What goes wrong with one file is said, and the next one follows."""
    try:
        yield
    except BrokenPipeError:
        raise
    except SpeechError as fault:
        complain(f"{file}: {fault}")
    except OSError as fault:
        complain(f"{fault.filename or file}: {fault.strerror or fault}")


def hear(transcriber: Transcriber, file: Path, ask: Ask) -> Hearing:
    """With a bar of the seconds that are heard. What was odd about the file goes to stderr."""
    with tqdm(desc=file.name, total=math.inf, bar_format=HEARD_BAR, leave=False, disable=None) as bar:
        for step in transcriber.listen(file, ask):
            if isinstance(step, Progress):
                bar.total, bar.n = round(step.duration), round(step.heard)
                bar.refresh()
    assert isinstance(step, Hearing)
    for warning in step.warnings:
        complain(f"{file}: {warning}")
    return step


def put(content: bytes, target: Path | None) -> None:
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    elif text := content.decode():
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
