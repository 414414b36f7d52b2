"""SenseVoice's tags: `<|zh|><|HAPPY|><|Speech|><|withitn|>text`, parsed once into values.

The only place that knows how a tag is written. Every `<|…|>` of the published tokens.json parses, wherever it stands;
those of no kind below, as Speech, Event_UNK or ASR, say nothing that a reader wants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from speech.transcript import Emotion, Event, Language

LANGUAGES: Mapping[str, Language] = {
    "zh": Language.ZH,
    "yue": Language.YUE,
    "en": Language.EN,
    "ja": Language.JA,
    "ko": Language.KO,
    "nospeech": Language.NONE,
    # mixtures and dialects of the published tokenizer count as the language they belong to
    "zh/en": Language.ZH,
    "en/zh": Language.EN,
    "minnan": Language.ZH,
    "wuyu": Language.ZH,
    "dialect": Language.ZH,
}
EMOTIONS: Mapping[str, Emotion] = {
    "HAPPY": Emotion.HAPPY,
    "SAD": Emotion.SAD,
    "ANGRY": Emotion.ANGRY,
    "NEUTRAL": Emotion.NEUTRAL,
    "FEARFUL": Emotion.FEARFUL,
    "DISGUSTED": Emotion.DISGUSTED,
    "SURPRISED": Emotion.SURPRISED,
    "OTHER": Emotion.OTHER,
    "EMO_UNKNOWN": Emotion.UNKNOWN,
}
EVENTS: Mapping[str, Event] = {
    "BGM": Event.BGM,
    "Laughter": Event.LAUGHTER,
    "Applause": Event.APPLAUSE,
    "Cry": Event.CRY,
    "Sneeze": Event.SNEEZE,
    "Breath": Event.BREATH,
    "Cough": Event.COUGH,
    "Sing": Event.SING,
    "Speech_Noise": Event.NOISE,
    "GBG": Event.NOISE,
}
STYLES: Mapping[str, bool] = {"withitn": True, "woitn": False}

_CODE = re.compile(r"[a-z]{2,3}")  # the other languages of the tokenizer, as <|de|>
_TAG = re.compile(r"<\|([^|<>]*)\|>")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A raw answer taken apart. None where no tag of that kind stands in it."""

    text: str
    language: Language | None = None
    emotion: Emotion | None = None
    events: tuple[Event, ...] = ()
    itn: bool | None = None


def tag(name: str) -> str:
    """The tag of a name, as it stands in tokens.json."""
    return f"<|{name}|>"


def language_of(name: str) -> Language | None:
    """The language a tag name stands for, OTHER for one outside the five, None for no language at all."""
    return LANGUAGES.get(name) or (Language.OTHER if _CODE.fullmatch(name) else None)


def parse(raw: str) -> Parsed:
    """The first language, emotion and style, every event once in its order, and the text without tags.

    A closing tag such as `<|/Laughter|>` names an event that was opened elsewhere, so it counts as that event too.
    """
    found = names(raw)
    events = dict.fromkeys(EVENTS[bare] for name in found if (bare := name.removeprefix("/")) in EVENTS)
    return Parsed(
        text=strip(raw),
        language=next((known for name in found if (known := language_of(name))), None),
        emotion=next((EMOTIONS[name] for name in found if name in EMOTIONS), None),
        events=tuple(events),
        itn=next((STYLES[name] for name in found if name in STYLES), None),
    )


def names(raw: str) -> list[str]:
    """The names of all tags, in their order."""
    return _TAG.findall(raw)


def strip(raw: str) -> str:
    """The text without its tags; a space that a tag stood in does not double."""
    return re.sub(r" {2,}", " ", _TAG.sub("", raw)).strip()


def is_tag(piece: str) -> bool:
    """Whether a piece of the tokenizer is a tag."""
    return _TAG.fullmatch(piece) is not None


def name_of(piece: str) -> str:
    """The name inside a tag: "zh" of its tag; a piece that is no tag is its own name."""
    found = _TAG.fullmatch(piece)
    return found[1] if found else piece
