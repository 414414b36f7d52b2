"""Draws labelled clips: a sentence said in some emotion with some event, or none, through some trouble. Pure in its seed."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from training.demo.degrade import degrade, mixed
from training.demo.espeak import VoiceCrashed
from training.demo.events import Sound, applause, background, cough, cry, laughter, music, sneeze
from training.demo.prosody import Emotion, colour, draw_setting
from training.demo.voice import RATE, Speech, Unit, VoiceSetting, speak

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.demo.sentence import Sentence

log = logging.getLogger(__name__)

LANGUAGES = ("zh", "yue", "en", "ja", "ko")
NO_SPEECH = "nospeech"
SPEECH, BGM, UNKNOWN = "Speech", "BGM", "Event_UNK"
SOUNDS: Final[dict[str, Sound]] = {  # by SenseVoice's event tags
    "Laughter": laughter,
    "Applause": applause,
    "Cough": cough,
    "Sneeze": sneeze,
    "Cry": cry,
    BGM: music,
}
LASTING = {"Laughter": (0.7, 2.2), "Applause": (0.9, 2.5), "Cough": (0.5, 1.3), "Sneeze": (0.8, 1.3), "Cry": (0.9, 2.4)}  # s
OVERLAPPING = frozenset({"Laughter", "Applause"})  # heard over speech as well as beside it
SPEAKING = 0.86  # share of clips with speech
JOINED = 0.05  # share of those with two sentences
JOINABLE = 4.5  # s; a longer sentence stays alone
LONGEST = 12.0  # s
EMOTIONS = tuple(Emotion)[:-1]  # without UNKNOWN
EMOTION_SHARES = (0.52, *[0.48 / 6] * 6)
EVENTS = (SPEECH, BGM, *LASTING)
EVENT_SHARES = (0.62, 0.12, *[0.26 / 5] * 5)
_TRIES = 20


class Unsayable(ValueError):
    """A voice says nothing that fits."""


@dataclass(frozen=True, slots=True)
class Scene:
    samples: NDArray[np.float32]  # mono, 16 kHz
    language: str  # SenseVoice's tag: zh, yue, en, ja, ko or nospeech
    emotion: str  # SenseVoice's tag
    event: str  # SenseVoice's tag
    sentences: tuple[Sentence, ...]  # one, seldom two; none without speech
    units: tuple[Unit, ...]  # times within the clip; `unit.sentence` indexes sentences

    @property
    def sentence(self) -> Sentence | None:
        return self.sentences[0] if self.sentences else None


def draw(rng_seed: int, held_out: bool = False, language: str | None = None) -> Scene:
    """The clip of that seed. Held-out clips have sentences and voices that others never have. `language` forces speech in it."""
    rng = np.random.default_rng([rng_seed, int(held_out)])
    if language is not None or rng.random() < SPEAKING:
        return _spoken(rng, held_out, language or str(rng.choice(LANGUAGES)))
    return _silent(rng, held_out) if rng.random() < 0.5 else _sounding(rng, held_out)


def _silent(rng: np.random.Generator, held_out: bool) -> Scene:
    room = background(rng, rng.uniform(0.5, 8.0))
    samples = degrade(room, rng, held_out) if rng.random() < 0.5 else room
    return Scene(samples, NO_SPEECH, Emotion.UNKNOWN, UNKNOWN, (), ())


def _sounding(rng: np.random.Generator, held_out: bool) -> Scene:
    event = str(rng.choice(list(SOUNDS)))
    shortest, longest = LASTING.get(event, (1.5, 5.0))
    sound = SOUNDS[event](rng, rng.uniform(shortest, longest * 2))
    samples = np.concatenate((_pause(rng, 0.6), sound, _pause(rng, 0.6)))
    return Scene(degrade(samples, rng, held_out), NO_SPEECH, Emotion.UNKNOWN, event, (), ())


def _spoken(rng: np.random.Generator, held_out: bool, language: str) -> Scene:
    emotion = EMOTIONS[int(rng.choice(len(EMOTIONS), p=EMOTION_SHARES))]
    event = EVENTS[int(rng.choice(len(EVENTS), p=EVENT_SHARES))]
    sentences, speech = _said(rng, held_out, language, emotion)
    samples, units = _padded(rng, speech)
    if event == BGM:
        samples = mixed(samples, music(rng, len(samples) / RATE), rng.uniform(2, 14))
    elif event != SPEECH:
        samples, units = _accompanied(rng, samples, units, event)
    return Scene(degrade(samples, rng, held_out), language, emotion, event, sentences, units)


def _said(rng: np.random.Generator, held_out: bool, language: str, emotion: Emotion) -> tuple[tuple[Sentence, ...], Speech]:
    """One sentence in the emotion, or two with a pause between them. A voice that espeak dies of is not tried again."""
    setting = draw_setting(language, emotion, rng, held_out)
    joined = rng.random() < JOINED
    try:
        first, speech = _sayable(rng, held_out, setting, emotion, LONGEST - 2)
    except Unsayable:
        return _said(rng, held_out, language, emotion)
    if not joined or len(speech.samples) > JOINABLE * RATE:
        return (first,), speech
    second, later = _sayable(rng, held_out, setting, emotion, JOINABLE)
    pause = np.zeros(int(rng.uniform(0.2, 0.5) * RATE), np.float32)
    at = (len(speech.samples) + len(pause)) / RATE
    units = (*speech.units, *(replace(unit.moved(at), sentence=1) for unit in later.units))
    return (first, second), Speech(np.concatenate((speech.samples, pause, later.samples)), units)


def _sayable(
    rng: np.random.Generator, held_out: bool, setting: VoiceSetting, emotion: Emotion, longest: float
) -> tuple[Sentence, Speech]:
    """A sentence that takes at most `longest` seconds to say."""
    for _ in range(_TRIES):  # espeak-ng 1.51 dies of everything that some voices say, as yue+rob at 178/min
        sentence = _sentence(rng, held_out, setting.language)
        try:
            speech = colour(speak(sentence, setting), emotion, rng)
        except VoiceCrashed as crash:
            log.warning("%s; another sentence is drawn", crash)
            continue
        if len(speech.samples) <= longest * RATE:
            return sentence, speech
    raise Unsayable(f"no {setting.language} sentence shorter than {longest} s in {_TRIES} tries with {setting}")


def _sentence(rng: np.random.Generator, held_out: bool, language: str) -> Sentence:
    from training.demo.sentences import sentence

    words = random.Random(int(rng.integers(2**62)))
    while (drawn := sentence(language, words)).held_out != held_out:
        pass
    return drawn


def _padded(rng: np.random.Generator, speech: Speech) -> tuple[NDArray[np.float32], tuple[Unit, ...]]:
    before = _pause(rng, 0.6)
    samples = np.concatenate((before, speech.samples, _pause(rng, 0.6)))
    return samples, _moved(speech.units, len(before))


def _accompanied(
    rng: np.random.Generator, samples: NDArray[np.float32], units: tuple[Unit, ...], event: str
) -> tuple[NDArray[np.float32], tuple[Unit, ...]]:
    """The event before, after or (some kinds) over the samples, at -6..+4 dB of speech."""
    shortest, longest = LASTING[event]
    seconds = min(rng.uniform(shortest, longest), max(LONGEST - len(samples) / RATE, shortest))
    sound = SOUNDS[event](rng, seconds) * np.float32(10 ** (rng.uniform(-6, 4) / 20))
    places = ("before", "after", "over") if event in OVERLAPPING else ("before", "after")
    match str(rng.choice(places)):
        case "before":
            return np.concatenate((sound, samples)), _moved(units, len(sound))
        case "after":
            return np.concatenate((samples, sound)), units
        case _:
            n = max(len(samples), len(sound))
            at = int(rng.integers(n - len(sound) + 1))
            both = np.zeros(n, np.float32)
            both[: len(samples)] = samples
            both[at : at + len(sound)] += np.float32(0.5) * sound
            return both, units


def _moved(units: tuple[Unit, ...], n_samples: int) -> tuple[Unit, ...]:
    return tuple(unit.moved(n_samples / RATE) for unit in units)


def _pause(rng: np.random.Generator, longest: float) -> NDArray[np.float32]:
    return np.zeros(int(rng.uniform(0, longest) * RATE), np.float32)
