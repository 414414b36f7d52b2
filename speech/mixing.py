"""Decoded frames to one track, or to one for each channel: mixed, cleaned, resampled. Knows nothing of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.plane import AudioPlane
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Shape = tuple[int, str, int]  # rate in Hz, FFmpeg's sample format, channels

BLOCK = 2**16  # samples that are worth a call to numpy
LAYOUTS = ("mono", "stereo", "2.1", "quad", "5.0", "5.1", "6.1", "7.1")  # FFmpeg's: the n-th has n channels
RESAMPLER = {"filter_size": "64"}  # taps; of 8.5 kHz swresample's own 32 let -26 dB fold back, 64 let -90 dB, as fast
GROWTH = 300  # s by which the result grows at least

# FFmpeg's sample formats: numpy's type, the value of silence, the distance of full scale from it
SAMPLE_FORMATS = {
    "u8": ("u1", 2.0**7, 2.0**7),
    "s16": ("i2", 0.0, 2.0**15),
    "s32": ("i4", 0.0, 2.0**31),
    "s64": ("i8", 0.0, 2.0**63),
    "flt": ("f4", 0.0, 1.0),
    "dbl": ("f8", 0.0, 1.0),
}


@dataclass(slots=True)
class Flaws:
    """Samples that were not what a sample should be, of the mix or of all tracks. Counted on the way."""

    n_samples: int = 0
    not_finite: int = 0
    clipped: int = 0


def mix(frames: Iterable[AudioFrame], rate: int, flaws: Flaws) -> Iterator[Samples]:
    """All frames as pieces of one track at `rate` Hz. The shape of the frames may change on the way."""
    for (source_rate, _, _), run in groupby(frames, key=_shape):
        pieces = (_clean(_mono(block), flaws)[np.newaxis] for block in _blocks(run))
        yield from (piece[0] for piece in _at(rate, pieces, source_rate, 1))


def part(frames: Iterable[AudioFrame], rate: int, flaws: Flaws) -> Iterator[Samples]:
    """The same as pieces (channels, n), a track for each channel of the first frame.

    Channels that come later have none and are left out, unless there is one track alone: that is the mix.
    """
    n_tracks = 0
    for (source_rate, _, n_channels), run in groupby(frames, key=_shape):
        n_tracks = n_tracks or n_channels
        pieces = (_clean(_tracks(block, n_tracks), flaws) for block in _blocks(run))
        yield from _at(rate, pieces, source_rate, n_tracks)


def _shape(frame: AudioFrame) -> Shape:
    return frame.sample_rate, frame.format.name, frame.layout.nb_channels


def _blocks(frames: Iterable[AudioFrame]) -> Iterator[list[AudioFrame]]:
    block: list[AudioFrame] = []
    n_samples = 0
    for frame in frames:
        block.append(frame)
        n_samples += frame.samples
        if n_samples >= BLOCK:
            yield block
            block, n_samples = [], 0
    if n_samples:
        yield block


# --- a block ---


def _mono(block: list[AudioFrame]) -> Samples:
    """The average of the channels: swresample's matrices change the gain with the layout, and fail on unknown layouts.

    Where the channels cancel one another (a microphone with two wires swapped), the loudest of them.
    """
    channels = _channels(block)
    if len(channels) == 1:
        only: Samples = channels[0]
        return only
    with np.errstate(all="ignore"):
        average: Samples = channels.mean(axis=0)
        energies = [float(channel @ channel) for channel in channels]
        cancelled = float(average @ average) < 0.01 * sum(energies) / len(energies)  # 1 loud channel of 8 leaves 0.125
    return channels[int(np.argmax(energies))] if cancelled else average


def _tracks(block: list[AudioFrame], n_tracks: int) -> Samples:
    """As many as wanted: the first ones, and silence where there are fewer."""
    if n_tracks == 1:
        return _mono(block)[np.newaxis]
    kept = _channels(block)[:n_tracks]
    return np.pad(kept, ((0, n_tracks - len(kept)), (0, 0)))


def _channels(block: list[AudioFrame]) -> Samples:
    """(channels, n), full scale 1."""
    form, n_channels = block[0].format, block[0].layout.nb_channels
    dtype, silence, full = SAMPLE_FORMATS[form.packed.name]
    if form.is_planar:
        raw = np.stack([_plane(block, index, 1, dtype) for index in range(n_channels)])
    else:
        raw = _plane(block, 0, n_channels, dtype).reshape(-1, n_channels).T
    with np.errstate(all="ignore"):  # a float may be anything, a double lie beyond float32: _clean sees to it
        channels = np.ascontiguousarray(raw, np.float32)
        channels -= silence
        channels /= full
    return channels


def _plane(block: list[AudioFrame], index: int, width: int, dtype: str) -> NDArray[np.generic]:
    """One plane of all frames, `width` values a sample."""
    return np.concatenate([_values(frame.planes[index], frame.samples * width, dtype) for frame in block])


def _values(plane: AudioPlane, n_values: int, dtype: str) -> NDArray[np.generic]:
    return np.frombuffer(memoryview(plane), dtype, n_values)


def _clean(tracks: Samples, flaws: Flaws) -> Samples:
    """Finite and within full scale, in place: before the resampler, whose filter would smear a NaN and ring on 1e38."""
    odd = ~np.isfinite(tracks)
    tracks[odd] = 0.0
    flaws.n_samples += tracks.size
    flaws.not_finite += int(np.count_nonzero(odd))
    flaws.clipped += int(np.count_nonzero(np.abs(tracks) > 1.0))
    np.clip(tracks, -1.0, 1.0, out=tracks)
    return tracks


# --- the tracks ---


def _at(rate: int, pieces: Iterable[Samples], source_rate: int, n_tracks: int) -> Iterable[Samples]:
    return pieces if source_rate == rate else _resampled(pieces, source_rate, rate, LAYOUTS[n_tracks - 1])


def _resampled(pieces: Iterable[Samples], source_rate: int, rate: int, layout: str) -> Iterator[Samples]:
    """One stream of pieces (tracks, n), without delay and to its end. Layouts are alike on both sides: nothing is mixed."""
    resampler = AudioResampler("fltp", layout, rate, options=RESAMPLER)
    for piece in pieces:
        frame = AudioFrame.from_ndarray(piece, "fltp", layout)
        frame.sample_rate = source_rate
        yield from map(_within_full_scale, resampler.resample(frame))
    yield from map(_within_full_scale, resampler.resample(None))


def _within_full_scale(frame: AudioFrame) -> Samples:
    """The filter overshoots at an edge."""
    samples: Samples = frame.to_ndarray().astype(np.float32, copy=False)
    np.clip(samples, -1.0, 1.0, out=samples)
    return samples


def join(pieces: Iterable[Samples], rate: int) -> Samples:
    """One array, grown in place: at its peak an eighth above its size, where np.concatenate needs twice."""
    track, n_samples = np.empty(60 * rate, np.float32), 0
    for piece in pieces:
        needed = n_samples + len(piece)
        if needed > len(track):
            track.resize(needed + max(needed // 8, GROWTH * rate), refcheck=False)
        track[n_samples:needed] = piece
        n_samples = needed
    track.resize(n_samples, refcheck=False)
    return track
