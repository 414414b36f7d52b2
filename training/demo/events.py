"""Sounds that are not speech, synthesised: laughter, applause, music, coughs, sneezes, cries, and what rooms sound like empty.

Each takes a generator and a length in seconds and returns float32 samples at 16 kHz of that length, at root mean square
LOUDNESS where it sounds. Knows nothing of speech or scenes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from training.demo.voice import LOUDNESS, RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Signal = NDArray[np.float32] | NDArray[np.float64]

# First three formants of a man in Hz (Peterson and Barney 1952); others scale them.
VOWELS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "i": (270, 2290, 3010),
    "@": (500, 1400, 2400),
}
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10))  # semitones
PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 4), (5, 3, 0, 4), (0, 3, 0, 4))  # steps of the scale


class Sound(Protocol):
    def __call__(self, rng: np.random.Generator, seconds: float) -> NDArray[np.float32]: ...


def laughter(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """Bouts of "ha ha ha" at 4-6 Hz, each bout falling in pitch and loudness, with a breath drawn between bouts."""
    out = np.zeros(_count(seconds))
    voice = rng.uniform(160, 260) if rng.random() < 0.5 else rng.uniform(260, 480)  # Hz; laughter is higher than speech
    body = 1.0 if voice < 240 else rng.uniform(1.12, 1.22)
    vowel = str(rng.choice(["a", "a", "e", "o", "i"]))
    pace = rng.uniform(4.0, 6.0)
    at = 0.0
    while at < seconds - 0.12:
        n_bursts = int(rng.integers(3, 9))
        for index in range(n_bursts):
            fall = index / n_bursts
            span = rng.uniform(0.5, 0.68) / pace
            n = _count(span)
            pitch = voice * (1.15 - 0.4 * fall) * np.linspace(1.06, 0.88, n) * rng.uniform(0.95, 1.05)
            shape = np.minimum(np.linspace(0, 6, n), 1) * np.exp(-np.linspace(0, 2.2, n))
            ha = _voiced(rng, pitch, vowel, body, breath=0.12) * shape
            _add(out, at, ha * (1 - 0.6 * fall))
            gasp = _formed(rng.standard_normal(_count(0.32 / pace)), vowel, body)
            _add(out, at + span, gasp * np.hanning(len(gasp)) * 0.12 * (1 - 0.6 * fall))
            at += rng.uniform(0.92, 1.08) / pace
        if at < seconds - 0.3:
            _add(out, at + 0.05, breath(rng, rng.uniform(0.2, 0.4)) * rng.uniform(0.5, 1.5))
        at += rng.uniform(0.25, 0.6)
    return _levelled(out)


def applause(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """Three to eighty pairs of hands, each with its own pace, tone and distance."""
    n = _count(seconds)
    out = np.zeros(n)
    n_hands = int(np.exp(rng.uniform(np.log(3), np.log(80))))
    n_tones = min(n_hands, 6)
    for group in np.array_split(np.arange(n_hands), n_tones):
        strikes = np.zeros(n)
        for _ in group:
            pace = rng.uniform(2.6, 5.2)
            gaps = rng.normal(1.0, 0.08, int(seconds * 8) + 4).clip(0.5) / pace
            times = (rng.random() / pace + np.cumsum(gaps) - gaps[0]) * RATE
            times = times[times < n].astype(np.int64)
            np.add.at(strikes, times, rng.uniform(0.2, 1.0) * rng.uniform(0.6, 1.2, len(times)))
        ring = _count(0.03)
        clap = rng.standard_normal(ring) * np.exp(-np.arange(ring) / RATE / rng.uniform(0.003, 0.009))
        centre = rng.uniform(700, 2600)
        clap = _band(clap, centre * 0.6, min(centre * 2.0, 7500)) + 0.15 * clap
        out += fftconvolve(strikes, clap)[:n]
    swell = np.interp(np.linspace(0, 1, n), [0, rng.uniform(0.05, 0.3), rng.uniform(0.6, 0.85), 1], [0.25, 1, 0.9, 0.3])
    return _levelled(out * swell)


def music(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """A progression of chords with bass, a melody and often drums, in one of many timbres and tempi."""
    n = _count(seconds)
    out = np.zeros(n)
    beat = 60 / rng.uniform(70, 150)
    scale = SCALES[int(rng.integers(len(SCALES)))]
    progression = PROGRESSIONS[int(rng.integers(len(PROGRESSIONS)))]
    key = rng.uniform(110, 220)  # Hz
    pad, lead = _timbre(rng), _timbre(rng)
    with_drums, with_lead = rng.random() < 0.6, rng.random() < 0.8
    if with_drums:
        n_hit = _count(0.14)
        t = np.arange(n_hit) / RATE
        kick = np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-t * 40)))) * np.exp(-t * 22)
        snare = rng.standard_normal(n_hit) * np.exp(-t * 28) * 0.6
        hat = _high(rng.standard_normal(n_hit), 5000) * np.exp(-t * 80) * 0.4
    index = -int(rng.integers(4))
    for step in range(int(seconds / beat) + 1):
        at = step * beat
        root = progression[(index // 4) % 4]
        if index % 4 == 0 or step == 0:
            for third in (0, 2, 4):
                _add(out, at, _note(key * _pitch(scale, root + third), beat * 3.9, pad) * 0.35)
            _add(out, at, _note(key / 2 * _pitch(scale, root), beat * 1.9, pad) * 0.6)
        if with_lead:
            n_notes = int(rng.choice([0, 1, 1, 2]))
            for half in range(n_notes):
                pitch = 2 * key * _pitch(scale, root + int(rng.choice([0, 2, 4, 1, 5, 7])))
                _add(out, at + half * beat / 2, _note(pitch, beat / n_notes * 0.9, lead) * 0.5)
        if with_drums:
            _add(out, at, kick if index % 2 == 0 else snare)
            for half in range(2):
                _add(out, at + half * beat / 2, hat)
        index += 1
    return _levelled(out)


def cough(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """One to four coughs: a burst of coloured noise at once at its loudest, a rasp, then a short voiced end."""
    out = np.zeros(_count(seconds))
    body = rng.uniform(0.9, 1.25)
    voice = rng.uniform(110, 180) * body
    at = rng.uniform(0.0, min(0.1, seconds / 8))
    for _ in range(int(rng.integers(1, 5))):
        span = rng.uniform(0.22, 0.38)
        n = _count(span)
        t = np.arange(n) / RATE
        burst = _formed(rng.standard_normal(n), "@", body) * np.exp(-t * rng.uniform(14, 22))
        burst += 0.3 * _band(rng.standard_normal(n), 1500, 5000) * np.exp(-t * 30)
        rasp = np.clip((t - span * 0.35) * 30, 0, 1) * np.exp(-np.clip(t - span * 0.5, 0, None) * 25)
        voiced = _voiced(rng, voice * np.linspace(1.2, 0.75, n) * rng.normal(1, 0.05), "@", body, breath=0.5)
        _add(out, at, (burst + rng.uniform(0.2, 0.5) * voiced * rasp) * np.minimum(t * 400, 1) * rng.uniform(0.6, 1.0))
        at += span + rng.uniform(0.02, 0.25)
        if at > seconds - 0.15:
            break
    return _levelled(out)


def sneeze(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """ "Ah" drawn in and rising, a stop, and "choo": hissing at 2-7 kHz that falls into a voiced u."""
    out = np.zeros(_count(seconds))
    voice = rng.uniform(130, 300)
    body = 1.0 if voice < 200 else 1.18
    room = max(seconds - 0.6, 0.15)
    at = 0.02
    for _ in range(int(rng.integers(1, 3))):
        n = _count(rng.uniform(0.15, min(0.45, room)))
        ah = _voiced(rng, voice * np.linspace(0.95, 1.35, n), "a", body, breath=0.8) * np.linspace(0.05, 0.45, n) ** 1.5
        _add(out, at, ah)
        at += n / RATE + rng.uniform(0.04, 0.1)
    n = _count(rng.uniform(0.3, 0.45))
    t = np.arange(n) / RATE
    hiss = _band(rng.standard_normal(n), rng.uniform(1800, 2600), 7000) * np.exp(-t * rng.uniform(9, 14)) * np.minimum(t * 300, 1)
    oo = _voiced(rng, voice * np.linspace(1.5, 0.8, n), "u", body, breath=0.3)
    oo *= np.clip((t - 0.05) * 15, 0, 1) * np.exp(-np.clip(t - 0.08, 0, None) * 9)
    _add(out, at, 1.2 * hiss + 0.7 * oo)
    return _levelled(out)


def cry(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """Wails that rise and fall with vibrato, each followed by sobs drawn in."""
    out = np.zeros(_count(seconds))
    voice = rng.uniform(280, 560)
    body = rng.uniform(1.1, 1.35)
    vowel = str(rng.choice(["a", "e", "@", "a"]))
    at = 0.0
    while at < seconds - 0.25:
        span = min(rng.uniform(0.55, 1.3), seconds - at)
        n = _count(span)
        arch = np.interp(np.linspace(0, 1, n), [0, 0.2, 0.6, 1], [0.8, 1.08, 1.0, 0.68])
        vibrato = 1 + rng.uniform(0.02, 0.05) * np.sin(2 * np.pi * rng.uniform(5, 8) * np.arange(n) / RATE)
        shape = np.interp(np.linspace(0, 1, n), [0, 0.1, 0.7, 1], [0, 1, 0.8, 0])
        _add(out, at, _voiced(rng, voice * arch * vibrato, vowel, body, breath=0.08) * shape)
        at += span + 0.05
        for _ in range(int(rng.integers(1, 4))):
            if at > seconds - 0.1:
                break
            n = _count(rng.uniform(0.07, 0.12))
            sob = _voiced(rng, voice * np.linspace(0.85, 1.2, n), vowel, body, breath=1.0) * np.hanning(n) * 0.5
            _add(out, at, sob)
            at += n / RATE + rng.uniform(0.04, 0.1)
        at += rng.uniform(0.05, 0.2)
    return _levelled(out)


def breath(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """Air alone, swelling and fading."""
    n = _count(seconds)
    low = rng.uniform(400, 900)
    air = _band(rng.standard_normal(n), low, rng.uniform(3000, 6000)) * np.hanning(n)
    return _levelled(air) * np.float32(0.2)


def background(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """What a microphone hears when nobody speaks: one of many noises at one of many levels, or nothing at all."""
    kinds = (_nothing, _white, _pink, _brown, _hum, _fan, _rain, _clicks, _pink, _fan)
    noise = _levelled(kinds[int(rng.integers(len(kinds)))](rng, _count(seconds)))
    if rng.random() < 0.3:
        noise = noise + _levelled(_white(rng, len(noise))) * np.float32(rng.uniform(0.02, 0.5))
    return (noise * 10 ** (rng.uniform(-45, 0) / 20)).astype(np.float32)


def noise(rng: np.random.Generator, n_samples: int) -> NDArray[np.float32]:
    """A continuous noise to mix under speech, at LOUDNESS."""
    kinds = (_white, _pink, _brown, _fan, _rain, _pink, _hum)
    return _levelled(kinds[int(rng.integers(len(kinds)))](rng, n_samples))


def _nothing(rng: np.random.Generator, n: int) -> Signal:
    return np.zeros(n)


def _white(rng: np.random.Generator, n: int) -> Signal:
    return rng.standard_normal(n)


def _pink(rng: np.random.Generator, n: int) -> Signal:
    # Paul Kellet's filter for 1/f (musicdsp.org, "Pink noise filter"), economy version
    white = rng.standard_normal(n)
    return np.asarray(
        lfilter([0.0990460], [1, -0.99765], white)
        + lfilter([0.2965164], [1, -0.96300], white)
        + lfilter([1.0526913], [1, -0.57000], white)
        + 0.1848 * white
    )


def _brown(rng: np.random.Generator, n: int) -> Signal:
    return np.asarray(lfilter([1.0], [1, -0.995], rng.standard_normal(n)))


def _hum(rng: np.random.Generator, n: int) -> Signal:
    """Mains at 50 or 60 Hz with its harmonics, over a little noise."""
    mains = float(rng.choice([50.0, 60.0])) * rng.normal(1, 0.001)
    t = np.arange(n) / RATE
    out = 0.02 * rng.standard_normal(n)
    for harmonic in range(1, 9):
        out += rng.uniform(0, 1) / harmonic * np.sin(2 * np.pi * (mains * harmonic * t + rng.random()))
    return np.asarray(out)


def _fan(rng: np.random.Generator, n: int) -> Signal:
    """Low noise with the tone of its blades."""
    t = np.arange(n) / RATE
    blades = rng.uniform(60, 240)
    air = _levelled(_brown(rng, n)) + 0.5 * _levelled(_pink(rng, n)) * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.5, 4) * t))
    return air + rng.uniform(0, 0.06) * np.sin(2 * np.pi * blades * t) + rng.uniform(0, 0.03) * np.sin(4 * np.pi * blades * t)


def _rain(rng: np.random.Generator, n: int) -> Signal:
    """Drops, thousands a second, over hiss."""
    drops = (rng.random(n) < rng.uniform(0.005, 0.06)) * rng.exponential(1.0, n)
    ring = np.arange(64) / RATE
    drop = np.exp(-ring * 1500) * np.sin(2 * np.pi * rng.uniform(1500, 5000) * ring)
    return np.asarray(fftconvolve(drops, drop)[:n] + rng.uniform(0.02, 0.1) * rng.standard_normal(n))


def _clicks(rng: np.random.Generator, n: int) -> Signal:
    """Keys and knocks, a few a second."""
    strikes = (rng.random(n) < rng.uniform(0.5, 5) / RATE) * rng.uniform(0.3, 1.0, n)
    ring = np.arange(_count(0.05)) / RATE
    knock = rng.standard_normal(len(ring)) * np.exp(-ring * rng.uniform(120, 500))
    return np.asarray(fftconvolve(strikes, _band(knock, 200, rng.uniform(2000, 6000)))[:n] + 0.002 * rng.standard_normal(n))


def _voiced(rng: np.random.Generator, pitch: NDArray[np.float64], vowel: str, body: float, breath: float) -> NDArray[np.float64]:
    """A voice at the given pitch (Hz per sample) with `breath` of noise, through the vowel's formants."""
    jitter = 1 + 0.02 * rng.standard_normal(len(pitch) // 80 + 2)
    wander = np.interp(np.arange(len(pitch)) / 80, np.arange(len(jitter)), jitter)
    phase = np.mod(np.cumsum(pitch * wander) / RATE, 1.0)
    open_part = 0.6
    glottis = np.where(phase < open_part, np.sin(np.pi * phase / open_part) ** 2, 0.0)  # a raised-cosine flow pulse
    source = np.diff(glottis, prepend=0.0) * 8
    return _formed(source + breath * 0.3 * rng.standard_normal(len(pitch)), vowel, body)


def _formed(source: Signal, vowel: str, body: float) -> NDArray[np.float64]:
    """Three resonators side by side and a little of the source."""
    out = 0.05 * np.asarray(source, dtype=np.float64)
    for index, formant in enumerate(VOWELS[vowel]):
        centre = min(formant * body, 7000)
        radius = np.exp(-np.pi * (60 + 50 * index) / RATE)
        angle = 2 * np.pi * centre / RATE
        out = out + lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], source) * 10 / (1 + 1.5 * index)
    return np.asarray(out)


