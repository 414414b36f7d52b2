"""The nouns of a rich transcript: words, segments, the languages, emotions and events they carry.

All values are frozen. Times are seconds from the start of the file, scores are softmax outputs in [0, 1] (uncalibrated).
Knows nothing of engines, wire formats or widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Language(StrEnum):
    """A language an engine may hear. The value is its code; `full_name` is what Whisper's clients call it."""

    ZH = "zh"
    YUE = "yue"
    EN = "en"
    JA = "ja"
    KO = "ko"
    OTHER = "und"  # a language outside the five, undetermined as BCP 47 says it
    NONE = "nospeech"  # nobody speaks

    @property
    def full_name(self) -> str:
        return _FULL_NAMES[self]

    @property
    def spaced(self) -> bool:
        """Whether words are written with a space between them."""
        return self in (Language.EN, Language.KO)


_FULL_NAMES = {
    Language.ZH: "chinese",
    Language.YUE: "cantonese",
    Language.EN: "english",
    Language.JA: "japanese",
    Language.KO: "korean",
    Language.OTHER: "undetermined",
    Language.NONE: "nospeech",
}


class Emotion(StrEnum):
    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    NEUTRAL = "neutral"
    FEARFUL = "fearful"
    DISGUSTED = "disgusted"
    SURPRISED = "surprised"
    OTHER = "other"
    UNKNOWN = "unknown"


class Event(StrEnum):
    """A sound other than plain speech."""

    BGM = "bgm"
    LAUGHTER = "laughter"
    APPLAUSE = "applause"
    CRY = "cry"
    SNEEZE = "sneeze"
    BREATH = "breath"
    COUGH = "cough"
    SING = "sing"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Word:
    """One word with the times of its path through the CTC lattice.

    A whole word or number in languages that write spaces (an eojeol in Korean), one character in Chinese and Japanese.
    Punctuation belongs to the segment's text, not to its words.
    """

    text: str
    start: float
    end: float
    confidence: float  # the mean probability of its characters


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the tokenizer as the engine said it: what Whisper clients know as tokens and logprobs."""

    id: int
    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Scores:
    """What the engine believed, label by label: what its softmax over everything it could say gave each label."""

    languages: Mapping[Language, float] = field(default_factory=dict)
    emotions: Mapping[Emotion, float] = field(default_factory=dict)
    events: Mapping[Event, float] = field(default_factory=dict)
    no_speech: float = 0.0
    avg_logprob: float = 0.0  # the mean log probability of the tokens on the CTC path; 0 where there are none


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of audio heard at once. An empty text with an event is a sound without words."""

    text: str
    start: float
    end: float
    language: Language
    emotion: Emotion = Emotion.UNKNOWN
    events: tuple[Event, ...] = ()
    words: tuple[Word, ...] = ()
    tokens: tuple[Token, ...] = ()
    scores: Scores = field(default_factory=Scores)
    raw: str = ""  # the engine's own words, tags and all
    speaker: str = ""  # who says it, as "A"; nothing where nobody is told apart

    def shift(self, seconds: float) -> Segment:
        """The same segment, `seconds` later."""
        words = tuple(replace(word, start=word.start + seconds, end=word.end + seconds) for word in self.words)
        return replace(self, start=self.start + seconds, end=self.end + seconds, words=words)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard in `duration` seconds. No segments means silence, never failure."""

    segments: tuple[Segment, ...]
    duration: float
    names: Mapping[str, str] = field(default_factory=dict)  # of speakers, as a person calls them: {"B": "Ms Li"}

    def called(self, speaker: str) -> str:
        """By the name that a person gave, where one did."""
        return self.names.get(speaker, speaker)

    @property
    def text(self) -> str:
        """All the words, joined as the languages write them."""
        return join_texts(segment.text for segment in self.segments)

    @property
    def raw(self) -> str:
        return "".join(segment.raw for segment in self.segments)

    @property
    def language(self) -> Language:
        """The language spoken longest; NONE where nobody speaks."""
        return next(iter(self.languages), Language.NONE)

    @property
    def languages(self) -> tuple[Language, ...]:
        """All that are spoken, the one spoken longest first."""
        spoken: dict[Language, float] = {}
        for segment in self.segments:
            if segment.language is not Language.NONE:
                spoken[segment.language] = spoken.get(segment.language, 0.0) + segment.end - segment.start
        return tuple(sorted(spoken, key=lambda language: -spoken[language]))

    def shift(self, seconds: float) -> Transcript:
        """The same transcript placed `seconds` later in a longer recording."""
        return replace(
            self, segments=tuple(segment.shift(seconds) for segment in self.segments), duration=self.duration + seconds
        )

    def said_by(self, speaker: str) -> Transcript:
        return replace(self, segments=tuple(replace(segment, speaker=speaker) for segment in self.segments))

    @staticmethod
    def join(parts: Iterable[Transcript], duration: float) -> Transcript:
        """Parts already in their places, in the order of time, as one."""
        segments = sorted((s for part in parts for s in part.segments), key=lambda s: (s.start, s.end))
        return Transcript(tuple(segments), duration)


def join_texts(texts: Iterable[str]) -> str:
    """Texts of segments as one: a space between words that are written with spaces, none inside Chinese or Japanese."""
    joined = ""
    for text in texts:
        text = text.strip()
        joined += space_between(joined, text) + text
    return joined


def space_between(left: str, right: str) -> str:
    """What stands between two texts that follow one another: a space or nothing.

    Marks at the edges are looked through, because Chinese shares many with English ("他说“好”" + "然后"). A digit
    keeps to Chinese ("早上" + "9点") but never to another digit: "9" + "5点" is not 95.
    """
    if not left or not right or left[-1] in OPENING or right[0] in CLOSING:
        return ""
    if _is_wide_mark(left[-1]) or _is_wide_mark(right[0]):
        return ""
    edges = (_first_letter(reversed(left)), _first_letter(right))
    spaced = [character for character in edges if not is_unspaced(character)]
    return " " if len(spaced) == 2 or (spaced and spaced[0].isalpha()) else ""


OPENING = "([{“‘«（【《「『〈〔"
CLOSING = ",.!?;:)]}%℃…‼⁉”’»，。！？；：、）】》」』〉〕"


def is_unspaced(character: str) -> bool:
    """Whether its script writes no spaces: Chinese and Japanese with their marks; not Latin, not Hangul."""
    code = ord(character)
    return code >= 0x2E80 and not (0x3130 <= code <= 0x318F or 0xA960 <= code <= 0xA97F or 0xAC00 <= code <= 0xD7FF)


def _is_wide_mark(character: str) -> bool:
    """A full-width mark brings its own space."""
    return not character.isalnum() and (0x3000 <= ord(character) <= 0x303F or 0xFF00 <= ord(character) <= 0xFFEF)


def _first_letter(characters: Iterable[str]) -> str:
    return next((character for character in characters if character.isalnum()), " ")
