"""Hears every file of a folder, a few at a time, and leaves one JSON for each. Knows nothing of terminals.

A result is there whole or not at all, and says of which bytes and for which errand it is: what is finished is not heard again.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from .calls import Call
from .errors import Cancelled, SpeechError
from .labels import DEFAULT_STYLE, ZH, Labels
from .render import as_dict
from .transcriber import Ask, Hearing, Transcriber

log = logging.getLogger(__name__)

# By these a file is tried. Whether it is audio, decoding finds out.
_ENDINGS = """
3g2 3gp aac ac3 aif aifc aiff amr ape asf au avi caf dts eac3 flac flv m2ts m4a m4b m4v mka mkv mov mp2 mp3 mp4 mpc mpeg mpg
mts oga ogg ogv opus ra rm rmvb snd sph tak ts tta voc w64 wav wave weba webm wma wmv wv
"""
SUFFIXES = frozenset(f".{ending}" for ending in _ENDINGS.split())
AT_ONCE = 4  # files in flight: while some decode, clips of the others fill the batches. One of 4 h holds 0.9 GB of samples
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # no later file would fare better


@dataclass(frozen=True, slots=True)
class Errand:
    """Where the files are, where the results go, and what is wanted of each file."""

    folder: Path
    out: Path
    ask: Ask = field(default_factory=Ask)
    labels: Labels = ZH  # of the readable text
    style: str = DEFAULT_STYLE  # their name: results with other labels are not finished


class Outcome(StrEnum):
    DONE = "done"
    SKIPPED = "skipped"  # finished in an earlier run
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one file."""

    name: Path  # from the errand's folder on
    outcome: Outcome
    duration: float = 0.0  # s of audio that were heard
    problem: str = ""


def audio_files(folder: Path) -> list[Path]:
    """What may be audio below a folder, by its name: no hidden, no special file, none that a link fetches from outside.

    A folder that cannot be looked into is listed too, as a file that cannot be read.
    """
    root = folder.resolve()
    found: list[Path] = []

    def keep(fault: OSError) -> None:
        found.append(Path(fault.filename))

    for place, folders, names in os.walk(folder, onerror=keep):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [path for name in names if may_be_audio(path := Path(place, name), root)]
    return sorted(found)


def hear(transcriber: Transcriber, errand: Errand, files: Sequence[Path], at_once: int = AT_ONCE) -> Generator[Report]:
    """A report of each file as soon as it is done. Closing the iterator withdraws what is under way.

    Raises OSError when no result can be saved any more.
    """
    call = Call()
    pool = ThreadPoolExecutor(at_once, "folder")
    try:
        futures = [pool.submit(_hear_one, transcriber, errand, file, call) for file in files]
        for future in as_completed(futures):
            yield future.result()
    finally:
        call.leave()
        pool.shutdown(wait=False, cancel_futures=True)


def may_be_audio(path: Path, root: Path) -> bool:
    if path.name.startswith(".") or path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    return not path.is_symlink() or path.resolve().is_relative_to(root)


# --- one file ---


def _hear_one(transcriber: Transcriber, errand: Errand, file: Path, call: Call) -> Report:
    name = file.relative_to(errand.folder)
    target = errand.out / f"{name}.json"  # with the suffix kept: a.wav and a.mp3 are two
    try:
        origin = _origin(transcriber, errand, file)
        if _is_finished(target, origin, transcriber):
            return Report(name, Outcome.SKIPPED)
        *_, hearing = transcriber.listen(file, errand.ask, call)
        assert isinstance(hearing, Hearing)
    except Cancelled:
        raise
    except SpeechError as fault:
        return _failed(name, file, target, fault.code, str(fault))
    except OSError as fault:
        return _failed(name, file, target, "unreadable_file", f"The file cannot be read: {fault.strerror or fault}.")
    except Exception:  # the folder outlives a file that shows a mistake of ours
        log.exception("a file could not be heard")
        return _failed(name, file, target, "internal", "Earshot failed on this file. The log has the details.")
    result = {"audio_path": _printable(file), **_heard(hearing, errand.labels), **origin}
    problem = _save(target, result)
    return Report(name, Outcome.FAILED if problem else Outcome.DONE, hearing.transcript.duration, problem)


def _failed(name: Path, file: Path, target: Path, code: str, message: str) -> Report:
    """Recorded, so that it can be read later; without its origin, so that the next run tries again."""
    problem = _save(target, {"audio_path": _printable(file), "error": {"code": code, "message": message}})
    return Report(name, Outcome.FAILED, problem=f"{message} {problem}".strip())


def _heard(hearing: Hearing, labels: Labels) -> Mapping[str, object]:
    known = as_dict(hearing.transcript, labels)
    return {
        "raw_text": known["raw"],
        "clean_text": known["text"],
        "duration_sec": known["duration"],
        "language": known["language"],
        "segments": known["segments"],
        "warnings": list(hearing.warnings),
    }


# --- results ---


def _origin(transcriber: Transcriber, errand: Errand, file: Path) -> Mapping[str, object]:
    """By which the next run knows that a result is of this file, this errand and this checkpoint."""
    status, checkpoint = file.stat(), transcriber.status.checkpoint
    return {
        "checkpoint": checkpoint.name if checkpoint else "",
        "source": {"size": status.st_size, "mtime_ns": status.st_mtime_ns},
        "asked": {
            "language": errand.ask.language or "auto",
            "itn": errand.ask.itn,
            "vad": errand.ask.vad,
            **({"clean": True} if errand.ask.clean else {}),
            "labels": errand.style,
        },
    }


def _is_finished(target: Path, origin: Mapping[str, object], transcriber: Transcriber) -> bool:
    """The demo checkpoint hears nothing again that another has heard: it would be worse."""
    try:
        result = json.loads(target.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(result, Mapping):
        return False
    checkpoint = transcriber.status.checkpoint
    compared = [key for key in origin if key != "checkpoint" or checkpoint is None or not checkpoint.demo]
    return all(result.get(key) == origin[key] for key in compared)


def _save(target: Path, result: Mapping[str, object]) -> str:
    """Under another name first: what has its name is whole. Says why it could not be saved; raises OSError if nothing can be."""
    partial = target.with_name(f".{threading.get_native_id()}.partial")  # short, for names of any length
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as fault:
        if fault.errno in FULL:
            raise
        return f"The result cannot be saved: {fault.strerror or fault}."
    return ""


def _printable(path: Path) -> str:
    """A name may hold bytes that are no UTF-8, which JSON cannot say."""
    return os.fsencode(path).decode("utf-8", "replace")
