"""How an emotion sounds: espeak's rate, pitch and range, then effects on the signal. Knows nothing of words or rooms.

Every emotion but neutral has an absolute cue, one that needs no knowledge of how the speaker sounds otherwise:
  happy      a lilt: the pitch swings 2.5-3.5 times a second; fast, wide, bright
  sad        the pitch sinks to the end, monotone; slow, dark, fading
  angry      driven: harmonics of tanh, hoarse noise at 1.2-3.6 kHz, hard onsets; wide and fast
  fearful    a tremor of 7-9 Hz in loudness and pitch; high and narrow
  disgusted  creak: the voice breaks into pulses 13-18 times a second; low and slow
  surprised  the pitch climbs to the end by two thirds; wide
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from training.demo.voice import (
    HELD_OUT_FEMALE,
    HELD_OUT_MALE,
    LOUDNESS,
    RATE,
    TRAINED_FEMALE,
    TRAINED_MALE,
    VOICES,
    Speech,
    Unit,
    VoiceSetting,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Emotion(StrEnum):
    """SenseVoice's emotion tags."""

    NEUTRAL = "NEUTRAL"
    HAPPY = "HAPPY"
    SAD = "SAD"
    ANGRY = "ANGRY"
    FEARFUL = "FEARFUL"
    DISGUSTED = "DISGUSTED"
    SURPRISED = "SURPRISED"
    UNKNOWN = "EMO_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Manner:
    """What espeak is told; pairs are the lowest and the highest value drawn."""

    haste: tuple[float, float] = (1.0, 1.0)  # factor of the language's rate
    pitch: tuple[int, int] = (30, 60)
    range: tuple[int, int] = (35, 60)


MANNERS = {
    Emotion.NEUTRAL: Manner(),
    Emotion.HAPPY: Manner((1.06, 1.14), (62, 85), (80, 99)),
    Emotion.SAD: Manner((0.74, 0.84), (8, 28), (2, 12)),
    Emotion.ANGRY: Manner((1.02, 1.12), (38, 65), (75, 99)),
    Emotion.FEARFUL: Manner((0.98, 1.08), (68, 92), (15, 35)),
    Emotion.DISGUSTED: Manner((0.78, 0.88), (5, 25), (30, 55)),
    Emotion.SURPRISED: Manner((0.86, 0.94), (48, 72), (80, 99)),
}
# espeak's rate at which each language is at a natural pace; a frame of the model is 60 ms, so none is faster.
PACES = {
    "zh": (150, 200),  # 3.5-4.7 characters/s
    "yue": (132, 178),  # 3.6-5 characters/s
    "en": (112, 146),  # 2.3-3.1 words/s
    "ja": (130, 170),  # 5-6.8 morae/s
    "ko": (112, 140),  # 3.9-4.9 syllables/s
}
SLOWEST = 82  # espeak's own limit is 80
TRACTS_TRAINED = (425, 433, 441, 441, 441, 449, 457)
TRACTS_HELD_OUT = (429, 437, 445, 453)


