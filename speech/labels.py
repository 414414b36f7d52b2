"""How emotions and events are written: the only label tables.

A user's own table is TOML or JSON; what it does not name is taken from `base`, and "" hides a label:

    base = "zh"
    [emotions]
    happy = "😊"
    neutral = "[平静]"
    [events]
    laughter = "(笑)"
    bgm = { once = "♪", open = "♪", close = "♪♪" }

Where labels stand in a transcript is marks.py.
"""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import InvalidLabels, InvalidParameter
from .transcript import Emotion, Event, Segment

LONGEST_LABEL = 40  # characters
LASTING = frozenset({Event.BGM, Event.SING, Event.NOISE})  # they lie under the words, so they are said before them


@dataclass(frozen=True, slots=True)
class EventLabel:
    """`once` within one segment; `open` and `close` around an event that goes on over several."""

    once: str
    open: str
    close: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What is written for each emotion and event, and where. What is not named is not shown."""

    emotions: Mapping[Emotion, str]
    events: Mapping[Event, EventLabel]
    emotion_last: bool = False  # after the words instead of before them
    leading: frozenset[Event] = LASTING  # events that stand before the words when they are said once
    raw: bool = False  # the engine's own words instead of the text

    def text(self, segment: Segment) -> str:
        return segment.raw if self.raw else segment.text.strip()


# --- the tables ---


def _bracketed(emotions: Mapping[Emotion, str], events: Mapping[Event, str], end: str) -> Labels:
    """Labels in square brackets; `end` is appended to the name of an event that has gone on and stops."""
    return Labels(
        emotions={emotion: f"[{name}]" for emotion, name in emotions.items()},
        events={event: EventLabel(f"[{name}]", f"[{name}]", f"[{name}{end}]") for event, name in events.items()},
    )


ZH = _bracketed(
    {
        Emotion.HAPPY: "开心",
        Emotion.SAD: "伤心",
        Emotion.ANGRY: "生气",
        Emotion.FEARFUL: "恐惧",
        Emotion.DISGUSTED: "厌恶",
        Emotion.SURPRISED: "惊讶",
    },
    {
        Event.BGM: "背景音乐",
        Event.LAUGHTER: "笑声",
        Event.APPLAUSE: "掌声",
        Event.CRY: "哭声",
        Event.SNEEZE: "喷嚏",
        Event.BREATH: "呼吸声",
        Event.COUGH: "咳嗽",
        Event.SING: "歌声",
        Event.NOISE: "噪音",
    },
    end="结束",
)

EN = _bracketed(
    {
        Emotion.HAPPY: "happy",
        Emotion.SAD: "sad",
        Emotion.ANGRY: "angry",
        Emotion.FEARFUL: "fearful",
        Emotion.DISGUSTED: "disgusted",
        Emotion.SURPRISED: "surprised",
    },
    {
        Event.BGM: "background music",
        Event.LAUGHTER: "laughter",
        Event.APPLAUSE: "applause",
        Event.CRY: "crying",
        Event.SNEEZE: "sneeze",
        Event.BREATH: "breathing",
        Event.COUGH: "cough",
        Event.SING: "singing",
        Event.NOISE: "noise",
    },
    end=" ends",
)

# Placement and signs are those of FunASR 1.4.16 (utils/postprocess_utils.py): sounds first, the emotion last, breath
# and noise not shown. The microphone is ours.
EMOJI = Labels(
    emotions={
        Emotion.HAPPY: "😊",
        Emotion.SAD: "😔",
        Emotion.ANGRY: "😡",
        Emotion.FEARFUL: "😰",
        Emotion.DISGUSTED: "🤢",
        Emotion.SURPRISED: "😮",
    },
    events={
        event: EventLabel(sign, sign, "")
        for event, sign in {
            Event.BGM: "🎼",
            Event.LAUGHTER: "😀",
            Event.APPLAUSE: "👏",
            Event.CRY: "😭",
            Event.SNEEZE: "🤧",
            Event.COUGH: "😷",
            Event.SING: "🎤",
        }.items()
    },
    emotion_last=True,
    leading=frozenset(Event),
)

PLAIN = Labels({}, {})
RAW = Labels({}, {}, raw=True)

STYLES: Mapping[str, Labels] = {"zh": ZH, "en": EN, "emoji": EMOJI, "plain": PLAIN, "raw": RAW}
DEFAULT_STYLE = "zh"


def style(name: str) -> Labels:
    """A built-in style by its name. Raises InvalidParameter."""
    if name not in STYLES:
        raise InvalidParameter("labels", name, STYLES)
    return STYLES[name]


# --- a user's own table ---


def named(name: str) -> Labels:
    """A built-in style by its name, or a table of the user's own by its path. Raises as `style` and `read_labels` do."""
    path = Path(name)
    return read_labels(path) if path.suffix in (".toml", ".json") else style(name)


def read_labels(path: Path) -> Labels:
    """A user's table: JSON where the name ends so, else TOML. Raises InvalidLabels."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return parse_labels(json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text))
    except (OSError, ValueError, RecursionError) as fault:
        raise InvalidLabels(f"{path.name}: {fault}") from fault


def parse_labels(table: object) -> Labels:
    """A user's table as TOML or JSON give it. Raises InvalidLabels, naming the key."""
    keys = _table("the table", table, ("base", "emotions", "events"))
    base = _base(keys.get("base", DEFAULT_STYLE))
    emotions = _table("emotions", keys.get("emotions", {}), tuple(Emotion))
    events = _table("events", keys.get("events", {}), tuple(Event))
    own_emotions = {Emotion(key): _label(f"emotions.{key}", value) for key, value in emotions.items()}
    own_events = {Event(key): _event(base, Event(key), value) for key, value in events.items()}
    return replace(base, emotions={**base.emotions, **own_emotions}, events={**base.events, **own_events})


def _base(value: object) -> Labels:
    bases = [name for name, labels in STYLES.items() if not labels.raw]
    if value not in bases:
        raise InvalidLabels(f"base must be one of {', '.join(bases)}, not {str(value)[:40]!r}")
    return STYLES[str(value)]


def _event(base: Labels, event: Event, value: object) -> EventLabel:
    """A plain string is said once where the event begins; a table changes what it names."""
    name = f"events.{event}"
    if isinstance(value, str):
        return EventLabel(_label(name, value), value, "")
    label = base.events.get(event, EventLabel("", "", ""))
    parts = _table(name, value, ("once", "open", "close"))
    return replace(label, **{key: _label(f"{name}.{key}", part) for key, part in parts.items()})


def _table(name: str, value: object, known: Sequence[str]) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise InvalidLabels(f"{name} must be a table, not {str(value)[:40]!r}")
    for key in value:
        if key not in known:
            raise InvalidLabels(f"{name} has no key {str(key)[:40]!r}; known: {', '.join(known)}")
    return value


def _label(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidLabels(f"{name} must be a string, not {str(value)[:40]!r}")
    if len(value) > LONGEST_LABEL or any(unicodedata.category(character) in _BREAKING for character in value):
        raise InvalidLabels(f"{name} must be one line of at most {LONGEST_LABEL} characters")
    return value


_BREAKING = ("Cc", "Cs", "Zl", "Zp")  # controls, lone surrogates, line and paragraph separators
