"""What transcribe and batch share: how the hearing is asked for, and a transcriber that is ready."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

import models
from media.cleaning import clean
from models.checkup import GET
from settings import Settings
from speech.audio import Opener
from speech.decoders import Decoders
from speech.errors import EngineUnavailable
from speech.labels import STYLES
from speech.transcriber import Ask, State, Transcriber, parse_language

from .complaints import complain

MODEL = "auto, demo, iic/SenseVoiceSmall, or a folder (default: EARSHOT_MODEL, or auto)"


def arguments() -> argparse.ArgumentParser:
    """To be a parent of both commands' parsers."""
    found = argparse.ArgumentParser(add_help=False)
    languages = "|".join(["auto", *models.INFO.languages])
    found.add_argument("--language", default="auto", metavar=languages, help="default: auto, the model finds out")
    styles = "|".join([*STYLES, "FILE"])
    found.add_argument("--labels", metavar=styles, help="how emotions and sounds are written; FILE: TOML or JSON")
    found.add_argument("--no-itn", action="store_true", help="no punctuation, and numbers in words")
    found.add_argument("--no-vad", action="store_true", help="hear every second, not only where there is speech or sound")
    found.add_argument("--clean", action="store_true", help="less noise and an even loudness first: for poor recordings, slower")
    found.add_argument("--multichannel", action="store_true", help="each channel is a speaker and heard alone, as in a call")
    found.add_argument("--model", help=MODEL)
    return found


def ask_of(args: argparse.Namespace) -> Ask:
    language = parse_language(args.language, models.INFO)
    return Ask(language, not args.no_itn, not args.no_vad, clean=args.clean, multichannel=args.multichannel)


@contextmanager
def listening(settings: Settings, model: str | None) -> Iterator[Transcriber]:
    """A transcriber that is ready. Raises EngineUnavailable. An interrupted one is not waited for."""
    with decoding(settings) as decoders:
        transcriber = make_transcriber(settings.model_copy(update={"model": model or settings.model}), decoders.open)
        transcriber.start()
        with tqdm(bar_format="{desc}", leave=False, disable=None) as line:
            while (status := transcriber.wait(0.2)).state is State.LOADING:
                line.set_description_str(status.detail)
        if status.state is State.FAILED:
            raise EngineUnavailable(status.detail.removesuffix("."))
        if status.checkpoint and status.checkpoint.demo:
            complain(f"heard by the bundled demo model, not SenseVoiceSmall: {GET}")
        yield transcriber
        transcriber.stop()


@contextmanager
def decoding(settings: Settings) -> Iterator[Decoders]:
    """Processes that decode: a file that breaks FFmpeg spoils no other of a batch."""
    decoders = Decoders(settings.limits.decoders)
    decoders.start()
    try:
        yield decoders
    finally:
        decoders.stop()


def make_transcriber(settings: Settings, opener: Opener) -> Transcriber:
    """Its queue takes everything: nobody else waits in it."""
    return Transcriber(models.INFO, models.loader(settings.models), settings.transcriber.endless(), opener, clean)
