"""`models list|download|verify|export`: looks after the weights."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from tqdm import tqdm

from models.checkpoints import DownloadProgress, available, download, find, verify
from models.checkup import GET
from models.hubs import Report
from models.sensevoice import Precision
from settings import Settings

from .complaints import WrongUsage, complain
from .hearing import MODEL

if TYPE_CHECKING:
    from . import Commands

REDUCED = [precision for precision in get_args(Precision) if precision != "fp32"]  # which is how they come


def add_to(commands: Commands) -> None:
    actions = commands.add_parser("models", help="list, download, verify or export weights")
    choices = actions.add_subparsers(required=True, metavar="list|download|verify|export")
    choices.add_parser("list", help="every place, and which one is taken").set_defaults(run=list_places)
    fetch = choices.add_parser("download", help="the released model; goes on with one that broke off")
    fetch.add_argument("--hub", choices=("modelscope", "hf"), help="default: EARSHOT_HUB, or modelscope")
    fetch.set_defaults(run=download_weights)
    check = choices.add_parser("verify", help="size and sha256 of every file")
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: every place on this machine")
    check.set_defaults(run=verify_weights)
    reduce = choices.add_parser("export", help="write reduced weights beside the full ones, for quicker starts")
    reduce.add_argument("model", nargs="?", metavar="MODEL", help=MODEL)
    reduce.add_argument("--precision", choices=REDUCED, default="int8", help="default: int8")
    reduce.set_defaults(run=export_weights)


def list_places(args: argparse.Namespace, settings: Settings) -> int:
    places = available(settings.models.checkpoint)
    print(f"  {'NAME':<28}{'FROM':<10}{'HERE':>8}  STATE")
    for place in places:
        mark = "*" if place.taken else " "
        print(f"{mark} {place.name:<28}{place.source:<10}{megabytes(place.size):>8}  {place.state} ({place.where})")
    print("* is what --model auto takes" if any(place.taken for place in places) else "--model auto finds nothing to take")
    return 0


def download_weights(args: argparse.Namespace, settings: Settings) -> int:
    options = replace(settings.models.checkpoint, model="auto", hub=args.hub or settings.hub)
    with arriving() as report:
        checkpoint = download(options, report)
    for file in sorted(checkpoint.folder.iterdir()):
        print(f"{file.stat().st_size:>13,} bytes  {file.name}")
    print(f"{checkpoint.info.name}, {checkpoint.info.detail}, is in {checkpoint.folder}")
    return 0


def verify_weights(args: argparse.Namespace, settings: Settings) -> int:
    places = available(settings.models.checkpoint)
    kept = [Path(place.where) for place in places if place.source != "download" and place.size]
    folders = [args.folder] if args.folder else kept
    if not folders:
        return complain(f"There are no weights on this machine: {GET}")
    return max([_verify(place) for place in folders])


def export_weights(args: argparse.Namespace, settings: Settings) -> int:
    """Of the weights that a start would take, brought here first if need be."""
    options = replace(settings.models.checkpoint, model=args.model or settings.model)
    with arriving(leave=False) as report:
        checkpoint = find(options, report)
    if checkpoint.info.demo:
        complain(f"these are the bundled demo model's, not SenseVoiceSmall's: {GET}")
    doing = f"reducing {checkpoint.info.name} to {args.precision}"
    with tqdm(desc=doing, bar_format="{desc}", leave=False, disable=None):
        from models.sensevoice.export import export  # and torch

        written = export(checkpoint.folder, args.precision)
    print(f"{megabytes(written.stat().st_size)}  {written}")
    return 0


@contextmanager
def arriving(leave: bool = True) -> Iterator[Report]:
    """Gives what a download reports to; a bar shows it, and stays when all is there if it is to `leave` a trace."""
    with tqdm(unit="B", unit_scale=True, total=math.inf, leave=leave, disable=None) as bar:

        def report(progress: DownloadProgress) -> None:
            bar.set_description_str(progress.file, refresh=False)
            bar.total = progress.total
            bar.update(progress.done - bar.n)

        yield report


def _verify(place: Path) -> int:
    if not place.is_dir():
        raise WrongUsage(f"{place} is no folder")
    print(f"{place}:")
    findings = verify(place)
    for finding in findings:
        print(f"  {'wrong' if finding.problem else 'right'}  {finding.file} {finding.problem}".rstrip(), flush=True)
    return 1 if any(finding.problem for finding in findings) else 0


def megabytes(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:,.0f} MB"
