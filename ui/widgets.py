"""Our own widgets: a piece of HTML and the script that fills it, both in static/. Data reaches them as JSON only."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components import Component

from .i18n import TONGUES, dictionary

STATIC = Path(__file__).parent / "static"
SHARED = ("shell", "stops", "stretches", "edits", "transcript", "finder", "keys")  # scripts that widgets share, in this order


def widget(name: str, elem_id: str, value: object = None, **props: Any) -> gr.HTML:
    """static/<name>.html brought to life by static/<name>.js, which sees `props` (JSON) and watches the value."""
    return gr.HTML(
        {} if value is None else value,
        html_template=read(f"{name}.html"),
        js_on_load=read(f"{name}.js"),
        elem_id=elem_id,
        apply_default_css=False,
        **props,
    )


def on(
    event: Callable[..., object],
    handler: Callable[..., object] | None,
    inputs: Sequence[Component] = (),
    outputs: Sequence[Block] = (),
    **options: Any,
) -> None:
    """Wires a handler without Gradio's own progress veil, and not as a public API."""
    event(handler, [*inputs], [*outputs], show_progress="hidden", api_visibility="private", **options)


def head() -> str:
    """What stands in the page's <head>: the words and the scripts that all widgets share."""
    both = {tongue: dictionary(tongue) for tongue in TONGUES}
    words = json.dumps(both, ensure_ascii=False).replace("<", "\\u003c")  # no word can end the script
    scripts = "\n".join(read(f"{name}.js") for name in SHARED)
    return f"<script>window.EARSHOT_WORDS = {words};\n{scripts}</script>"


def read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
