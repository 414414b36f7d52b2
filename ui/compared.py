"""The sound of a recording as it is after cleaning, for who wants to hear what it does before relying on it."""

from __future__ import annotations

from fastapi import FastAPI, Request
from pydantic import BaseModel

from speech import playable
from speech.calls import call_in

from . import files
from .again import Again

PATH = "/console/cleaned"


class Asked(BaseModel):
    """`source` as the source widget says it, or {"job": its id}."""

    source: dict[str, str | int]


class Cleaned(BaseModel):
    url: str  # of a WAV, from the page on; it lies where nobody can guess


class Compared:
    def __init__(self, again: Again) -> None:
        self._again = again

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        app.add_api_route(PATH, self.clean, methods=["POST"], include_in_schema=False, response_model=Cleaned)

    def clean(self, asked: Asked, request: Request) -> Cleaned:
        """Raises SpeechError. Ends early where the page has left."""
        call = call_in(request.scope.get("state", {}))
        transcriber = self._again.transcriber
        sound = files.place(files.cache()) / "cleaned.wav"
        playable.write(transcriber.cleaned(transcriber.open(self._again.file(asked.source, call.caller), call), call), sound)
        return Cleaned(url=f"gradio_api/file={sound}")
