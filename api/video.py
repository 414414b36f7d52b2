"""POST /v1/videos/captions: a video in, the same video with what is said in it as captions out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response, StreamingResponse

from speech.errors import (
    CleaningFailed,
    FfmpegMissing,
    FilmNotWritten,
    FilmTooLarge,
    InvalidParameter,
    NoFont,
    NoPictures,
    UnknownLanguage,
)
from speech.films import Captioner, Captions
from speech.labels import STYLES, style

from .deps import Caller, Listener, Options, Upload, Wish
from .described import LANGUAGES, UNHEARD, Responses, faults

PATH = "/v1/videos/captions"

router = APIRouter(tags=["earshot"])

FILMS = ("video/mp4", "video/quicktime", "video/x-matroska", "video/webm")
UNCAPTIONED = (NoPictures(), FilmNotWritten(), FilmTooLarge(4 * 10**9), NoFont("你 (U+4F60)"), CleaningFailed(), FfmpegMissing())


def _answers() -> Responses:
    film = {"schema": {"type": "string", "format": "binary"}}
    wrong = (
        UnknownLanguage("klingon", LANGUAGES),
        InvalidParameter("mode", "hard", Captions),
        InvalidParameter("labels", "xml", STYLES),
    )
    heard = {"description": "The video with its captions.", "content": dict.fromkeys(FILMS, film)}
    return {200: heard, **faults(*UNHEARD, *UNCAPTIONED, *wrong)}


def captioner_of(request: Request) -> Captioner:
    found: Captioner = request.app.state.captioner
    return found


async def name_of(request: Request) -> str:
    """Of the file, as the client calls it."""
    sent = (await request.form()).get("file")  # a form is read once
    return getattr(sent, "filename", None) or ""


@router.post(PATH, summary="Put captions into a video", response_class=StreamingResponse, responses=_answers())
def captions(
    listener: Listener,
    captioner: Annotated[Captioner, Depends(captioner_of)],
    options: Options,
    call: Caller,
    file: Upload,
    wish: Wish,
    name: Annotated[str, Depends(name_of)],
    mode: Annotated[
        str,
        Form(
            json_schema_extra={"enum": list(Captions)},
            description="soft: a track of text that players show or hide, all else as it was; burnt: drawn into the pictures.",
        ),
    ] = Captions.SOFT.value,
    labels: Annotated[
        str | None,
        Form(json_schema_extra={"enum": list(STYLES)}, description="How emotions and sounds are written; else the server's way."),
    ] = None,
) -> Response:
    """Hears a video and answers it with captions, as a file of its own kind.

    Soft captions leave pictures and sound untouched, to the bit; a video whose kind holds no text track becomes Matroska.
    Burnt ones are drawn into the pictures, which are coded anew as H.264; WebM becomes Matroska.
    """
    if mode not in list(Captions):
        raise InvalidParameter("mode", mode, Captions)
    shown = style(labels) if labels else options.labels
    listener.vet(file, call)
    captioner.check(file, call)
    heard = listener.transcribe(file, wish, call).transcript
    film = captioner.caption(file, heard, shown, Captions(mode), call)
    return StreamingResponse(film.pieces(), media_type=film.media_type, headers=film.headers(name or "video"))
