"""What the server and its decoder processes say to one another: frames over a socket, and a file as an open descriptor.

The server does not believe a decoder: a hostile file may speak through it. So nothing is unpickled, sizes have limits, and
whatever is not as it should be raises Garbled.
"""

from __future__ import annotations

import errno
import json
import math
import os
import socket
import struct
from dataclasses import astuple, dataclass
from enum import IntEnum

import numpy as np

from .audio import MediaInfo
from .containers import DecodeLimits
from .errors import AudioError, SpeechError
from .mixing import Samples

HEAD = struct.Struct("<BI")  # the kind of a frame, and how many bytes follow
PIECE = 2**18  # samples of one frame at most, of all tracks together
LARGEST = 4 * PIECE  # bytes of one frame
WORDS = 2**14  # bytes of a frame that is no samples
KINDS_OF_FAULT = {kind.__name__: kind for kind in AudioError.__subclasses__()}


class Kind(IntEnum):
    BORN = 1  # the process's number; said by the nursery
    FILE = 2  # what is to be decoded; said by the server, the descriptor with it
    EXPECTED = 3  # seconds that the header gives
    SAMPLES = 4  # float32, as the machine has them
    DONE = 5  # the media info and the warnings
    FAULT = 6  # why it cannot be heard
    BROKEN = 7  # why it cannot be read: an errno
    TRACKS = 8  # how many tracks the samples are of, that follow


class Died(Exception):
    """The other side is gone."""


class Garbled(Died):
    """It says what it never should, and is as good as gone."""


@dataclass(frozen=True, slots=True)
class Errand:
    """How a file is to be decoded. `raw`: it has no header, see pcm.as_wav. `apart`: as in Stream."""

    limits: DecodeLimits
    raw: bool = False
    apart: bool = False


# --- frames ---


def size_of(head: bytes | bytearray) -> tuple[Kind, int]:
    """What a frame's head announces. Raises Garbled."""
    number, size = HEAD.unpack(head)
    if number not in Kind.__members__.values() or size > (LARGEST if number == Kind.SAMPLES else WORDS):
        raise Garbled
    return Kind(number), size


def send(line: socket.socket, kind: Kind, body: bytes | memoryview = b"") -> None:
    line.sendall(HEAD.pack(kind, len(body)))
    line.sendall(body)


def send_samples(line: socket.socket, samples: Samples) -> None:
    """(n,) or (tracks, n)."""
    most = PIECE // (len(samples) if samples.ndim == 2 else 1)
    for start in range(0, samples.shape[-1], most):
        send(line, Kind.SAMPLES, np.ascontiguousarray(samples[..., start : start + most], np.float32).data.cast("B"))


def samples_of(body: bytearray, n_tracks: int | None = None) -> Samples:
    """(n,), or (tracks, n) where their number is given. Raises Garbled."""
    if not body or n_tracks == 0 or len(body) % (4 * (n_tracks or 1)):
        raise Garbled
    samples: Samples = np.frombuffer(body, np.float32)
    if not np.isfinite(samples).all():
        raise Garbled
    return samples if n_tracks is None else samples.reshape(n_tracks, -1)


# --- the errand ---


def send_file(line: socket.socket, descriptor: int, errand: Errand) -> None:
    body = json.dumps([errand.raw, errand.apart, *astuple(errand.limits)]).encode()
    socket.send_fds(line, [HEAD.pack(Kind.FILE, len(body))], [descriptor])
    line.sendall(body)


def receive_file(line: socket.socket) -> tuple[int, Errand]:
    """A descriptor and what is to be done with it. Raises EOFError where the server does not want anything any more."""
    head, descriptors, _, _ = socket.recv_fds(line, HEAD.size, 1)
    if len(head) < HEAD.size:
        raise EOFError
    raw, apart, *limits = json.loads(line.recv(size_of(head)[1], socket.MSG_WAITALL))
    return descriptors[0], Errand(DecodeLimits(*limits), raw, apart)


# --- the outcome ---


def number(value: float) -> bytes:
    return struct.pack("<d", value)


def number_of(body: bytearray) -> float:
    """Finite. Raises Garbled."""
    if len(body) != 8:
        raise Garbled
    (value,) = struct.unpack("<d", body)
    if not math.isfinite(value):
        raise Garbled
    return float(value)


def count_of(body: bytearray, most: int) -> int:
    """From 1 to `most`. Raises Garbled."""
    value = number_of(body)
    if value not in range(1, most + 1):
        raise Garbled
    return int(value)


def outcome(info: MediaInfo, warnings: tuple[str, ...]) -> bytes:
    return json.dumps([astuple(info), warnings]).encode()


def outcome_of(body: bytearray) -> tuple[MediaInfo, tuple[str, ...]]:
    try:
        (duration, rate, channels, codec, container, bit_rate, size), warnings = json.loads(body)
        info = MediaInfo(
            duration=_seconds(duration),
            rate=_count(rate),
            channels=_count(channels),
            codec=_word(codec),
            container=_word(container),
            bit_rate=None if bit_rate is None else _count(bit_rate),
            size=None if size is None else _count(size),
        )
        return info, tuple(map(_word, warnings))
    except (ValueError, TypeError, RecursionError) as fault:
        raise Garbled from fault


def _seconds(value: object) -> float:
    if not isinstance(value, float) or not 0 <= value < math.inf:
        raise Garbled
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise Garbled
    return value


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise Garbled
    return value


def fault(error: SpeechError) -> bytes:
    return json.dumps([type(error).__name__, str(error)]).encode()


def fault_of(kind: Kind, body: bytearray) -> AudioError | OSError:
    """The error as it was raised: of the same class, with the same sentence. Raises Garbled for what is no fault."""
    if kind is Kind.BROKEN:
        code = int(number_of(body))
        if code not in errno.errorcode:
            raise Garbled
        return OSError(code, os.strerror(code))
    if kind is not Kind.FAULT:
        raise Garbled
    try:
        name, sentence = json.loads(body)
        error = KINDS_OF_FAULT[_word(name)].__new__(KINDS_OF_FAULT[name])
        SpeechError.__init__(error, _word(sentence))
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise Garbled from fault
    return error
