"""Reads sentences aloud and tells when each word was said. Knows nothing of emotions, rooms or noises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import firwin, resample_poly

from training.demo.espeak import END, PHONEME, WORD, Sign, VoiceCrashed, utter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.demo.sentence import Sentence

RATE = 16_000  # Hz, of everything made here
LOUDNESS = 0.1  # root mean square of speech: -20 dBFS
CHARACTERS = frozenset({"zh", "yue"})  # languages timed per character; the others are timed per word of the reading

RESAMPLED_UP, RESAMPLED_DOWN = 320, 441  # espeak's 22050 Hz x 320 / 441 = 16000 Hz

# Debian's "cmn" reads pinyin as if it were English ("xiang three"); this one reads Mandarin.
VOICES = {
    "zh": ("cmn-latn-pinyin",),
    "yue": ("yue",),
    "en": ("en-us", "en-us", "en-us", "en", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc"),
    "ja": ("ja",),
    "ko": ("ko",),
}
# From /usr/lib/*/espeak-ng-data/voices/!v of Debian's espeak-ng-data 1.51, less the robots, whispers, croaks and tremblers.
TRAINED_MALE = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m8", "klatt", "klatt2", "klatt4", "edward", "Michael", "quincy", "rob"),
    *("paul", "Alex", "Denis", "Lee", "david", "ed", "robert", "travis", "victor", "Diogo", "Hugo", "Jacky"),
    *("Mike", "Nguyen", "michel", "miguel"),
)
TRAINED_FEMALE = ("f1", "f2", "f3", "f5", "Andrea", "Annie", "Alicia", "belinda", "linda", "anika", "aunty")
HELD_OUT_MALE = ("m7", "Gene", "adam")
HELD_OUT_FEMALE = ("f4", "steph")

LINED = str.maketrans({"，": ",", "、": ",", "。": ".", "？": "?", "！": "!"})  # what espeak pauses at in every language
HANGUL_VOWELS = "aeiouyE@AOUV"  # first letters of espeak's Korean vowel mnemonics; j and w are glides
SILENT_INITIAL = 11  # ㅇ among the 19 Hangul initials (Unicode 3.12, conjoining jamo behaviour)


@dataclass(frozen=True, slots=True)
class VoiceSetting:
    language: str  # zh, yue, en, ja or ko
    voice: str  # espeak-ng's name of the language or accent: "cmn-latn-pinyin", "en-gb-x-rp"
    variant: str  # espeak-ng's speaker: "f2"
    rate: int  # espeak's words per minute, 80..450
    pitch: int  # 0..99, on the variant's own base
    range: int  # 0..99, how far the pitch moves
    tract: int = RESAMPLED_DOWN  # a shorter vocal tract above 441, a longer one below: all frequencies times tract / 441


@dataclass(frozen=True, slots=True)
class Unit:
    """One timed stretch of a reading: a character for zh and yue, a word for the others."""

    piece: int  # index among the sentence's pieces
    char_start: int  # within the piece's reading
    char_end: int
    start: float  # s from the first sample
    end: float
    sentence: int = 0  # index among a scene's sentences

    def moved(self, by: float) -> Unit:
        return replace(self, start=self.start + by, end=self.end + by)


@dataclass(frozen=True, slots=True)
class Speech:
    samples: NDArray[np.float32]  # mono, 16 kHz
    units: tuple[Unit, ...]  # in time order, every piece has at least one

    @property
    def times(self) -> list[tuple[float, float]]:
        """(start, end) of each piece in seconds."""
        spans: dict[int, tuple[float, float]] = {}
        for unit in self.units:
            spans[unit.piece] = (spans.get(unit.piece, (unit.start, 0.0))[0], unit.end)
        return [spans[piece] for piece in sorted(spans)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stands in the text that espeak reads."""

    piece: int
    char_start: int
    char_end: int
    position: int  # in the text, characters from 0


def speak(sentence: Sentence, setting: VoiceSetting) -> Speech:
    """Says the sentence at LOUDNESS with silence trimmed from both ends."""
    text, places = script(sentence)
    sound, signs = utter(text, f"{setting.voice}+{setting.variant}", setting.rate, setting.pitch, setting.range)
    pulses = np.frombuffer(sound, np.int16).astype(np.float32) / np.float32(32768)
    if not np.any(pulses):
        raise VoiceCrashed(f"espeak-ng said nothing for {text!r} with {setting}")
    bounds = _bounds(sentence, text, places, signs)
    samples = resample_poly(pulses, RESAMPLED_UP, setting.tract, window=_lowpass(setting.tract)).astype(np.float32)
    seconds = RESAMPLED_UP / setting.tract / RATE  # that one of espeak's samples lasts
    first, last = _sounding(samples)
    samples = samples[first:last]
    samples *= LOUDNESS / (float(np.sqrt(np.mean(samples**2))) + 1e-9)
    longest = len(samples) / RATE
    units = [
        Unit(
            place.piece,
            place.char_start,
            place.char_end,
            min(max(start * seconds - first / RATE, 0.0), longest),
            min(max(end * seconds - first / RATE, 0.0), longest),
        )
        for place, (start, end) in zip(places, bounds, strict=True)
    ]
    return Speech(samples, tuple(units))


