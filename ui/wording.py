"""Gradio's own widgets in the language of the interface. The browser changes their words; the server is not asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from gradio.blocks import Block

from .i18n import Tongue, word
from .widgets import on

FIRST: Tongue = "en"  # until the browser has said which

Keys = str | list[tuple[str, str]]  # a word's key, or for choices each key with the value it stands for

B = TypeVar("B", bound=Block)


class Wording:
    """Remembers which widget carries which words."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._keys: list[dict[str, Keys]] = []

    def say(self, block: B, **keys: Keys) -> B:
        """`block`, whose properties follow the language from now on: say(button, value="action.run")."""
        self._blocks.append(block)
        self._keys.append(keys)
        return block

    def follow(self, *events: Callable[..., object]) -> None:
        """At each of the events the words become those of the language the browser has chosen."""
        script = f"() => earshot.reword({json.dumps(self._keys)})"
        for event in events:
            on(event, None, [], self._blocks, js=script, queue=False)


def first(key: str) -> str:
    """A word before the browser has spoken."""
    return word(key, FIRST)


def choices(prefix: str, values: list[str]) -> list[tuple[str, str]]:
    """Keys of choices: choices("language", ["auto", "zh"])."""
    return [(f"{prefix}.{value}", value) for value in values]


def first_choices(keys: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(first(key), value) for key, value in keys]
