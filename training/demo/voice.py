"""Reads sentences aloud with espeak-ng and tells when each word was said. Knows nothing of emotions, rooms or noises.

espeak-ng keeps state between utterances (the flutter's phase, echoes, rand()), so each utterance is spoken by a fork of a
process that has never spoken: the same sentence and setting give the same samples in any process and in any order.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import struct
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.signal import firwin, resample_poly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.demo.sentence import Sentence

RATE = 16_000  # Hz, of everything made here
LOUDNESS = 0.1  # root mean square of speech: -20 dBFS
CHARACTERS = frozenset({"zh", "yue"})  # languages timed per character; the others are timed per word of the reading

# espeak-ng 1.51, speak_lib.h
ESPEAK_RATE = 22_050  # Hz
SYNCHRONOUS = 2
PHONEME_EVENTS, DONT_EXIT = 1, 0x8000
WORD, END, PHONEME = 1, 5, 7
UTF8 = 1
SET_RATE, SET_VOLUME, SET_PITCH, SET_RANGE = 1, 2, 3, 4
RESAMPLED_UP, RESAMPLED_DOWN = 320, 441  # 22050 Hz x 320 / 441 = 16000 Hz

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


class VoiceMissing(RuntimeError):
    """espeak-ng, or one of its voices, is not installed."""


class VoiceCrashed(RuntimeError):
    """espeak-ng 1.51 died of the text (about one in a thousand); its process was a fork, so another text may follow."""


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


class Sign(NamedTuple):
    """What espeak says happened: a word, a phoneme or the end."""

    kind: int
    position: int  # of the word, in characters from 0
    sample: int
    name: str  # the phoneme's mnemonic; "" for words


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
    pulses, signs = _utter(text, setting)
    if not len(pulses):
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
    """Starts by counting vowels, one per syllable block, as espeak drops word events before ㄴ and ㅁ; None if the count is off."""
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


def _utter(text: str, setting: VoiceSetting) -> tuple[NDArray[np.float32], list[Sign]]:
    """espeak's samples at 22050 Hz and its signs, from a process that has not spoken before."""
    library = _espeak()
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        failed = 1
        try:
            os.close(receiving)
            with os.fdopen(sending, "wb") as pipe:
                pipe.write(library.utter(text, setting))
            failed = 0
        finally:
            os._exit(failed)
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        message = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise VoiceCrashed(f"espeak-ng died with wait status {status} of {text!r} with {setting}")
    if not message:
        raise VoiceMissing(f"espeak-ng has no voice {setting.voice}+{setting.variant}: apt-get install espeak-ng-data")
    (n_signs,) = struct.unpack_from("<i", message)
    form = struct.Struct("<iii8s")
    signs = [
        Sign(kind, position, sample, name.split(b"\0")[0].decode("utf-8", "replace"))
        for kind, position, sample, name in form.iter_unpack(message[4 : 4 + n_signs * form.size])
    ]
    pulses = np.frombuffer(message, np.int16, offset=4 + n_signs * form.size)
    return pulses.astype(np.float32) / np.float32(32768), signs


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_uint64),  # char[8] for phonemes
    )


_ON_SOUND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Espeak:
    """The loaded library. `utter` is called in forks only."""

    def __init__(self) -> None:
        found = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
        try:
            self._library: Any = ctypes.CDLL(found)
        except OSError as cause:
            raise VoiceMissing("libespeak-ng.so.1 is not installed: apt-get install espeak-ng") from cause
        rate = self._library.espeak_Initialize(SYNCHRONOUS, 200, None, PHONEME_EVENTS | DONT_EXIT)
        if rate != ESPEAK_RATE:
            raise VoiceMissing(f"espeak-ng started at {rate} Hz instead of {ESPEAK_RATE}: apt-get install espeak-ng")
        self._sound: list[bytes] = []
        self._signs: list[bytes] = []
        self._on_sound = _ON_SOUND(self._hear)
        self._library.espeak_SetSynthCallback(self._on_sound)

    def utter(self, text: str, setting: VoiceSetting) -> bytes:
        """A count, that many signs (kind, position, sample, name[8]) and int16 samples; b"" if there is no such voice."""
        if self._library.espeak_SetVoiceByName(f"{setting.voice}+{setting.variant}".encode()) != 0:
            return b""
        for name, value in ((SET_RATE, setting.rate), (SET_VOLUME, 50), (SET_PITCH, setting.pitch), (SET_RANGE, setting.range)):
            self._library.espeak_SetParameter(name, value, 0)
        letters = text.encode()
        self._library.espeak_Synth(letters, ctypes.c_size_t(len(letters) + 1), 0, 1, 0, UTF8, None, None)
        return struct.pack("<i", len(self._signs)) + b"".join(self._signs) + b"".join(self._sound)

    def _hear(self, samples: Any, n_samples: int, events: Any) -> int:
        if n_samples > 0:
            self._sound.append(ctypes.string_at(samples, 2 * n_samples))
        index = 0
        while (event := events[index]).type:
            if event.type in (WORD, END, PHONEME):
                name = event.id if event.type == PHONEME else 0
                self._signs.append(struct.pack("<iiiQ", event.type, event.text_position - 1, event.sample, name))
            index += 1
        return 0


@cache
def _espeak() -> _Espeak:
    return _Espeak()
