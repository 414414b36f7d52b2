"""What happens at the Transcribe tab: a file is opened, heard and stopped. What is made of the results: exports.py."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, cast

import gradio as gr
from gradio.components import Component
from gradio.data_classes import FileData

from speech.calls import Call
from speech.errors import SpeechError, storage_fault
from speech.transcriber import Ask, Transcriber, parse_language

from . import files, present
from .files import Opened, cache
from .intake import Intake
from .listening import Heard, Phase, listen
from .options import ConsoleOptions
from .samples import Sample
from .unforeseen import Unforeseen
from .uploads import Choice, choose

log = logging.getLogger(__name__)

Shown = dict[Component, object]  # what changes on the page

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Widgets:
    """All that the handlers change."""

    run: gr.Button
    cancel: gr.Button
    multichannel: gr.Checkbox  # offered for files with channels
    progress: gr.HTML
    player: gr.HTML
    segments: gr.HTML
    opened: gr.State  # Opened | None: the file in the player

    @property
    def all(self) -> list[Component]:
        return [self.run, self.cancel, self.multichannel, self.progress, self.player, self.segments, self.opened]


def cumulative(handler: Callable[P, Iterator[Shown]]) -> Callable[P, Iterator[Shown]]:
    """A handler each of whose yields says again all that it has said before.

    The page may drop a widget's value when the next yield, which leaves that widget out, comes close behind (Gradio 6.31).
    """

    @wraps(handler)
    def telling(*args: P.args, **kwargs: P.kwargs) -> Iterator[Shown]:
        said: Shown = {}
        with closing(cast(Generator[Shown, None, None], handler(*args, **kwargs))) as news:
            for new in news:
                said |= new
                yield dict(said)

    return telling


class Desk:
    """The handlers. Each names what it changes; a run is stopped by its session's hash."""

    def __init__(
        self, transcriber: Transcriber, options: ConsoleOptions, intake: Intake, samples: list[Sample], widgets: Widgets
    ) -> None:
        self._transcriber = transcriber
        self._options = options
        self._intake = intake
        self._samples = samples
        self._widgets = widgets
        self._openings: dict[str, Call] = {}  # by the session's hash
        self._runs: dict[str, Call] = {}

    # --- events ---

    @cumulative
    def open(self, posted: object, request: gr.Request) -> Iterator[Shown]:
        """Decodes a file as soon as it is chosen, so that it can be seen and played before it is heard."""
        w = self._widgets
        yield self._cleared(Phase.OPENING) | {w.run: gr.Button(interactive=False), w.player: {}, w.opened: None}
        try:
            with _during(self._openings, request) as call:
                opened = self._open(self._choice(posted), call)
            apart = gr.Checkbox(visible=opened.info.channels > 1)
            yield {
                w.opened: opened,
                w.player: _media(opened),
                w.multichannel: apart,
                w.progress: present.progress(Heard(Phase.IDLE)),
            }
        except Exception as fault:  # the page must not stay half disabled
            yield {w.progress: present.failure(_named(fault))}
        yield {w.run: gr.Button(interactive=True)}

    @cumulative
    def run(
        self,
        posted: object,
        language: str,
        itn: bool,
        vad: bool,
        clean: bool,
        multichannel: bool,
        opened: Opened | None,
        request: gr.Request,
    ) -> Iterator[Shown]:
        w = self._widgets
        yield self._cleared(Phase.OPENING) | {w.run: gr.Button(visible=False), w.cancel: gr.Button(visible=True)}
        try:
            told = parse_language(language, self._transcriber.info)
            multichannel = multichannel and (opened is None or opened.info.channels > 1)  # it may be ticked and out of sight
            ask = Ask(told, itn, vad, clean=clean, multichannel=multichannel)
            with _during(self._runs, request) as call:
                yield from self._hear(self._choice(posted), ask, opened, call)
        except Exception as fault:  # the page must not stay in the middle of a run
            yield {w.progress: present.failure(_named(fault))}
        yield {w.run: gr.Button(visible=True), w.cancel: gr.Button(visible=False)}

    def stop(self, request: gr.Request) -> None:
        """Ends the session's run at its next look; what came until then stays."""
        if call := self._runs.get(str(request.session_hash)):
            call.leave()

    def leave(self, request: gr.Request) -> None:
        """Ends all that a session has begun: its page was closed."""
        for calls in (self._openings, self._runs):
            if call := calls.pop(str(request.session_hash), None):
                call.leave()

    # --- steps ---

    def _hear(self, choice: Choice, ask: Ask, opened: Opened | None, call: Call) -> Iterator[Shown]:
        w = self._widgets
        if opened is None or opened.choice != choice:
            opened = self._open(choice, call)
        yield {w.opened: opened, w.player: _media(opened)}
        lines, n_shown = "", 0
        with closing(listen(self._transcriber, choice.path, ask, call)) as looks:
            for heard in looks:
                lines, n_shown = lines + present.lines(heard.segments[n_shown:]), len(heard.segments)
                warnings = heard.hearing.warnings if heard.hearing else opened.warnings
                yield {w.progress: present.progress(heard, warnings), w.segments: lines}

    def _choice(self, posted: object) -> Choice:
        return choose(posted, self._samples, self._intake.find)

    def _open(self, choice: Choice, call: Call) -> Opened:
        return files.open_file(choice, lambda path: self._transcriber.open(path, call), self._options.upload, cache())

    def _cleared(self, phase: Phase) -> Shown:
        w = self._widgets
        return {
            w.progress: present.progress(Heard(phase)),
            w.segments: "",
        }


@contextmanager
def _during(calls: dict[str, Call], request: gr.Request) -> Iterator[Call]:
    """A call of the session, which does not wait for the one before it any more."""
    session = str(request.session_hash)
    if before := calls.get(session):
        before.leave()
    call = calls[session] = Call(session)
    try:
        yield call
    finally:
        call.leave()
        if calls.get(session) is call:
            del calls[session]


def _media(opened: Opened) -> dict[str, object]:
    """The player's value. Gradio finds the file in it and gives it an address."""
    sound = FileData(path=str(opened.sound), orig_name=opened.sound.name)
    view = present.media(opened.choice.name, opened.key, opened.info, opened.peaks, opened.choice.posted)
    return {**view, "sound": sound.model_dump()}


def _named(fault: Exception) -> SpeechError:
    """A fault of ours by its name; what has none goes to the log, and only the name it has there to the page."""
    if isinstance(fault, SpeechError):
        return fault
    known = storage_fault(fault) if isinstance(fault, OSError) else None
    unforeseen = Unforeseen()
    log.error("the console failed (%s)", unforeseen.reference, exc_info=fault)
    return known or unforeseen
