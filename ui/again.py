"""A part of a recording is heard once more, in another language or another way. The rest of the page stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict

from speech.calls import call_in
from speech.jobs import Jobs
from speech.spans import Span
from speech.transcriber import Ask, Transcriber, parse_language

from . import present
from .intake import Intake
from .samples import Sample
from .uploads import choose

PATH = "/console/hear"


class Asked(BaseModel):
    """`source` as the source widget says it, or {"job": its id}.

    From `start` to `end` s everything is heard, where there is a `speaker` of him alone: a person has chosen it.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    source: dict[str, str | int]
    start: float
    end: float
    language: str = "auto"
    itn: bool = True
    clean: bool = False
    speaker: str = ""


class Heard(BaseModel):
    lines: str  # as present.lines


class Again:
    def __init__(self, transcriber: Transcriber, intake: Intake, samples: Sequence[Sample], jobs: Jobs | None = None) -> None:
        self.transcriber, self._intake, self._samples, self._jobs = transcriber, intake, samples, jobs

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        app.add_api_route(PATH, self.hear, methods=["POST"], include_in_schema=False, response_model=Heard)

    def hear(self, asked: Asked, request: Request) -> Heard:
        """Raises SpeechError. Ends early where the page has left."""
        call = call_in(request.scope.get("state", {}))
        within, language = Span(asked.start, asked.end), parse_language(asked.language, self.transcriber.info)
        ask = Ask(language, asked.itn, vad=False, within=within, clean=asked.clean, multichannel=bool(asked.speaker))
        heard = self.transcriber.transcribe(self.file(asked.source, call.caller), ask, call).transcript
        return Heard(lines=present.lines([segment for segment in heard.segments if segment.speaker == asked.speaker]))

    def file(self, source: Mapping[str, str | int], owner: str) -> Path:
        """Raises MissingFile, PathNotAllowed, UnknownJob or SoundGone."""
        if self._jobs and "job" in source:
            return self._jobs.audio(str(source["job"]), owner)
        chosen = {key: value for key, value in source.items() if key != "turn"}
        return choose(chosen, self._samples, self._intake.find).path