def draw_setting(language: str, emotion: Emotion, rng: np.random.Generator, held_out: bool = False) -> VoiceSetting:
    """A voice for the evaluation (`held_out`) has a speaker, odd rates and odd pitches that no voice for the training has."""
    male, female = (HELD_OUT_MALE, HELD_OUT_FEMALE) if held_out else (TRAINED_MALE, TRAINED_FEMALE)
    speakers = male if rng.random() < 0.5 else female
    manner = MANNERS[emotion]
    rate = rng.uniform(*PACES[language]) * rng.uniform(*manner.haste)
    odd = int(held_out)
    return VoiceSetting(
        language=language,
        voice=str(rng.choice(VOICES[language])),
        variant=str(rng.choice(speakers)),
        rate=max(int(rate) // 2 * 2, SLOWEST) + odd,
        pitch=int(rng.integers(*manner.pitch)) // 2 * 2 + odd,
        range=int(rng.integers(*manner.range)),
        tract=int(rng.choice(TRACTS_HELD_OUT if held_out else TRACTS_TRAINED)),
    )


def colour(speech: Speech, emotion: Emotion, rng: np.random.Generator) -> Speech:
    """The speech with the emotion's effects, at LOUDNESS; times follow what the effects do to time."""
    match emotion:
        case Emotion.HAPPY:
            samples, units = _warped(speech, _swinging(speech, rng.uniform(2.5, 3.5), rng.uniform(0.19, 0.23), rng))
            samples = samples + rng.uniform(1.6, 2.4) * _above(samples, 2500)
        case Emotion.SAD:
            samples, units = _warped(speech, np.linspace(rng.uniform(1.0, 1.06), rng.uniform(0.76, 0.82), len(speech.samples)))
            samples = _dark(_dark(samples, rng.uniform(900, 1300)), 2600)
            samples = samples * np.linspace(1.0, rng.uniform(0.25, 0.45), len(samples))
        case Emotion.ANGRY:
            samples, units = _driven(speech.samples, rng), speech.units
        case Emotion.FEARFUL:
            tremor = rng.uniform(7.0, 9.0)
            samples, units = _warped(speech, _swinging(speech, tremor, rng.uniform(0.07, 0.10), rng))
            depth = rng.uniform(0.82, 0.95)
            samples = samples * (1 - depth / 2 + depth / 2 * _sine(len(samples), tremor, rng))
        case Emotion.DISGUSTED:
            samples, units = _creaking(speech.samples, rng), speech.units
        case Emotion.SURPRISED:
            reach = np.clip(np.linspace(-0.35, 1.0, len(speech.samples)), 0, 1)  # level for the first quarter, then up
            samples, units = _warped(speech, rng.uniform(0.9, 0.96) + rng.uniform(0.58, 0.7) * reach**1.2)
        case _:
            return speech
    samples = samples * (LOUDNESS / (float(np.sqrt(np.mean(np.square(samples)))) + 1e-9))
    return Speech(samples.astype(np.float32), units)


def _warped(speech: Speech, speed: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[Unit, ...]]:
    """Plays the samples at a `speed` given for each of them: time, pitch and formants move together, and the units with them."""
    played = np.concatenate(([0.0], np.cumsum(1 / speed)))  # when each input sample is played, in output samples
    at = np.interp(np.arange(int(played[-1])), played[:-1], np.arange(len(speed)))
    samples = _between(speech.samples.astype(np.float64), at)
    mapped = np.interp([edge * RATE for unit in speech.units for edge in (unit.start, unit.end)], np.arange(len(played)), played)
    pairs = mapped.reshape(-1, 2) / RATE
    units = tuple(
        replace(unit, start=float(start), end=float(end)) for unit, (start, end) in zip(speech.units, pairs, strict=True)
    )
    return samples, units


def _between(samples: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at fractional indices by Catmull-Rom splines."""
    padded = np.concatenate((samples[:1], samples, samples[-1:], samples[-1:]))
    index = at.astype(np.int64)
    x = at - index
    before, here, there, beyond = padded[index], padded[index + 1], padded[index + 2], padded[index + 3]
    bend = 2 * before - 5 * here + 4 * there - beyond + x * (3 * (here - there) + beyond - before)
    return np.asarray(here + 0.5 * x * (there - before + x * bend))


def _sine(n_samples: int, rate: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A sine of about `rate` Hz that wanders by some per cent."""
    knots = rng.normal(1.0, 0.05, n_samples // 4000 + 2)
    wander = np.interp(np.arange(n_samples) / 4000, np.arange(len(knots)), knots)
    return np.sin(2 * np.pi * (rng.random() + np.cumsum(rate * wander) / RATE))


def _swinging(speech: Speech, rate: float, depth: float, rng: np.random.Generator) -> NDArray[np.float64]:
    return 1 + depth * _sine(len(speech.samples), rate, rng)


def _driven(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    """Shouted: onsets stressed, overdriven, hoarse and present."""
    loudness = _envelope(samples, 60)
    slower = _envelope(samples, 6)
    punched = samples * np.clip(loudness / (slower + 1e-3), 0.5, 2.0)
    driven = np.tanh(rng.uniform(5, 8) * punched / LOUDNESS / 2)
    hoarse = _band(rng.standard_normal(len(samples)), 1200, 3600) * np.minimum(loudness / LOUDNESS, 1.5)
    return np.asarray(driven + rng.uniform(0.5, 0.8) * _above(driven, 1500) + rng.uniform(0.28, 0.42) * hoarse)


def _creaking(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float64]:
    """The voice in pulses, each of which decays before the next."""
    n_samples = len(samples)
    knots = rng.normal(1.0, 0.08, n_samples // 1600 + 2)
    wander = np.interp(np.arange(n_samples) / 1600, np.arange(len(knots)), knots)
    phase = np.mod(rng.random() + np.cumsum(rng.uniform(13, 18) * wander) / RATE, 1.0)
    pulses = np.exp(-rng.uniform(3.5, 4.5) * phase) * np.minimum(phase * 12, 1.0)
    return np.asarray(samples * (0.03 + pulses))


def _envelope(samples: NDArray[np.float32], cutoff: float) -> NDArray[np.float64]:
    decay = np.exp(-2 * np.pi * cutoff / RATE)
    return np.asarray(np.sqrt(np.maximum(lfilter([1 - decay], [1, -decay], np.square(samples, dtype=np.float64)), 0)))


def _dark(samples: NDArray[np.float64], cutoff: float) -> NDArray[np.float64]:
    decay = np.exp(-2 * np.pi * cutoff / RATE)
    return np.asarray(lfilter([1 - decay], [1, -decay], samples))


def _above(samples: NDArray[np.float64], cutoff: float) -> NDArray[np.float64]:
    return np.asarray(sosfilt(_sections("high", (cutoff,)), samples))


def _band(samples: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    return np.asarray(sosfilt(_sections("band", (low, high)), samples))


@cache
def _sections(kind: str, edges: tuple[float, ...]) -> NDArray[np.float64]:
    return np.asarray(butter(2, edges if len(edges) > 1 else edges[0], kind, fs=RATE, output="sos"))
