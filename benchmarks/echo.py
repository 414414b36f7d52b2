"""An engine that answers a clip with the checksum of its samples: whoever sent it knows what must come back, and nobody else.

It stands behind the real decoders, queue and HTTP, in a server process that is started with COMMAND and a port.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from speech.audio import Waveform
from speech.engine import CheckpointInfo, Clip, Device, EngineInfo
from speech.spans import Span
from speech.transcript import Language, Segment, Transcript, Word

COMMAND = (
    "import sys, app; from benchmarks import echo; from settings import Settings; "
    "app.serve(Settings(port=int(sys.argv[-1])), echo.load)"
)
RTF = "ECHO_RTF"  # the environment's name for the s of a pass per s of audio
LANGUAGES = (Language.ZH, Language.YUE, Language.EN, Language.JA, Language.KO)


class Echo:
    """Sleeps as long as an engine of this real-time factor would work."""

    info = EngineInfo("sensevoice-small", LANGUAGES, 16_000, 30.0)
    checkpoint = CheckpointInfo("echo", "folder")
    pads = False
    at_once = 60.0

    def __init__(self, rtf: float = 0.0) -> None:
        self._rtf = rtf

    def device(self) -> Device:
        return Device("CPU", 0, 0)

    def infer(self, clips: Sequence[Clip]) -> list[Transcript]:
        time.sleep(self._rtf * sum(clip.waveform.duration for clip in clips if _is_loud(clip.waveform)))
        return [_echo(clip.waveform) for clip in clips]


class Everywhere:
    """A detector to which all is speech: a short file is one clip, to the sample."""

    name = "everywhere"

    def segment(self, waveform: Waveform) -> list[Span]:
        return [Span(0.0, waveform.duration)]


def load(say: Callable[[str], None]) -> tuple[Echo, Everywhere]:
    return Echo(float(os.environ.get(RTF, "0"))), Everywhere()


def answer(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> str:
    """What comes back for 16-bit samples at 16 kHz in a file of one channel."""
    return _checksum((samples / 32768).astype(np.float32))


def _is_loud(waveform: Waveform) -> bool:
    """What an engine is warmed up with is not, and costs nothing here."""
    return bool(np.abs(waveform.samples).max(initial=0) > 0.01)


def _echo(waveform: Waveform) -> Transcript:
    text, end = _checksum(waveform.samples), waveform.duration
    return Transcript((Segment(text, 0.0, end, Language.EN, words=(Word(text, 0.0, end, 1.0),)),), end)


def _checksum(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> str:
    return f"{zlib.crc32(samples.tobytes()):08x}"
