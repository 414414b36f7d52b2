"""Earshot 听闻 on the command line: hears files without a server, looks after the weights, and says what is wrong.

Results go to stdout; progress, notes and complaints to stderr. Status 1: something failed; 2: wrong usage; 130: Ctrl+C.
"""

from __future__ import annotations

import argparse
import io
import logging
import math
import os
import socket
import stat
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_settings import SettingsError
from tqdm import tqdm

import models
from models.checkpoints import DownloadProgress, available, download, verify
from models.checkup import Check, checkup
from settings import Settings, prepare_environment
from speech import folder
from speech.errors import EngineUnavailable, RequestError, SpeechError
from speech.folder import Errand, Outcome
from speech.labels import STYLES, named
from speech.render import FORMATS
from speech.transcriber import Ask, Hearing, Progress, State, Transcriber, parse_language

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SUFFIXES = {"rich": "txt", "plain": "txt", "raw": "txt"}  # of formats that are not called like their files
HEARD_BAR = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} s [{elapsed}<{remaining}]"

EXAMPLES = """\
examples:
  python cli.py transcribe talk.mp3                                  the words, one line a segment
  python cli.py transcribe *.mp4 --format srt --out subtitles        subtitles/NAME.srt for every film
  python cli.py transcribe a.wav --language yue --labels emoji
  python cli.py batch recordings results                             one JSON a file; go on with the same command
  python cli.py models list                                          which weights there are, and which are taken
  python cli.py models download --hub hf                             the released model, 937 MB, from Hugging Face
  python cli.py doctor                                               is all as it should be?

Every other setting is an environment variable (EARSHOT_DEVICE, EARSHOT_THREADS, EARSHOT_OFFLINE, ...): see settings.py."""


class WrongUsage(Exception):
    """What was typed cannot be meant."""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status. Raises SystemExit where argparse does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # whatever the locale, and whatever a name holds
    args = parser().parse_args(argv)
    configure_logging(args.verbose)
    prepare_environment()
    try:
        status: int = args.run(args, read_settings())
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has left; nothing may be left for the interpreter to flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (WrongUsage, RequestError) as fault:
        return complain(str(fault), status=2)
    except SpeechError as fault:
        return complain(str(fault))
    except OSError as fault:
        return complain(f"{fault.filename or 'output'}: {fault.strerror or fault}")
    return status


def parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    found = argparse.ArgumentParser(prog="cli.py", description=__doc__, epilog=EXAMPLES, formatter_class=layout)
    found.add_argument("--verbose", action="store_true", help="log what happens, with tracebacks; before the command")
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    _add_hearing(commands)
    _add_models(commands)
    commands.add_parser("doctor", help="look at this machine, and say what to do").set_defaults(run=doctor)
    return found


def _add_hearing(commands: Commands) -> None:
    shared = _hearing()
    one = commands.add_parser("transcribe", parents=[shared], help="hear files; text to stdout, or files in --out")
    one.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio or video")
    one.add_argument("--format", choices=FORMATS, default="txt", help="default: txt, one line a segment")
    one.add_argument("--out", type=Path, metavar="DIR", help="write DIR/NAME.EXT instead of printing")
    one.set_defaults(run=transcribe)
    many = commands.add_parser("batch", parents=[shared], help="hear a folder; one JSON a file, finished ones are skipped")
    many.add_argument("folder", type=Path, metavar="DIR", help="every audio and video file below it is heard")
    many.add_argument("out", type=Path, metavar="OUT", help="gets NAME.json for every file, in the same folders")
    many.set_defaults(run=batch)


def _add_models(commands: Commands) -> None:
    actions = commands.add_parser("models", help="list, download or verify weights")
    choices = actions.add_subparsers(required=True, metavar="list|download|verify")
    choices.add_parser("list", help="every place, and which one is taken").set_defaults(run=list_places)
    fetch = choices.add_parser("download", help="the released model; goes on with one that broke off")
    fetch.add_argument("--hub", choices=("modelscope", "hf"), help="default: EARSHOT_HUB, or modelscope")
    fetch.set_defaults(run=download_weights)
    check = choices.add_parser("verify", help="size and sha256 of every file")
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: every place on this machine")
    check.set_defaults(run=verify_weights)


def _hearing() -> argparse.ArgumentParser:
    """What transcribe and batch share."""
    found = argparse.ArgumentParser(add_help=False)
    languages = "|".join(["auto", *models.INFO.languages])
    found.add_argument("--language", default="auto", metavar=languages, help="default: auto, the model finds out")
    styles = "|".join([*STYLES, "FILE"])
    found.add_argument("--labels", metavar=styles, help="how emotions and sounds are written; FILE: TOML or JSON")
    found.add_argument("--no-itn", action="store_true", help="no punctuation, and numbers in words")
    found.add_argument("--model", help="auto, demo, iic/SenseVoiceSmall, or a folder (default: EARSHOT_MODEL, or auto)")
    return found


