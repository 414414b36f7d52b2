"""Sentence templates and the slots that fill them. Knows nothing of any language.

A topic is text with one template per line; a slot is text with entries split by ";" or by lines, or a function that draws pieces.
In both, words are separated by spaces:

    明天 {city} 的 天气 {weather} 吗 ？     a slot is filled with a random entry, which may be several words and hold slots itself
    {name}'s                               a suffix joins the last piece of what fills the slot (see Grammar.join)
    ，                                     a punctuation mark joins the piece before it, as its `after`
    今日|きょう                             a word written and spoken one way, and read another
    TV|t~v|T~V                             a word written, spoken and read three ways; ~ is a space within a word
    _                                      nothing, so that a slot may stay empty
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from training.demo.sentence import Piece, Sentence

MARKS = frozenset("，。？！、,.?!…")
NOTHING = "_"
SLOT = re.compile(r"\{(\w+)\}(.*)")
DRAWN_WAYS = 60  # how many expansions a drawing function is taken to have
DRAWS = 8  # to avoid a repetition
MOST_BITS = 12.0  # beyond this many, further expansions add nothing to a template's weight

TEMPLATES, ENTRIES = 5, 6  # of each topic and slot, how many from the top are used: as many as a small model can learn

Draw = Callable[[random.Random], list[Piece]]
Slot = str | Draw


def word(token: str) -> Piece:
    """A token as written, "written|reading" or "written|spoken|reading"."""
    written, *others = token.split("|")
    match others:
        case []:
            return Piece.plain(written)
        case [reading]:
            return Piece(written, written, reading)
        case [spoken, reading]:
            return Piece(written, spoken, reading)
    raise ValueError(f"{token!r} has more than three parts")


def join(piece: Piece, suffix: Piece) -> Piece:
    """One piece of two, as "Anna" and "'s"."""
    return Piece(piece.written + suffix.written, piece.spoken + suffix.spoken, piece.reading + suffix.reading, suffix.after)


@dataclass(frozen=True)
class Grammar:
    """The templates of one language; `word` and `join` are the places where a language may differ."""

    language: str
    topics: Mapping[str, str]
    slots: Mapping[str, Slot]
    word: Callable[[str], Piece] = word
    join: Callable[[Piece, Piece], Piece] = join
    _choices: dict[str, list[str]] = field(init=False, repr=False)
    _templates: list[tuple[str, str]] = field(init=False, repr=False)  # topic, template
    _weights: list[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        texts = {name: slot for name, slot in self.slots.items() if isinstance(slot, str)}
        choices = {name: _entries(text.replace(";", "\n"))[:ENTRIES] for name, text in texts.items()}
        templates = [(topic, line) for topic, text in self.topics.items() for line in _entries(text)[:TEMPLATES]]
        object.__setattr__(self, "_choices", choices)
        object.__setattr__(self, "_templates", templates)
        object.__setattr__(self, "_weights", [self._weight(line) for _, line in templates])

    def sentence(self, rng: random.Random) -> Sentence:
        """A template drawn by weight, its slots filled."""
        [(topic, template)] = rng.choices(self._templates, self._weights)
        return Sentence(self.language, topic, tuple(self._fill(template, rng)))

    def _fill(self, text: str, rng: random.Random) -> list[Piece]:
        pieces: list[Piece] = []
        drawn: list[list[Piece]] = []
        for token in text.split():
            if token in MARKS:
                pieces[-1] = replace(pieces[-1], after=token)
            elif found := SLOT.fullmatch(token):
                drawn.append(self._draw(found[1], rng, drawn))
                pieces += drawn[-1]
                if found[2]:
                    pieces[-1] = self.join(pieces[-1], self.word(found[2]))
            elif token != NOTHING:
                pieces.append(self.word(token.replace("~", " ")))
        return pieces

    def _draw(self, name: str, rng: random.Random, before: list[list[Piece]]) -> list[Piece]:
        """Not one of those drawn before in the same text, if it can be avoided: 白菜和土豆, not 白菜和白菜."""
        slot = self.slots[name]
        for _ in range(DRAWS):
            drawn = self._fill(rng.choice(self._choices[name]), rng) if isinstance(slot, str) else slot(rng)
            if drawn not in before:
                break
        return drawn

    def _weight(self, template: str) -> float:
        """Grows with the logarithm of the ways to fill it: fixed sentences recur a little, rich ones lead without drowning them."""
        return 8 + min(MOST_BITS, math.log2(self._ways(template)))

    def _ways(self, text: str) -> int:
        return math.prod(self._slot_ways(found[1]) for token in text.split() if (found := SLOT.fullmatch(token)))

    def _slot_ways(self, name: str) -> int:
        if name not in self.slots:
            raise ValueError(f"the {self.language} grammar has no slot {name!r}; add it to its slots")
        return sum(map(self._ways, self._choices[name])) if name in self._choices else DRAWN_WAYS


def _entries(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
