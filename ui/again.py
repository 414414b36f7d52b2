"""A part of a recording is heard once more, in another language or another way. The rest of the page stays as it is."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict

from speech.calls import Call
from speech.spans import Span
from speech.transcriber import Ask, Transcriber, parse_language

from . import present
from .intake import Intake
from .samples import Sample
from .uploads import choose

PATH = "/console/hear"


class Asked(BaseModel):
    """`source` as the source widget says it. From `start` to `end` s everything is heard: a person has chosen it."""

    model_config = ConfigDict(allow_inf_nan=False)

    source: dict[str, str | int]
    start: float
    end: float
    language: str = "auto"
    itn: bool = True


class Heard(BaseModel):
    lines: str  # as present.lines


class Again:
    def __init__(self, transcriber: Transcriber, intake: Intake, samples: Sequence[Sample]) -> None:
        self._transcriber, self._intake, self._samples = transcriber, intake, samples

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        app.add_api_route(PATH, self.hear, methods=["POST"], include_in_schema=False, response_model=Heard)

    def hear(self, asked: Asked, request: Request) -> Heard:
        """Raises SpeechError. Ends early where the page has left."""
        source = {key: value for key, value in asked.source.items() if key != "turn"}
        choice = choose(source, self._samples, self._intake.find)
        within = Span(asked.start, asked.end)
        ask = Ask(parse_language(asked.language, self._transcriber.info), asked.itn, vad=False, within=within)
        call = getattr(request.state, "call", None)
        hearing = self._transcriber.transcribe(choice.path, ask, call if isinstance(call, Call) else None)
        return Heard(lines=present.lines(hearing.transcript.segments))
