"""Earshot 听闻 on the command line: hears files without a server, looks after the weights, and says what is wrong.

Results go to stdout; progress, notes and complaints to stderr. Status 1: something failed; 2: wrong usage; 130: Ctrl+C.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from pydantic import ValidationError
from pydantic_settings import SettingsError

from commands import batch, doctor, models, transcribe
from commands.complaints import WrongUsage, complain
from settings import Settings, prepare_environment
from speech.errors import RequestError, SpeechError, UnknownCheckpoint

COMMANDS = (transcribe, batch, models, doctor)

EXAMPLES = """\
examples:
  python cli.py transcribe talk.mp3                                  the words, one line a segment
  python cli.py transcribe *.mp4 --format srt --out subtitles        subtitles/NAME.srt for every film
  python cli.py transcribe a.wav --language yue --labels emoji
  python cli.py batch recordings results                             one JSON a file; go on with the same command
  python cli.py models list                                          which weights there are, and which are taken
  python cli.py models download --hub hf                             the released model, 937 MB, from Hugging Face
  python cli.py models export                                        its weights in 8 bits beside it, for quicker starts
  python cli.py doctor                                               is all as it should be?

Every other setting is an environment variable (EARSHOT_DEVICE, EARSHOT_THREADS, EARSHOT_PRECISION, EARSHOT_OFFLINE, ...):
see settings.py."""


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
    except (WrongUsage, RequestError, UnknownCheckpoint) as fault:
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
    for command in COMMANDS:
        command.add_to(commands)
    return found


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


if __name__ == "__main__":
    status = main()
    with suppress(OSError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the engine's thread may be deep inside torch, and must neither hold up nor crash the end
