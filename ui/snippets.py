"""The API tab: how to ask the same of the REST API. The browser fills in the page's own address."""

from __future__ import annotations

import gradio as gr

from speech.engine import EngineInfo

from .widgets import widget


def build(info: EngineInfo) -> gr.HTML:
    return widget("snippets", "snippets", model=info.name)