# --- what every command needs ---


def read_settings() -> Settings:
    try:
        return Settings()
    except ValidationError as fault:
        first = fault.errors()[0]
        variable = "EARSHOT_" + "__".join(map(str, first["loc"])).upper()
        raise WrongUsage(f"{variable} cannot be {str(first['input'])[:80]!r}: {first['msg']}") from fault
    except SettingsError as fault:
        raise WrongUsage(f"The environment cannot be read: {fault}") from fault


def configure_logging(verbose: bool) -> None:
    """Every fault is said in one sentence anyway; logs are for those who ask."""
    level = logging.INFO if verbose else logging.CRITICAL
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(max(level, logging.WARNING))  # it prints signed download addresses


def complain(sentence: str, status: int = 1) -> int:
    tqdm.write(sentence, file=sys.stderr)
    return status


def ask_of(args: argparse.Namespace) -> Ask:
    return Ask(parse_language(args.language, models.INFO), itn=not args.no_itn)


def make_transcriber(settings: Settings) -> Transcriber:
    """Its queue takes everything: nobody else waits in it."""
    options = settings.transcriber
    endless = replace(options, batcher=replace(options.batcher, waiting=math.inf))
    return Transcriber(models.INFO, models.loader(settings.models), endless)


@contextmanager
def listening(settings: Settings, model: str | None) -> Iterator[Transcriber]:
    """A transcriber that is ready. Raises EngineUnavailable. An interrupted one is not waited for."""
    transcriber = make_transcriber(settings.model_copy(update={"model": model or settings.model}))
    transcriber.start()
    with tqdm(bar_format="{desc}", leave=False, disable=None) as line:
        while (status := transcriber.wait(0.2)).state is State.LOADING:
            line.set_description_str(status.detail)
    if status.state is State.FAILED:
        raise EngineUnavailable(status.detail.removesuffix("."))
    if status.checkpoint and status.checkpoint.demo:
        complain("heard by the bundled demo model, not SenseVoiceSmall: python cli.py models download")
    yield transcriber
    transcriber.stop()


# --- transcribe ---


def transcribe(args: argparse.Namespace, settings: Settings) -> int:
    ask, labels = ask_of(args), named(args.labels or settings.labels)
    targets = targets_of(args.files, args.out, SUFFIXES.get(args.format, args.format))
    found = [file for file in args.files if is_there(file)]
    if not found:
        return 1
    printed = len(args.files) > 1 and not args.out
    with listening(settings, args.model) as transcriber:
        heard = 0
        for file in found:
            if printed:
                complain(f"== {file.name} ==")
            with complaining(file):
                put(FORMATS[args.format](hear(transcriber, file, ask).transcript, labels), targets[file])
                heard += 1
    return 0 if heard == len(args.files) else 1


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


def put(text: str, target: Path | None) -> None:
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    elif text:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()


# --- batch ---


def batch(args: argparse.Namespace, settings: Settings) -> int:
    if not args.folder.is_dir():
        raise WrongUsage(f"{args.folder} is no folder. For single files: python cli.py transcribe FILE ...")
    chosen = args.labels or settings.labels
    errand = Errand(args.folder, args.out, ask_of(args), named(chosen), chosen)
    files = folder.audio_files(args.folder)
    if not files:
        return complain(f"There is no audio file below {args.folder}.", status=0)
    args.out.mkdir(parents=True, exist_ok=True)
    with listening(settings, args.model) as transcriber:
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


# --- models ---


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
    with tqdm(unit="B", unit_scale=True, total=math.inf, disable=None) as bar:

        def report(progress: DownloadProgress) -> None:
            bar.set_description_str(progress.file, refresh=False)
            bar.total = progress.total
            bar.update(progress.done - bar.n)

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
        return complain("There are no weights on this machine: python cli.py models download")
    return max([_verify(place) for place in folders])


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


# --- doctor ---


def doctor(args: argparse.Namespace, settings: Settings) -> int:
    checks = [*checkup(settings.models), check_port(settings)]
    for check in checks:
        print(f"warn  {check.found}\n      -> {check.todo}" if check.todo else f"ok    {check.found}", flush=True)
    return 1 if any(check.todo for check in checks) else 0


def check_port(settings: Settings) -> Check:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.create_server((settings.host, settings.port), family=family):
            return Check(f"port {settings.port} on {settings.host} is free")
    except OSError as fault:
        todo = f"stop what listens there, or python app.py --port {settings.port + 1}"
        return Check(f"port {settings.port} on {settings.host} cannot be had: {fault.strerror or fault}", todo)


if __name__ == "__main__":
    status = main()
    with suppress(OSError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the engine's thread may be deep inside torch, and must neither hold up nor crash the end
