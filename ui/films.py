"""The video on the page, with the captions that the page shows: as a person has corrected them, not as they were heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from speech.calls import call_in
from speech.errors import InvalidParameter
from speech.films import Captioner, Captions
from speech.labels import Labels
from speech.transcriber import Transcriber

from .exports import Shown, transcript
from .intake import Intake
from .samples import Sample
from .uploads import choose

PATH = "/console/film"


class Wanted(BaseModel):
    """`source` as the source widget says it, `shown` as the page shows it."""

    source: dict[str, str | int]
    shown: Shown
    mode: Captions = Captions.SOFT
    labels: str


class Films:
    def __init__(
        self,
        captioner: Captioner,
        transcriber: Transcriber,
        intake: Intake,
        samples: Sequence[Sample],
        styles: Mapping[str, Labels],
    ) -> None:
        self._captioner, self._transcriber = captioner, transcriber
        self._intake, self._samples, self._styles = intake, samples, styles

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        app.add_api_route(PATH, self.film, methods=["POST"], include_in_schema=False, response_model=None)

    def film(self, wanted: Wanted, request: Request) -> StreamingResponse:
        """Raises SpeechError. Ends early where the page has left."""
        if wanted.labels not in self._styles:
            raise InvalidParameter("labels", wanted.labels, self._styles)
        source = {key: value for key, value in wanted.source.items() if key != "turn"}
        choice = choose(source, self._samples, self._intake.find)
        call = call_in(request.scope.get("state", {}))
        self._transcriber.vet(choice.path, call)
        shown, labels = transcript(wanted.shown), self._styles[wanted.labels]
        film = self._captioner.caption(choice.path, shown, labels, wanted.mode, call)
        return StreamingResponse(film.pieces(), media_type=film.media_type, headers=film.headers(choice.name))
