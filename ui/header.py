"""The top of the page: name, state of the engine, language, theme, and the banner of the demo checkpoint."""

from __future__ import annotations

import gradio as gr

from speech.transcriber import State, Transcriber

from . import present
from .present import StatusView
from .widgets import on, widget

FAST, SLOW = 1.0, 15.0  # s between two looks at the engine, while it loads and after


def build(transcriber: Transcriber, demo: gr.Blocks) -> gr.HTML:
    """Its `tongue` event fires when a person has chosen the other language."""
    header = widget("header", "header", look(transcriber)[0])
    timer = gr.Timer(FAST)

    def tick() -> tuple[StatusView, gr.Timer]:
        view, pause = look(transcriber)
        return view, gr.Timer(pause)

    for event in (demo.load, timer.tick):
        on(event, tick, [], [header, timer], queue=False)
    return header


def look(transcriber: Transcriber) -> tuple[StatusView, float]:
    """The engine's state, and the seconds until it is worth looking again."""
    now = transcriber.status
    return present.status(now, transcriber.waiting), FAST if now.state is State.LOADING else SLOW
