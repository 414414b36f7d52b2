"""Exports of what a page shows: a transcript comes as JSON, as a person has corrected it, and goes back as a file.

Nothing is kept. What is written is what is on the screen, whatever was heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from speech.errors import BadJson, BodyTooLarge, InvalidParameter
from speech.files import FORMATS, MEDIA_TYPES, written
from speech.labels import RAW, Labels
from speech.render import json_text, rich, txt
from speech.subtitles import one_line
from speech.tracks import SPEAKERS
from speech.transcript import Emotion, Event, Language, Scores, Segment, Transcript, Word

from .uploads import stem

PATH = "/console/export"
TEXTS = "/console/texts"
LARGEST = 16_000_000  # bytes: half a day of talk with all its words
READ, WRITTEN = 8, 2  # transcripts that come in and that are written at once: each takes memory meanwhile
LONGEST_NAME = 16  # characters of what a speaker is called: before his words in a line of a subtitle it leaves room for some
LONGEST_SHOWN = 200_000  # characters of raw tags or JSON on the page; files have all


class StrictModel(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class SaidScores(StrictModel):
    language: dict[Language, float] = {}
    emotion: dict[Emotion, float] = {}
    event: dict[Event, float] = {}
    no_speech: float = 0.0
    avg_logprob: float = 0.0


class Said(StrictModel):
    """present.SegmentView as it comes back."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    language: Language
    emotion: Emotion
    events: list[Event] = []
    pieces: list[tuple[str] | tuple[str, float, float, float]] = []
    scores: SaidScores = SaidScores()
    raw: str = ""
    speaker: str = Field("", pattern=f"^[{SPEAKERS}]?$")


class Shown(StrictModel):
    """All that is on the page. `name` is the recording's, for the file's own; `names` are those of speakers."""

    name: str = ""
    duration: float = Field(0.0, ge=0)
    segments: list[Said]
    names: dict[Annotated[str, Field(pattern=f"^[{SPEAKERS}]$")], str] = {}


class Texts(BaseModel):
    """What stands beside the segments; long texts are cut."""

    rich: str
    raw: str
    json_: str = Field(serialization_alias="json")


class Exports:
    """The routes. `styles` are the label styles that are offered, by name."""

    def __init__(self, styles: Mapping[str, Labels]) -> None:
        self._styles = styles
        self._readers, self._writers = CapacityLimiter(READ), CapacityLimiter(WRITTEN)

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        for path, route in ((PATH, self.export), (TEXTS, self.texts)):
            app.add_api_route(path, route, methods=["POST"], include_in_schema=False, response_model=None)

    async def export(self, request: Request, format: str = "", labels: str = "", times: bool = False) -> Response:
        """A file, in TXT with `times` where they are wished. Raises BodyTooLarge, BadJson or InvalidParameter."""
        if format not in FORMATS:
            raise InvalidParameter("format", format, FORMATS)
        style = self._style(labels)
        return await self._answer(request, lambda body: _file(body, format, style, times))

    async def texts(self, request: Request, labels: str = "") -> Response:
        """Texts as JSON. Raises as `export` does."""
        style = self._style(labels)
        return await self._answer(request, lambda body: _texts(body, style))

    async def _answer(self, request: Request, write: Callable[[bytes], Response]) -> Response:
        async with self._readers:
            return await to_thread.run_sync(write, await body_of(request), limiter=self._writers)

    def _style(self, name: str) -> Labels:
        if name not in self._styles:
            raise InvalidParameter("labels", name, self._styles)
        return self._styles[name]


async def body_of(request: Request) -> bytes:
    """Raises BodyTooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise BodyTooLarge(LARGEST)
    return bytes(body)


def _file(body: bytes, format: str, labels: Labels, times: bool) -> Response:
    shown = read(body)
    heard = transcript(shown)
    timed = times and format == "txt"
    content = txt(heard, labels, times=True).encode() if timed else written(format, heard, labels, shown.name)
    name = quote(f"{stem(shown.name)}.{format}")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[format], headers=headers)


def _texts(body: bytes, labels: Labels) -> Response:
    heard = transcript(read(body))
    texts = Texts(
        rich=rich(heard, labels),
        raw=rich(heard, RAW)[:LONGEST_SHOWN],
        json_=json_text(heard, labels)[:LONGEST_SHOWN],
    )
    return Response(texts.model_dump_json(by_alias=True), media_type="application/json")


def read(body: bytes) -> Shown:
    """Raises BadJson for what is no transcript."""
    try:
        return Shown.model_validate_json(body)
    except ValidationError as fault:
        raise BadJson() from fault


def transcript(shown: Shown) -> Transcript:
    """What the page shows, as the pipeline would have said it."""
    names = {speaker: one_line(name)[:LONGEST_NAME] for speaker, name in shown.names.items()}
    called = {speaker: name for speaker, name in names.items() if name}
    return Transcript(tuple(map(_segment, shown.segments)), shown.duration, called)


def _segment(said: Said) -> Segment:
    scores = said.scores
    return Segment(
        text="".join(piece[0] for piece in said.pieces),
        start=said.start,
        end=max(said.start, said.end),
        language=said.language,
        emotion=said.emotion,
        events=tuple(said.events),
        words=tuple(Word(*piece) for piece in said.pieces if len(piece) == 4),
        scores=Scores(scores.language, scores.emotion, scores.event, scores.no_speech, scores.avg_logprob),
        raw=said.raw,
        speaker=said.speaker,
    )
