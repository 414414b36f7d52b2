"""What happens to sound between a mouth and a file: noise, rooms, telephones, codecs, levels. No step moves the sound in time."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt, sosfiltfilt

from training.demo.events import noise
from training.demo.voice import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

CLEAN = 0.35  # share of clips that only have their level changed
MU = 255.0  # ITU-T G.711, mu-law
_CODECS = (  # container, encoder, kbit/s
    ("mp3", "libmp3lame", 24),
    ("mp3", "libmp3lame", 32),
    ("mp3", "libmp3lame", 64),
    ("ogg", "libopus", 10),
    ("ogg", "libopus", 16),
    ("ogg", "libopus", 24),
)
LONGEST_DELAY = 4000  # samples; mp3 decoders lag by 1105 (LAME's technical FAQ), opus by 312 at 48 kHz (RFC 7845, pre-skip)


def degrade(samples: Samples, rng: np.random.Generator, held_out: bool = False) -> Samples:
    """As many samples as came in. `held_out` draws from the same troubles; the generator's seed alone tells the two apart."""
    if not np.any(samples):
        return samples
    if rng.random() >= CLEAN:
        if rng.random() < 0.28:
            samples = reverberated(samples, rng)
        if rng.random() < 0.50:
            samples = noisy(samples, rng, rng.uniform(3, 28))
        if rng.random() < 0.20:
            samples = telephoned(samples)
        elif rng.random() < 0.22:
            samples = coded(samples, *_CODECS[int(rng.integers(len(_CODECS)))])
        elif rng.random() < 0.15:
            samples = tilted(samples, rng)
        if rng.random() < 0.08:
            peak = float(np.abs(samples).max())
            samples = np.clip(samples, -peak * 0.6, peak * 0.6)
        if rng.random() < 0.08:
            samples = samples + np.float32(rng.uniform(-0.01, 0.01))
    return levelled(samples, rng.uniform(-25, -3))


def noisy(samples: Samples, rng: np.random.Generator, snr: float) -> Samples:
    """With a continuous noise `snr` dB below."""
    return mixed(samples, noise(rng, len(samples)), snr)


def mixed(samples: Samples, other: Samples, snr: float) -> Samples:
    """Both, the other `snr` dB below the samples where those sound."""
    power, other_power = _power(samples), _power(other)
    if other_power < 1e-12:
        return samples
    return np.asarray(samples + other * np.sqrt(power / other_power * 10 ** (-snr / 10)), np.float32)


def reverberated(samples: Samples, rng: np.random.Generator) -> Samples:
    """In a room whose sound decays by 60 dB in 0.1-0.6 s; the direct sound stays where it was."""
    decay = rng.uniform(0.1, 0.6)
    n = int(decay * RATE)
    t = np.arange(n) / RATE
    tail = rng.standard_normal(n) * np.exp(-6.9 * t / decay)
    tail[: int(rng.uniform(0.001, 0.01) * RATE)] = 0
    tail *= 10 ** (-rng.uniform(0, 12) / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(fftconvolve(samples, tail.astype(np.float32))[: len(samples)], np.float32)


def telephoned(samples: Samples) -> Samples:
    """300-3400 Hz at 8 kHz through mu-law."""
    narrow = sosfiltfilt(_telephone(), samples)
    narrow = resample_poly(narrow, 1, 2)
    scale = float(np.abs(narrow).max()) * 1.1 + 1e-9
    companded = np.sign(narrow) * np.log1p(MU * np.abs(narrow) / scale) / np.log1p(MU)
    steps = np.round(companded * 127) / 127
    expanded = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(MU)) / MU * scale
    return np.asarray(resample_poly(expanded, 2, 1)[: len(samples)], np.float32)


def tilted(samples: Samples, rng: np.random.Generator) -> Samples:
    """Through a microphone with little bass or little treble."""
    if rng.random() < 0.5:
        return np.asarray(sosfilt(_slope("high", int(rng.choice([150, 250, 400]))), samples), np.float32)
    return np.asarray(sosfilt(_slope("low", int(rng.choice([3000, 4000, 5500]))), samples), np.float32)


def levelled(samples: Samples, level: float) -> Samples:
    """With its peak at `level` dBFS."""
    return (samples * (10 ** (level / 20) / (float(np.abs(samples).max()) + 1e-9))).astype(np.float32)


def coded(samples: Samples, container: str, codec: str, kilobits: int) -> Samples:
    """Through a lossy codec and back, with the codec's delay measured and taken away."""
    heard = _decoded(_encoded(samples, container, codec, kilobits))
    lag = _lag(samples, heard)
    heard = heard[lag:] if lag >= 0 else np.concatenate((np.zeros(-lag, np.float32), heard))
    return np.pad(heard[: len(samples)], (0, max(len(samples) - len(heard), 0)))


def _encoded(samples: Samples, container: str, codec: str, kilobits: int) -> bytes:
    file = io.BytesIO()
    peak = float(np.abs(samples).max()) + 1e-9
    whole = np.round(samples / max(peak, 1.0) * 32767).astype(np.int16)
    with av.open(file, "w", format=container) as output:
        stream = cast("av.AudioStream", output.add_stream(codec, rate=RATE))
        stream.layout = "mono"
        stream.bit_rate = kilobits * 1000
        frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            output.mux(packet)
    return file.getvalue()


def _decoded(file: bytes) -> Samples:
    with av.open(io.BytesIO(file), "r") as source:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frames = [part for frame in source.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
        return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def _lag(samples: Samples, heard: Samples) -> int:
    """How many samples `heard` lags behind, by the peak of their correlation."""
    n = 1 << (max(len(samples), len(heard)) + LONGEST_DELAY).bit_length()
    correlation = np.fft.irfft(np.conj(np.fft.rfft(samples, n)) * np.fft.rfft(heard, n), n)
    around = np.concatenate((correlation[-LONGEST_DELAY:], correlation[: LONGEST_DELAY + 1]))
    return int(np.argmax(around)) - LONGEST_DELAY


def _power(samples: Samples) -> float:
    """Mean square over the 30 ms stretches within 25 dB of the loudest."""
    hop = 480
    if len(samples) < hop:
        return float(np.mean(np.square(samples)))
    frames = np.square(samples[: len(samples) // hop * hop].reshape(-1, hop)).mean(axis=1)
    return float(frames[frames >= frames.max() * 0.003].mean())


@cache
def _telephone() -> NDArray[np.float64]:
    return np.asarray(butter(3, (300, 3400), "band", fs=RATE, output="sos"))


@cache
def _slope(kind: str, edge: int) -> NDArray[np.float64]:
    return np.asarray(butter(2, edge, kind, fs=RATE, output="sos"))