def script(sentence: Sentence) -> tuple[str, list[Place]]:
    """The text for espeak and where each unit stands in it."""
    text, places = "", []
    joint = "" if sentence.language in CHARACTERS else " "
    for index, piece in enumerate(sentence.pieces):
        begins = 0
        runs = list(piece.reading) if sentence.language in CHARACTERS else piece.reading.split()
        for run in runs:
            begins = piece.reading.index(run, begins)
            places.append(Place(index, begins, begins + len(run), len(text) + begins))
            begins += len(run)
        text += (_lengthened(piece.reading) if sentence.language == "ja" else piece.reading) + piece.after.translate(LINED)
        text += joint
    return text.rstrip(), places


def _lengthened(kana: str) -> str:
    """Writes a long vowel mark as the vowel it lengthens; espeak reads past the mark."""
    for column, vowel in (
        ("あかさたなはまやらわがざだばぱゃぁ", "あ"),
        ("いきしちにひみりぎじぢびぴぃ", "い"),
        ("うくすつぬふむゆるぐずづぶぷゅぅゔ", "う"),
        ("えけせてねへめれげぜでべぺぇ", "え"),
        ("おこそとのほもよろをごぞどぼぽょぉ", "お"),
    ):
        for kana_before in column:
            kana = kana.replace(kana_before + "ー", kana_before + vowel)
            katakana = chr(ord(kana_before) + 0x60)  # the katakana block follows hiragana's order
            kana = kana.replace(katakana + "ー", katakana + chr(ord(vowel) + 0x60))
    return kana


def _bounds(sentence: Sentence, text: str, places: list[Place], signs: list[Sign]) -> list[tuple[int, int]]:
    """(start, end) of each place in espeak's samples."""
    phonemes = [sign for sign in signs if sign.kind == PHONEME]
    final = max((sign.sample for sign in signs if sign.kind == END), default=signs[-1].sample)
    starts = _hangul_starts(text, places, phonemes) if sentence.language == "ko" else None
    starts = starts or _word_starts(places, signs, phonemes, final)
    pauses = [sign.sample for sign in phonemes if sign.name.startswith("_") and sign.name != "_|"]
    bounds = []
    for start, following in pairwise([*starts, final]):
        paused = next((pause for pause in pauses if pause > start), final)
        bounds.append((start, min(following, paused)))
    return bounds


def _word_starts(places: list[Place], signs: list[Sign], phonemes: list[Sign], final: int) -> list[int]:
    """Starts by word events; a word that espeak ran into its neighbour ("of the") gets its share of the neighbour's phonemes."""
    spoken = {sign.position: sign.sample for sign in reversed(signs) if sign.kind == WORD}
    known = [spoken.get(place.position) for place in places]
    known[0] = known[0] or 0
    starts: list[int] = []
    for index, at in enumerate(known):
        if at is not None:
            starts.append(at)
            continue
        after = next((later for later in range(index + 1, len(known)) if known[later] is not None), len(known))
        until = final if after == len(known) else int(known[after] or 0)
        ahead = sum(place.char_end - place.char_start for place in places[index - 1 : after])
        share = (places[index - 1].char_end - places[index - 1].char_start) / ahead
        guess = starts[-1] + share * (until - starts[-1])
        inside = [sign.sample for sign in phonemes if starts[-1] < sign.sample < until]
        starts.append(min(inside, key=lambda sample: abs(sample - guess)) if inside else round(guess))
    return starts


def _hangul_starts(text: str, places: list[Place], phonemes: list[Sign]) -> list[int] | None:
    """Starts by vowels, one per syllable block, as espeak drops word events before ㄴ and ㅁ; None if the count is off."""
    blocks = [position for position, letter in enumerate(text) if "가" <= letter <= "힣"]
    vowels = [index for index, sign in enumerate(phonemes) if sign.name[:1] and sign.name[0] in HANGUL_VOWELS]
    if len(blocks) != len(vowels):
        return None
    nucleus = dict(zip(blocks, vowels, strict=True))
    starts = []
    for place in places:
        block = next((position for position in blocks if position >= place.position), None)
        if block is None:
            return None
        at = nucleus[block]
        while at > 0 and phonemes[at - 1].name in ("j", "w"):
            at -= 1
        initial = (ord(text[block]) - 0xAC00) // 588
        if initial != SILENT_INITIAL and at > 0 and phonemes[at - 1].name[:1] not in (*HANGUL_VOWELS, "_"):
            at -= 1
        starts.append(phonemes[at].sample)
    return starts


def _sounding(samples: NDArray[np.float32], margin: float = 0.02) -> tuple[int, int]:
    """First and last sample worth keeping: 10 ms frames within 45 dB of the loudest, and a margin."""
    hop = RATE // 100
    frames = np.square(samples[: len(samples) // hop * hop].reshape(-1, hop)).mean(axis=1)
    loud = np.flatnonzero(frames > frames.max() * 10**-4.5)
    pad = int(margin * RATE)
    return max(int(loud[0]) * hop - pad, 0), min(int(loud[-1] + 1) * hop + pad, len(samples))


@cache
def _lowpass(down: int) -> NDArray[np.float32]:
    """As scipy.signal.resample_poly's own filter, in float32 so that the signal stays so."""
    widest = max(RESAMPLED_UP, down)
    return np.asarray(firwin(20 * widest + 1, 1 / widest, window=("kaiser", 5.0)), np.float32)
