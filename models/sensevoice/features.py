"""Waveforms to the frames SenseVoice hears: 80-band fbank, seven frames stacked every six, CMVN.

The same numbers as funasr 1.4.16's WavFrontend with dither 0. Knows nothing of networks or text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import kaldi_native_fbank as knf
import numpy as np
from numpy.typing import NDArray

RATE = 16_000  # Hz
N_MELS = 80
WINDOW_MS, HOP_MS = 25.0, 10.0
STACK, STRIDE = 7, 6  # low frame rate: lfr_m, lfr_n of the published config.yaml
FRAME = HOP_MS / 1000 * STRIDE  # s: one frame of the network is 60 ms
FULL_SCALE = 1 << 15  # WavFrontend scales [-1, 1] to 16-bit integers

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cmvn:
    """Cepstral mean and variance normalisation: (frame + shift) * scale, each (560,)."""

    shift: Floats
    scale: Floats

    @classmethod
    def read(cls, path: Path) -> Cmvn:
        """From a Kaldi nnet am.mvn file: the vectors behind <AddShift> and <Rescale>."""
        vectors = [
            np.array(line.split("[")[1].split("]")[0].split(), np.float32)
            for line in path.read_text().splitlines()
            if line.startswith("<LearnRateCoef>")
        ]
        shift, scale = vectors
        return cls(shift, scale)


def fbank(samples: Floats) -> Floats:
    """Log mel energies (n, 80) of float samples in [-1, 1] at 16 kHz; n = 1 + (samples - 400) // 160.

    Less than 400 samples are one frame, less than two are none.
    """
    if len(samples) < 2:  # kaldi-native-fbank 1.22 ends the process there
        return np.zeros((0, N_MELS), np.float32)
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.frame_length_ms = min(WINDOW_MS, len(samples) / RATE * 1000)
    options.frame_opts.frame_shift_ms = HOP_MS
    options.frame_opts.dither = 0.0  # WavFrontend's 1.0 gives another text on each run
    options.frame_opts.window_type = "hamming"
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = N_MELS
    options.energy_floor = 0.0
    computer = knf.OnlineFbank(options)
    computer.accept_waveform(RATE, (samples * FULL_SCALE).astype(np.float32, copy=False))
    computer.input_finished()
    return np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)])


def stack(mels: Floats) -> Floats:
    """Low frame rate stacking (n, 80) -> (ceil(n / 6), 560), edges repeated (FunASR WavFrontend apply_lfr)."""
    n_frames = -(-len(mels) // STRIDE)
    left = STACK // 2
    right = max(0, (n_frames - 1) * STRIDE + STACK - left - len(mels))
    padded = np.concatenate((mels[:1].repeat(left, 0), mels, mels[-1:].repeat(right, 0)))
    index = np.arange(n_frames)[:, None] * STRIDE + np.arange(STACK)
    stacked: Floats = padded[index].reshape(n_frames, STACK * N_MELS)
    return stacked


def extract(samples: Floats, cmvn: Cmvn) -> Floats:
    """The network's frames (n, 560) of one clip."""
    return (stack(fbank(samples)) + cmvn.shift) * cmvn.scale


def pad(clips: Sequence[Floats]) -> tuple[Floats, NDArray[np.int64]]:
    """Clips (n_i, 560) as one batch (len(clips), max n, 560), zeros behind each, and their lengths."""
    lengths = np.array([len(clip) for clip in clips], np.int64)
    batch = np.zeros((len(clips), int(lengths.max()), clips[0].shape[1]), np.float32)
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    return batch, lengths
