"""The Quality tab: which calls to listen to. It shows what /v1/quality says; the browser keeps the rules."""

from __future__ import annotations

import gradio as gr

from speech.quality import DEFAULT_RULES, LABELS

from .widgets import widget


def build() -> gr.HTML:
    """Rules are [label, seconds, within]."""
    usual = [[rule.name, rule.seconds, rule.within] for rule in DEFAULT_RULES]
    return widget("quality", "quality", labels=[*LABELS], usual=usual)
