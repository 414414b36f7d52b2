"""The demo's SentencePiece: single characters for Chinese, subwords for the others, and SenseVoice's tags.

python -m training.demo.tokens
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import sentencepiece

from models.sensevoice.tags import tag

from . import recipe
from .sentence import SPACED, Sentence
from .sentences import sentence

MODEL_FILE = "demo.bpe.model"
BLANK = 0  # SenseVoice's CTC blank is the tokenizer's <unk>
_BOUNDARY = "\t"  # no piece of the tokenizer reaches across it


class Tokenizer:
    """Pieces of text to ids, a word at a time, so that every id knows its word."""

    def __init__(self, folder: Path) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / MODEL_FILE))

    def __len__(self) -> int:
        return int(self._pieces.get_piece_size())

    def encode(self, text: str) -> tuple[int, ...]:
        """The ids of a word; in a language that writes spaces the word is given with its space before it."""
        return tuple(self._pieces.encode(text))

    def tag(self, name: str) -> int:
        """The id of a tag, as "zh" or "HAPPY"."""
        return int(self._pieces.piece_to_id(tag(name)))

    def decode(self, ids: list[int]) -> str:
        return str(self._pieces.decode(ids))

    def lengths(self, ids: tuple[int, ...]) -> list[int]:
        """Characters that each id stands for, the space included."""
        return [len(self._pieces.id_to_piece(i)) for i in ids]


def words(said: Sentence, itn: bool) -> list[tuple[str, str]]:
    """Each piece's text, with the space before it where the language writes one (the first word too), and the mark behind it."""
    space = " " if said.language in SPACED else ""
    texts = [(piece.written, piece.after) if itn else (piece.spoken, "") for piece in said.pieces]
    return [(space + text, after) for text, after in texts]


def train(folder: Path) -> None:
    """Writes the tokenizer and tokens.json into `folder`."""
    tags = [tag(name) for name in (*recipe.LANGUAGES, "nospeech", *recipe.EVENTS, *recipe.CLOSING, *recipe.EMOTIONS)]
    tags += [tag(name) for name in recipe.STYLES]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=_texts(),
        model_writer=model,
        model_type="bpe",
        vocab_size=recipe.VOCABULARY,
        character_coverage=1.0,
        hard_vocab_limit=False,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        split_digits=True,
        pretokenization_delimiter=_BOUNDARY,
        user_defined_symbols=tags,
        normalization_rule_name="identity",
        minloglevel=2,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(model.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    names = [pieces.id_to_piece(i) for i in range(pieces.get_piece_size())]
    (folder / "tokens.json").write_text(json.dumps(names, ensure_ascii=False, indent=0) + "\n")


def _texts() -> Iterator[str]:
    rng = random.Random(recipe.TRAINING_SEED)
    for language in recipe.LANGUAGES:
        for _ in range(recipe.TEXTS_PER_LANGUAGE):
            said = sentence(language, rng)
            if said.held_out:
                continue
            for itn in (True, False):
                for text, after in words(said, itn):
                    units = list(text) if language in ("zh", "yue") else [text]
                    yield _BOUNDARY.join([*units, after] if after else units)


if __name__ == "__main__":
    train(recipe.WORK)
    print(f"{len(Tokenizer(recipe.WORK))} pieces in {recipe.WORK}")
