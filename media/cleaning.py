"""Recordings made easier to hear: less noise, an even loudness. Knows samples alone: what it gets, our decoder has read.

Steady noise (afftdn) is told by its level; so the first half minute is kept back and measured, and from it the program learns
how loud the recording is and where its noise lies.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import ffmpeg
import numpy as np

from speech.audio import SAMPLE_RATE, Decoding
from speech.calls import Call
from speech.cleaning import Cleaned
from speech.errors import CleaningFailed
from speech.mixing import Samples

from .program import Bounds, Failed, flow, running

log = logging.getLogger(__name__)

MEASURED = 30.0  # s from the start by which levels are told
FRAME = SAMPLE_RATE // 10  # samples of one level
QUIETEST, LOUDEST = 10, 95  # percentiles of the frames: where the noise lies, and where the voices
VOICES = -20.0  # dB of full scale that voices are brought to before noise is looked for
GAINS = (-20.0, 60.0)  # dB
FLOORS = (-80.0, -20.0)  # dB, between which afftdn can look for noise (FFmpeg 9.0, af_afftdn.c)
ABOVE = 3.0  # dB by which the floor is set above the noise that was measured: its peaks are noise too
REDUCED = 12.0  # dB by which noise is lowered at most; more, and voices sound as under water
DELAY = SAMPLE_RATE // 40  # samples by which afftdn is late: half of its window of 50 ms (FFmpeg 9.0, af_afftdn.c)

BOUNDS = Bounds(memory=2 * 2**30, seconds=24 * 3600)


@dataclass(frozen=True, slots=True)
class Levels:
    """In dB of full scale."""

    noise: float
    voices: float


def clean(pieces: Iterable[Samples], call: Call) -> Iterator[Samples]:
    """A Cleaner. Keeps MEASURED s in hand. Raises CleaningFailed or FfmpegMissing, and what the pieces or the call raise."""
    head, rest = _head(iter(pieces))
    if head:
        yield from _cleaned(chain(head, rest), levels(np.concatenate(head)), call)


def cleaned(decoding: Decoding, call: Call) -> Cleaned:
    """For a player that lets both be heard: speech.playable.write takes this as it takes the recording itself."""
    return Cleaned(decoding, clean, call)


def levels(samples: Samples) -> Levels:
    """Of any sound but silence; digital silence in it counts as nothing."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) if len(samples) >= FRAME else samples[None]
    loudness = np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1))
    heard = 20 * np.log10(loudness[loudness > 1e-5])
    if not len(heard):
        return Levels(FLOORS[0], VOICES)
    return Levels(float(np.percentile(heard, QUIETEST)), float(np.percentile(heard, LOUDEST)))


def arguments(found: Levels) -> list[str]:
    gain = min(max(VOICES - found.voices, GAINS[0]), GAINS[1])
    floor = min(max(found.noise + gain + ABOVE, FLOORS[0]), FLOORS[1])
    raw = {"format": "f32le", "ar": SAMPLE_RATE, "ac": 1}
    sound = ffmpeg.input("pipe:0", protocol_whitelist="pipe", **raw)
    sound = sound.filter("volume", f"{gain:.1f}dB").filter("afftdn", nr=REDUCED, nf=f"{floor:.1f}")
    return list(sound.filter("loudnorm", I=-20, TP=-1.5, LRA=11).output("pipe:1", **raw).get_args())


# --- samples through the program ---


def _head(pieces: Iterator[Samples]) -> tuple[list[Samples], Iterator[Samples]]:
    head: list[Samples] = []
    n_samples = 0
    for piece in pieces:
        head.append(piece)
        n_samples += len(piece)
        if n_samples >= MEASURED * SAMPLE_RATE:
            break
    return head, pieces


def _cleaned(pieces: Iterable[Samples], found: Levels, call: Call) -> Iterator[Samples]:
    count = _Count()
    try:
        with running(arguments(found), BOUNDS, fed=True) as program:
            yield from _on_time(_samples(flow(program, count.fed(pieces), call.heed)), count)
    except Failed as fault:
        log.error("a recording could not be cleaned: %s", fault)
        raise CleaningFailed() from fault


@dataclass(slots=True)
class _Count:
    """Samples that went in."""

    n_samples: int = 0

    def fed(self, pieces: Iterable[Samples]) -> Iterator[bytes]:
        for piece in pieces:
            self.n_samples += len(piece)
            yield np.ascontiguousarray(piece, "<f4").tobytes()
        yield bytes(4 * DELAY)  # pushes the last samples out


def _samples(pieces: Iterable[bytes]) -> Iterator[Samples]:
    rest = b""
    for piece in pieces:
        joined = rest + piece
        whole = len(joined) // 4 * 4
        rest = joined[whole:]
        samples = np.nan_to_num(np.frombuffer(joined[:whole], "<f4"), nan=0.0)
        if len(samples):
            yield np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


def _on_time(pieces: Iterable[Samples], count: _Count) -> Iterator[Samples]:
    """Without the delay at the start; exactly as long as what went in. Raises Failed."""
    ahead, given = DELAY, 0
    for piece in pieces:
        kept = piece[ahead:]
        ahead -= len(piece) - len(kept)
        if len(kept):
            given += len(kept)
            yield kept
    if given != count.n_samples:
        raise Failed(0, f"{given} samples came out of {count.n_samples}")
