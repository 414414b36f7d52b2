"""What a synthetic sentence is: words that know how they are written, how they are said, and how the synthesiser reads them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

SPACED = frozenset({"en", "ko"})  # languages that write a space between words


@dataclass(frozen=True, slots=True)
class Piece:
    """One spoken unit: a word, a particle group or a number phrase. It has no spaces inside `reading` for zh, yue and ja."""

    written: str  # with inverse text normalisation: "3:30", "¥128", "明天"
    spoken: str  # without it: "three thirty", "一百二十八块", "明天"
    reading: str  # what espeak-ng is given: as `spoken`, but kana for ja
    after: str = ""  # the punctuation that follows in the written style: "", "," "。" "？"

    @staticmethod
    def plain(text: str, after: str = "") -> Piece:
        """A word that is written, said and read alike."""
        return Piece(text, text, text, after)


@dataclass(frozen=True, slots=True)
class Sentence:
    language: str  # zh, yue, en, ja or ko
    topic: str  # the name of the grammar rule's topic, as "weather"
    pieces: tuple[Piece, ...]

    @property
    def written(self) -> str:
        """The text with punctuation and digits, as the model says it under `withitn`."""
        return self._joined([piece.written + piece.after for piece in self.pieces])

    @property
    def spoken(self) -> str:
        """The text without punctuation and with numbers in words, as the model says it under `woitn`."""
        return self._joined([piece.spoken for piece in self.pieces])

    @property
    def held_out(self) -> bool:
        """Whether this sentence belongs to the evaluation: one in twelve, by a hash of its words, never trained on.

        A sentence of three words or fewer is always trained on: often it is the only one that has them.
        """
        digest = hashlib.sha256(f"{self.language}:{self.spoken}".encode()).digest()
        return len(self.pieces) > 3 and digest[0] % 12 == 0

    def _joined(self, parts: list[str]) -> str:
        return (" " if self.language in SPACED else "").join(parts)