def _timbre(rng: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    """Weights of harmonics and how fast a note decays (1/s)."""
    n_harmonics = int(rng.integers(2, 7))
    tilt = rng.uniform(0.8, 2.2)
    weights = np.arange(1, n_harmonics + 1) ** -tilt * rng.uniform(0.2, 1.0, n_harmonics)
    weights[0] = max(weights[0], 0.5)
    return weights, float(rng.choice([0.5, 2.0, 5.0, 9.0]))


def _note(pitch: float, seconds: float, timbre: tuple[NDArray[np.float64], float]) -> NDArray[np.float64]:
    weights, decay = timbre
    t = np.arange(_count(seconds)) / RATE
    out = np.zeros(len(t))
    for index, weight in enumerate(weights):
        if pitch * (index + 1) < 7500:
            out += weight * np.sin(2 * np.pi * pitch * (index + 1) * t)
    return out * np.minimum(t * 120, 1) * np.exp(-decay * t) * np.minimum((len(t) - np.arange(len(t))) / 400, 1)


def _pitch(scale: Sequence[int], step: int) -> float:
    octave, degree = divmod(step, len(scale))
    return float(2 ** (octave + scale[degree] / 12))


def _count(seconds: float) -> int:
    return max(round(seconds * RATE), 1)


def _add(out: NDArray[np.float64], at: float, sound: Signal) -> None:
    first = int(at * RATE)
    if first < len(out):
        part = sound[: len(out) - first]
        out[first : first + len(part)] += part


def _levelled(samples: Signal) -> NDArray[np.float32]:
    """At LOUDNESS over the 30 ms stretches that sound at all; silence stays silence."""
    hop = 480
    frames = np.square(samples[: len(samples) // hop * hop].reshape(-1, hop)).mean(axis=1) if len(samples) >= hop else np.ones(1)
    peak = float(frames.max())
    if peak < 1e-12:
        return np.zeros(len(samples), np.float32)
    power = float(frames[frames > peak * 0.003].mean())
    return np.asarray(samples * (LOUDNESS / np.sqrt(power)), np.float32)


def _band(samples: Signal, low: float, high: float) -> NDArray[np.float64]:
    # drawn edges are rounded to 50 Hz so that few filters are designed
    return np.asarray(sosfilt(_sections(round(low / 50) * 50, round(high / 50) * 50), samples))


def _high(samples: Signal, low: float) -> NDArray[np.float64]:
    return np.asarray(sosfilt(_sections(round(low), RATE // 2), samples))


@cache
def _sections(low: int, high: int) -> NDArray[np.float64]:
    if high >= RATE // 2:
        return np.asarray(butter(2, low, "high", fs=RATE, output="sos"))
    return np.asarray(butter(2, (low, high), "band", fs=RATE, output="sos"))
