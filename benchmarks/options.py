"""What every benchmark is told and does with its result."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from models.sensevoice import Precision, precision
from settings import prepare_environment

from . import BUILD
from .checkpoint import random_checkpoint
from .contest import say
from .figures import Result
from .results import as_json
from .tables import text

MADE = "random weights in the released shape, made here (the demo's tokenizer, filled up to 25,055 pieces)"


@dataclass(frozen=True, slots=True)
class Options:
    checkpoint: Path
    checkpoint_name: str
    quick: bool
    rounds: int


def parser(description: str | None) -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--checkpoint", type=Path, metavar="DIR", help="default: random weights in the released shape, made once")
    found.add_argument("--quick", action="store_true", help="fewer clips: what `make bench` runs")
    found.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each contestant (default: %(default)s)")
    found.add_argument("--json", type=Path, metavar="FILE", help="write the result there too")
    return found


def options_of(args: argparse.Namespace) -> Options:
    if args.checkpoint:
        return Options(args.checkpoint.resolve(), args.checkpoint.resolve().name, args.quick, args.rounds)
    folder = BUILD / "checkpoint"
    if not folder.is_dir():
        say(f"making a checkpoint of 936 MB in {folder}")
    return Options(random_checkpoint(folder), MADE, args.quick, args.rounds)


def run(args: argparse.Namespace, measure: Callable[[Options], Result]) -> None:
    """Measures, shows the table and the line of JSON, and writes the latter where it was asked to."""
    result = measure(options_of(args))
    line = as_json(result)
    print(f"{text(result)}\n\n{line}")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(line + "\n", "utf-8")


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M")


def fastest_precision() -> Precision:
    """What `auto` means on this machine."""
    prepare_environment()
    return precision.choose(torch.device("cpu"))
