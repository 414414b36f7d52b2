"""What a player needs of a recording: a WAV that every browser plays, and how loud it is where. Made as it is decoded."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .audio import SAMPLE_RATE, Waveform
from .mixing import BLOCK, Samples

TICK = SAMPLE_RATE // 1000  # samples of a millisecond: the finest that peaks are kept


class Peaks:
    """The loudest sample of every millisecond, a byte each: 14 MB for four hours."""

    def __init__(self) -> None:
        self._ticks = bytearray()
        self._rest: Samples = np.zeros(0, np.float32)  # of a millisecond that is not full

    def add(self, samples: Samples) -> None:
        joined = np.concatenate((self._rest, samples))
        whole = len(joined) // TICK * TICK
        self._ticks += _bytes(joined[:whole].reshape(-1, TICK))
        self._rest = joined[whole:]

    def of(self, n: int) -> list[int]:
        """The loudest sample of each of `n` equal stretches, 0 to 255: what a player draws."""
        ticks = np.frombuffer(bytes(self._ticks) + (_bytes(self._rest[None]) if len(self._rest) else b""), np.uint8)
        if not len(ticks):
            return [0] * n
        return [int(loudest) for loudest in np.maximum.reduceat(ticks, np.arange(n) * len(ticks) // n)]


def _bytes(rows: Samples) -> bytes:
    loudest = np.abs(rows).max(axis=1).clip(0.0, 1.0)
    return bytes(np.rint(loudest * 255).astype(np.uint8))


def write(pieces: Iterable[Samples], file: Path | BinaryIO, rate: int = SAMPLE_RATE) -> Peaks:
    """A 16-bit mono WAV file, which every browser plays. 16-bit sound at 16 kHz comes back as it went in."""
    peaks = Peaks()
    with wave.open(str(file) if isinstance(file, Path) else file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        for piece in pieces:
            peaks.add(piece)
            scaled = np.rint(piece * 2**15)
            writer.writeframesraw(np.clip(scaled, -(2**15), 2**15 - 1).astype("<i2").tobytes())
    return peaks


def wav_bytes(waveform: Waveform) -> bytes:
    file, samples = io.BytesIO(), waveform.samples
    write((samples[start : start + BLOCK] for start in range(0, len(samples), BLOCK)), file, waveform.rate)
    return file.getvalue()
