"""Samples without a header, as some clients send them, made readable as the file they would be with one."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, BinaryIO

from .audio import SAMPLE_RATE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

WIDTH = 2  # bytes of a sample
INTEGERS, FLOATS = 1, 3  # how samples are written (WAVE_FORMAT_PCM, WAVE_FORMAT_IEEE_FLOAT)
LARGEST = 2**32 - 1  # that the header of a WAV can say; decoders take it for "to the end"


def as_wav(samples: BinaryIO) -> BinaryIO:
    """Raw 16-bit little-endian mono at 16 kHz as a WAV file. Nothing is copied; half a sample at the end is left out."""
    return io.BufferedReader(_Headed(samples))


def without_header(file: BinaryIO) -> BinaryIO | None:
    """What as_wav was given, where `file` is what it gave."""
    raw = getattr(file, "raw", None)
    return raw.samples if isinstance(raw, _Headed) else None


class _Headed(io.RawIOBase):
    """A header, and behind it an open file, which stays open."""

    def __init__(self, samples: BinaryIO) -> None:
        n_bytes = samples.seek(0, io.SEEK_END) // WIDTH * WIDTH
        self.samples, self._header = samples, header(n_bytes)
        self._size = len(self._header) + n_bytes
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence], 0)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        got = self._read(min(len(room), max(self._size - self._at, 0)))
        room[: len(got)] = got
        self._at += len(got)
        return len(got)

    def _read(self, n_bytes: int) -> bytes:
        if self._at < len(self._header):
            return self._header[self._at : self._at + n_bytes]
        self.samples.seek(self._at - len(self._header))
        return self.samples.read(n_bytes)


def header(n_bytes: int, kind: int = INTEGERS, width: int = WIDTH) -> bytes:
    """Of a WAV file with so many bytes of mono samples at 16 kHz, `width` bytes each."""
    form = struct.pack("<IHHIIHH", 16, kind, 1, SAMPLE_RATE, SAMPLE_RATE * width, width, 8 * width)
    sizes = [struct.pack("<I", min(size, LARGEST)) for size in (36 + n_bytes, n_bytes)]
    return b"RIFF" + sizes[0] + b"WAVEfmt " + form + b"data" + sizes[1]
