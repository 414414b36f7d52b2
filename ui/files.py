"""The files a session makes: the sound its player plays. All lie below Gradio's cache folder."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gradio.utils import get_upload_folder

from speech import playable
from speech.audio import Decoding, MediaInfo
from speech.errors import FileTooLarge

from .uploads import Choice

N_PEAKS = 1600  # bars of the drawn waveform


@dataclass(frozen=True, slots=True)
class Opened:
    """A chosen file, decoded once for eyes and ears. `sound` is a WAV that every browser plays and seeks to the sample."""

    choice: Choice
    key: str  # SHA-256 of the file's bytes
    info: MediaInfo
    warnings: tuple[str, ...]
    peaks: tuple[int, ...]  # 0 to 255
    sound: Path


def open_file(choice: Choice, open: Callable[[Path], Decoding], upload: int, cache: Path) -> Opened:
    """Raises SpeechError."""
    if choice.path.stat().st_size > upload:
        raise FileTooLarge(upload)
    stream = open(choice.path)
    sound = place(cache) / "sound.wav"
    peaks = playable.write(stream, sound)
    with choice.path.open("rb") as file:
        key = hashlib.file_digest(file, "sha256").hexdigest()
    return Opened(choice, key, stream.info, stream.warnings, tuple(peaks.of(N_PEAKS)), sound)


def cache() -> Path:
    """Gradio's folder, read from the environment at every call."""
    return Path(get_upload_folder())


def place(cache: Path) -> Path:
    """A new folder that nobody can guess: whoever knows a path below the cache may fetch it."""
    folder = cache / secrets.token_hex(16)
    folder.mkdir(parents=True)
    return folder
