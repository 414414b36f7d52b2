"""Everyday sentences for synthetic speech, drawn at random from one grammar per language. Knows nothing of voices or sound."""

from __future__ import annotations

import random
from importlib import import_module

from training.demo.sentence import Sentence

LANGUAGES = ("zh", "yue", "en", "ja", "ko")


def sentence(language: str, rng: random.Random) -> Sentence:
    """One sentence; the same state of `rng` gives the same sentence. The grammar is loaded when its language is first asked for."""
    if language not in LANGUAGES:
        raise ValueError(f"no sentences in {language!r}: choose one of {', '.join(LANGUAGES)}")
    drawn = import_module(f"{__name__}.{language}").sentence(rng)
    assert isinstance(drawn, Sentence)
    return drawn
