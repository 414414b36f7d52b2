"""The Quality tab: which calls to listen to. It shows what /v1/quality says; the browser keeps the rules."""

from __future__ import annotations

import gradio as gr

from speech.quality import DEFAULT_RULES, LABELS, MOST_RULES
from speech.tracks import SPEAKERS

from .widgets import widget


def build() -> gr.HTML:
    """Rules are [label, seconds, within, speaker]."""
    usual = [[rule.label.value, rule.seconds, rule.within, rule.speaker] for rule in DEFAULT_RULES]
    return widget("quality", "quality", labels=[*LABELS], speakers=[*SPEAKERS], usual=usual, most=MOST_RULES)
