"""Waveforms to the frames SenseVoice hears: 80-band fbank, seven frames stacked every six, CMVN. All clips of a batch at once.

The numbers of Kaldi's fbank as funasr 1.4.16's WavFrontend asks for it with dither 0, by torch, on the network's device.
Knows nothing of networks or text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

RATE = 16_000  # Hz
N_MELS = 80
WINDOW_MS, HOP_MS = 25.0, 10.0
STACK, STRIDE = 7, 6  # low frame rate: lfr_m, lfr_n of the published config.yaml
FRAME = HOP_MS / 1000 * STRIDE  # s: one frame of the network is 60 ms
FULL_SCALE = 1 << 15  # WavFrontend scales [-1, 1] to 16-bit integers

# kaldi-native-fbank 1.22: FrameExtractionOptions, MelBanksOptions
WINDOW, HOP = round(WINDOW_MS * RATE / 1000), round(HOP_MS * RATE / 1000)  # samples
N_FFT = 512  # the next power of two
PREEMPHASIS = 0.97
LOWEST, HIGHEST = 20.0, RATE / 2  # Hz of the mel bands
FLOOR = float(np.finfo(np.float32).eps)  # energy of silence

CPU = torch.device("cpu")

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


class Fbank:
    """Log mel energies of many clips at once."""

    def __init__(self, device: torch.device = CPU) -> None:
        self._device = device
        self._taper = torch.hamming_window(WINDOW, periodic=False, dtype=torch.float64).float().to(device)
        self._bands = torch.from_numpy(mel_bands()).to(device)

    def __call__(self, clips: Sequence[Floats]) -> tuple[Tensor, list[int]]:
        """(sum of n, 80) of clips in [-1, 1] at 16 kHz, and each one's n = 1 + (samples - 400) // 160.

        A clip of less than 400 samples is one frame, silent behind its end (Kaldi shortens the window instead).
        """
        windows = [clip.unfold(0, WINDOW, HOP) for clip in self._moved(clips)]
        frames = torch.cat(windows)
        frames -= frames.mean(1, keepdim=True)
        before = torch.cat((frames[:, :1], frames[:, :-1]), 1)
        spectrum = torch.fft.rfft((frames - PREEMPHASIS * before) * self._taper, N_FFT)
        power = spectrum.real.square() + spectrum.imag.square()
        return (power @ self._bands).clamp_min(FLOOR).log(), [len(window) for window in windows]

    def _moved(self, clips: Sequence[Floats]) -> list[Tensor]:
        """The clips on the device, scaled, in one copy."""
        long_enough = [functional.pad(torch.from_numpy(clip), (0, max(WINDOW - len(clip), 0))) for clip in clips]
        joined = torch.cat(long_enough)
        if self._device.type == "cuda":
            joined = joined.pin_memory().to(self._device, non_blocking=True)
        return list(torch.split(joined * FULL_SCALE, [len(clip) for clip in long_enough]))


class Frontend:
    """The network's frames of many clips at once."""

    def __init__(self, cmvn: Cmvn, device: torch.device = CPU) -> None:
        self._fbank = Fbank(device)
        self._shift, self._scale = torch.from_numpy(cmvn.shift).to(device), torch.from_numpy(cmvn.scale).to(device)

    def __call__(self, clips: Sequence[Floats]) -> tuple[Tensor, list[int]]:
        """(sum of n, 560), one clip after the other, and each one's n, at least one."""
        mels, counts = self._fbank(clips)
        starts = np.cumsum([0, *counts[:-1]])
        stacks = [stacking(count) + start for count, start in zip(counts, starts, strict=True)]
        index = torch.from_numpy(np.concatenate(stacks)).to(mels.device)
        return (mels[index].flatten(1) + self._shift) * self._scale, [len(stack) for stack in stacks]


def stacking(n_mels: int) -> NDArray[np.int64]:
    """(ceil(n / 6), 7): the mel frames that make each of the network's, edges repeated (FunASR WavFrontend apply_lfr)."""
    around = np.arange(STACK) - STACK // 2
    return (np.arange(-(-n_mels // STRIDE))[:, None] * STRIDE + around).clip(0, n_mels - 1)


def mel_bands() -> Floats:
    """(257, 80): each band a triangle on the mel scale, 1127 ln(1 + f / 700)."""
    low, high = _mel(np.array([LOWEST, HIGHEST]))
    edges = np.linspace(low, high, N_MELS + 2)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    at = _mel(np.arange(N_FFT // 2 + 1) * RATE / N_FFT)[:, None]
    weights = np.minimum((at - left) / (centre - left), (right - at) / (right - centre))
    bands: Floats = weights.clip(0).astype(np.float32)
    return bands


def _mel(frequency: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127.0 * np.log1p(frequency / 700.0)
    return mel
