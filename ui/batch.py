"""The Batch tab: many files, heard in their turns. It shows what /v1/jobs says; nothing of it lives in the page."""

from __future__ import annotations

import gradio as gr

from speech.engine import EngineInfo
from speech.files import FORMATS

from .options import ConsoleOptions
from .widgets import widget

CHOSEN = ("txt", "srt", "vtt", "json")  # at first


def build(info: EngineInfo, options: ConsoleOptions) -> gr.HTML:
    formats = [name for name in FORMATS if name != "plain"]  # rich text with plain labels is txt's business
    return widget("batch", "batch", limit=options.upload, languages=["auto", *info.languages], formats=formats, chosen=[*CHOSEN])
