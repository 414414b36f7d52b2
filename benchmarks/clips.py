"""What is heard: clips of 1 to 30 s, cut out of real recordings where there are any, else out of the demo's samples.

The same files give the same clips. All contestants read them from the same WAV files.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from speech.audio import SAMPLE_RATE, Waveform, decode
from speech.playable import wav_bytes

from . import RECORDINGS, SAMPLES

SHORTEST, LONGEST = 1.0, 30.0  # s
SUFFIXES = {".wav", ".flac", ".mp3", ".ogg", ".m4a", ".opus"}
STEP = 41  # prime to the counts of clips that are asked for: mixes long with short, the same way every time

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Source:
    """Recordings one after the other, and what to call them."""

    samples: Samples
    name: str

    def cut(self, start: int, n_samples: int) -> Samples:
        """From the beginning again where the recordings end."""
        return self.samples.take(np.arange(start, start + n_samples), mode="wrap")


@dataclass(frozen=True, slots=True)
class ClipFile:
    path: Path
    n_samples: int

    @property
    def duration(self) -> float:
        return self.n_samples / SAMPLE_RATE


def described(clips: list[ClipFile], source: Source) -> str:
    """For tables."""
    together = sum(clip.duration for clip in clips)
    return f"{len(clips)} clips of {SHORTEST:.0f} to {LONGEST:.0f} s, {together:.0f} s together, of {source.name}"


def source() -> Source:
    real = sorted(path for path in RECORDINGS.rglob("*") if path.suffix in SUFFIXES)
    if real:
        return Source(_joined(real), f"{len(real)} real recordings")
    return Source(_joined(sorted(SAMPLES.glob("*.mp3"))), "the demo's synthetic samples")


def _joined(files: list[Path]) -> Samples:
    return np.concatenate([decode(file).waveform.samples for file in files])


def lengths(n: int) -> list[float]:
    """Seconds of `n` clips between SHORTEST and LONGEST, more of them short than long, in a mixed order."""
    shares = [(i / max(n - 1, 1)) ** 2 for i in range(n)]
    return [SHORTEST + (LONGEST - SHORTEST) * shares[i * STEP % n] for i in range(n)]


def write_clips(source: Source, folder: Path, n: int) -> list[ClipFile]:
    """Each goes on where the one before it ended."""
    written, start = [], 0
    for i, length in enumerate(lengths(n)):
        written.append(write_clip(source, folder / f"{i:02d}.wav", length, start))
        start += written[-1].n_samples
    return written


def write_clip(source: Source, path: Path, length: float, start: int = 0) -> ClipFile:
    n_samples = round(length * SAMPLE_RATE)
    path.write_bytes(wav_bytes(Waveform(source.cut(start, n_samples))))
    return ClipFile(path, n_samples)


def write_recording(source: Source, path: Path, duration: float) -> ClipFile:
    """A WAV file of any length, written minute by minute."""
    n_samples = round(duration * SAMPLE_RATE)
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        for minute in _minutes(source, n_samples):
            writer.writeframesraw(np.rint(minute * 32767).astype("<i2").tobytes())
    return ClipFile(path, n_samples)


def _minutes(source: Source, n_samples: int) -> Iterator[Samples]:
    for start in range(0, n_samples, 60 * SAMPLE_RATE):
        yield source.cut(start, min(60 * SAMPLE_RATE, n_samples - start))
