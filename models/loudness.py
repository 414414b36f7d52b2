"""Finds what stands out beside speech: laughter, applause, music, a cough. Detectors of speech pass over these, the engine
hears them. Knows levels only; what a sound is, the engine says, and it calls noise no speech."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speech.audio import Waveform
from speech.spans import Span

FRAME = 0.1  # s: long enough that a click of 10 ms loses 10 dB in it
FLOOR_PERCENTILE = 10  # of the levels: what is quiet here
FLOOR_FRAMES = 3000  # 5 min over which the floor is taken: rooms and roads change
FAINTEST = 1e-10  # power that counts as -100 dB

Levels = NDArray[np.float64]  # dB of full scale, one a frame
Mask = NDArray[np.bool_]  # one a frame


@dataclass(frozen=True, slots=True)
class LoudnessOptions:
    """What stands out. Set by ear and eye: steady noise of real recordings lies at -30 to -75 dB, applause, jeers and music at
    -15 to -30, laughter in a quiet room at -25 to -45."""

    above: float = 15.0  # dB over the noise floor
    quietest: float = -45.0  # dB of full scale below which nothing stands out
    loudest: float = -30.0  # dB from where all does: music without a pause is its own floor
    gap: float = 0.2  # s, breaths between two bursts of one sound
    shortest: float = 0.3  # s


def beside(waveform: Waveform, speech: list[Span], options: LoudnessOptions | None) -> list[Span]:
    """`speech`, and what stands out beside it; speech alone without options. In the order of time."""
    return speech if options is None else sorted(speech + stand_out(waveform, speech, options))


def stand_out(waveform: Waveform, speech: Sequence[Span], options: LoudnessOptions) -> list[Span]:
    """Loud stretches outside of `speech`, on a grid of FRAME, in the order of time."""
    levels = _levels(waveform)
    threshold = np.clip(_floor(levels) + options.above, options.quietest, options.loudest)
    loud = _close(levels >= threshold, round(options.gap / FRAME)) & ~_covered(speech, len(levels))
    return [
        Span(round(start * FRAME, 3), min(round(end * FRAME, 3), waveform.duration))
        for start, end in _runs(loud)
        if (end - start) * FRAME >= options.shortest - 1e-6
    ]


def _levels(waveform: Waveform) -> Levels:
    """Without the DC offset of a bad sound card. A last frame that is not full is left out."""
    size = round(FRAME * waveform.rate)
    frames = waveform.samples[: len(waveform.samples) // size * size].reshape(-1, size)
    squares = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size  # without a copy
    levels: Levels = 10 * np.log10(np.maximum(squares - frames.mean(axis=1, dtype=np.float64) ** 2, FAINTEST))
    return levels


def _floor(levels: Levels) -> Levels:
    stretches = np.array_split(levels, -(-len(levels) // FLOOR_FRAMES) or 1)
    return np.concatenate([np.full(len(s), np.percentile(s, FLOOR_PERCENTILE) if len(s) else 0.0) for s in stretches])


def _covered(spans: Sequence[Span], n_frames: int) -> Mask:
    """Frames that a span touches."""
    mask = np.zeros(n_frames, np.bool_)
    for span in spans:
        mask[math.floor(span.start / FRAME + 1e-6) : math.ceil(span.end / FRAME - 1e-6)] = True
    return mask


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """(first, behind the last) of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _close(mask: Mask, gap: int) -> Mask:
    """Stretches of at most `gap` frames of False between True become True."""
    closed = mask.copy()
    for start, end in _runs(~mask):
        if start > 0 and end < len(mask) and end - start <= gap:
            closed[start:end] = True
    return closed
