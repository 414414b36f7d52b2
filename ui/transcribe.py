"""The Transcribe tab: how it is laid out and what starts what. What happens then is desk.py."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from gradio.components import Component

from speech.engine import EngineInfo
from speech.transcriber import Transcriber

from . import present
from .desk import Desk, Widgets
from .exports import LONGEST_NAME
from .intake import Intake
from .options import ConsoleOptions
from .samples import Sample, read_samples
from .widgets import on, widget
from .wording import Wording, choices, first, first_choices


def build(transcriber: Transcriber, options: ConsoleOptions, intake: Intake, wording: Wording, page: gr.Blocks) -> Widgets:
    """What its runs change is returned, for tests."""
    samples = read_samples(options.samples)
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="intake"):
            source = _source(options, samples)
            with gr.Column(elem_id="options"):
                apart = gr.Checkbox(False, elem_id="multichannel", visible=False)  # until there is a file with channels
                wording.say(apart, label="option.multichannel", info="option.multichannel-hint")
                language = _dropdown(wording, "language", ["auto", *transcriber.info.languages], "auto")
                labels = _dropdown(wording, "labels", [*options.styles], options.style)
                itn = gr.Checkbox(True, elem_id="itn")
                wording.say(itn, label="option.itn", info="option.itn-hint")
                vad = gr.Checkbox(True, elem_id="vad")
                wording.say(vad, label="option.vad", info="option.vad-hint")
                clean = gr.Checkbox(False, elem_id="clean", visible=transcriber.cleans)
                wording.say(clean, label="option.clean", info="option.clean-hint")
            run, cancel = _buttons(wording)
        with gr.Column(elem_id="outcome"):
            widgets, results = _outcome(wording, run, cancel, apart, options, transcriber.info, transcriber.cleans)
    desk = Desk(transcriber, options, intake, samples, widgets)
    asked = [source, language, itn, vad, clean, apart, widgets.opened]
    on(source.change, desk.open, [source], widgets.all, concurrency_limit=2)
    on(run.click, desk.run, asked, widgets.all, concurrency_limit=None)  # the batcher queues
    on(cancel.click, desk.stop, queue=False)
    page.unload(desk.leave)
    _written(results, labels)
    for choice, name in ((language, "language"), (itn, "itn"), (clean, "clean"), (labels, "labels")):
        on(choice.change, None, [choice], js=f'value => earshot.say("option", {{ {name}: value }})', queue=False)
    return widgets


@dataclass(frozen=True, slots=True)
class Results:
    """What is written from the page's transcript whenever it changes, by static/exports.js."""

    exports: gr.HTML
    texts: tuple[Component, ...]  # rich, raw, json


def _written(results: Results, labels: gr.Dropdown) -> None:
    """The browser asks for the texts and fills them in: they follow what a person corrects, and the labels."""
    on(labels.change, None, [labels], results.texts, js="style => earshot.exports.texts(style)", queue=False)
    on(results.exports.stale, None, [labels], results.texts, js="style => earshot.exports.texts(style)", queue=False)


def _source(options: ConsoleOptions, samples: list[Sample]) -> gr.HTML:
    return widget("source", "upload", limit=options.upload, samples=present.samples(samples))


def _dropdown(wording: Wording, name: str, values: list[str], chosen: str) -> gr.Dropdown:
    keys = choices(name, values)
    dropdown = gr.Dropdown(first_choices(keys), value=chosen, filterable=False, elem_id=name)
    return wording.say(dropdown, label=f"option.{name}", choices=keys)


def _buttons(wording: Wording) -> tuple[gr.Button, gr.Button]:
    """Run and cancel stand in the same place, one at a time."""
    run = gr.Button(first("action.run"), variant="primary", elem_id="run")
    cancel = gr.Button(first("action.cancel"), variant="stop", elem_id="cancel", visible=False)
    return wording.say(run, value="action.run"), wording.say(cancel, value="action.cancel")


def _outcome(
    wording: Wording,
    run: gr.Button,
    cancel: gr.Button,
    apart: gr.Checkbox,
    options: ConsoleOptions,
    info: EngineInfo,
    cleans: bool,
) -> tuple[Widgets, Results]:
    progress = widget("progress", "progress")
    player = widget("player", "player", cleans=cleans)
    with gr.Tabs(elem_id="results"):
        with _tab(wording, "segments"):
            widget("toolbar", "toolbar")
            segments = widget("segments", "segments", "", languages=[*info.languages], longest=LONGEST_NAME)
        with _tab(wording, "rich"):
            rich = _text("rich", wording)
        with _tab(wording, "raw"):
            raw = _text("raw", wording)
        with _tab(wording, "json"):
            json = _code("json")
    exports = widget("exports", "downloads", style=options.style)
    if options.captioner:
        widget("films", "films", style=options.style)
    widgets = Widgets(run, cancel, apart, progress, player, segments, gr.State())
    return widgets, Results(exports, (rich, raw, json))


def _tab(wording: Wording, name: str) -> gr.Tab:
    return wording.say(gr.Tab(first(f"tab.{name}"), id=name, elem_id=f"tab-{name}"), label=f"tab.{name}")


def _text(name: str, wording: Wording) -> gr.Textbox:
    box = gr.Textbox(lines=8, max_lines=24, interactive=False, buttons=["copy"], elem_id=name, container=True)
    return wording.say(box, label=f"tab.{name}", placeholder=f"{name}.placeholder")


def _code(name: str) -> gr.Code:
    return gr.Code(language="json", interactive=False, lines=12, max_lines=24, show_label=False, buttons=["copy"], elem_id=name)
