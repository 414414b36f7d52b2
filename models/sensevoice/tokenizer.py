"""A checkpoint's SentencePiece and what its special pieces mean. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from speech.transcript import Emotion, Event, Language

from . import tags


class Tokenizer:
    """Ids to text, and the ids of the labels this checkpoint can give."""

    def __init__(self, model_file: Path) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
        names = {self.piece(i): i for i in range(len(self)) if tags.is_tag(self.piece(i))}
        ids = {tags.name_of(piece): i for piece, i in names.items()}
        self.languages: dict[int, Language] = {ids[n]: v for n, v in tags.LANGUAGES.items() if n in ids and n == v.value}
        self.emotions: dict[int, Emotion] = {ids[n]: v for n, v in tags.EMOTIONS.items() if n in ids}
        self.events: dict[int, Event] = {ids[n]: v for n, v in tags.EVENTS.items() if n in ids}

    def __len__(self) -> int:
        return int(self._pieces.get_piece_size())

    def piece(self, token: int) -> str:
        """As it stands in tokens.json, the space written as ▁; nothing for <s> and </s>, which `decode` leaves out too."""
        return "" if self._pieces.is_control(token) else str(self._pieces.id_to_piece(token))

    def decode(self, tokens: Sequence[int]) -> str:
        """The raw text, tags included, as funasr's SentencepiecesTokenizer decodes it."""
        return str(self._pieces.decode(list(tokens)))
