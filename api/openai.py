"""OpenAI's POST /v1/audio/transcriptions, for clients that know Whisper."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Form
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from speech import render
from speech.errors import InvalidParameter, SpeechError
from speech.labels import Labels, style
from speech.transcriber import Ask, Hearing, Transcriber, parse_language
from speech.transcript import Transcript, space_between

from .deps import Listener, Options, Upload
from .errors import envelope, status_of
from .schemas import JsonOut, VerboseOut

router = APIRouter(prefix="/v1", tags=["openai"])

GRANULARITIES = ("word", "segment")
SSE = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def granularities(
    named: Annotated[list[str] | None, Form(alias="timestamp_granularities[]", description="word, segment")] = None,
    bare: Annotated[list[str] | None, Form(alias="timestamp_granularities")] = None,
) -> frozenset[str]:
    """Both spellings that clients send; segments alone where none came."""
    asked = frozenset((named or []) + (bare or []))
    for value in asked - set(GRANULARITIES):
        raise InvalidParameter("timestamp_granularities", value, GRANULARITIES)
    return asked or frozenset({"segment"})


@router.post("/audio/transcriptions")
def transcriptions(
    listener: Listener,
    options: Options,
    file: Upload,
    times: Annotated[frozenset[str], Depends(granularities)],
    model: Annotated[str, Form(description="Any name: one model answers.")] = "whisper-1",
    language: Annotated[str | None, Form(description="As zh, en, yue; nothing to find out.")] = None,
    response_format: Annotated[str, Form(description="json, text, srt, vtt or verbose_json")] = "json",
    itn: Annotated[bool, Form(description="Write digits and punctuation.")] = True,
    vad: Annotated[bool, Form(description="False: hear all of it, not only where a detector finds something.")] = True,
    labels: Annotated[str, Form(description="Labels in text, srt and vtt: plain, zh, en or emoji.")] = "plain",
    stream: Annotated[bool, Form(description="Server-sent events, a delta for each segment.")] = False,
) -> Response:
    """Hears one file and answers as Whisper's API does."""
    writer = _writer(response_format)
    shown = style(labels)
    ask = Ask(parse_language(language, listener.info), itn, vad)
    if stream:
        return StreamingResponse(_events(listener, file, ask), media_type="text/event-stream", headers=SSE)
    transcript = listener.transcribe(file, ask).transcript
    if writer is not None:
        return PlainTextResponse(writer(transcript, shown))
    if response_format == "json":
        return JSONResponse(JsonOut.of(transcript).model_dump())
    verbose = VerboseOut.of(transcript, options.labels, words="word" in times, whole="segment" in times)
    return JSONResponse(verbose.model_dump(exclude_none=True))


def _writer(response_format: str) -> Callable[[Transcript, Labels], str] | None:
    """What writes a format that is text; None for the two that are JSON. Raises InvalidParameter."""
    if response_format not in _FORMATS:
        raise InvalidParameter("response_format", response_format, _FORMATS)
    return _FORMATS[response_format]


def _text(transcript: Transcript, labels: Labels) -> str:
    return (render.rich(transcript, labels)).rstrip("\n") + "\n"


_FORMATS: Mapping[str, Callable[[Transcript, Labels], str] | None] = {
    "json": None,
    "text": _text,
    "srt": render.srt,
    "vtt": render.vtt,
    "verbose_json": None,
}


def _events(listener: Transcriber, file: BinaryIO, ask: Ask) -> Iterator[str]:
    """Increments of the text as segments are heard, then all of it: joined, the increments are the whole."""
    said = ""
    try:
        for update in listener.listen(file, ask):
            if isinstance(update, Hearing):
                yield _event({"type": "transcript.text.done", "text": said})
                continue
            for segment in update.segments:
                delta = space_between(said, segment.text) + segment.text
                said += delta
                if delta:
                    yield _event({"type": "transcript.text.delta", "delta": delta})
    except SpeechError as error:
        yield _event(envelope(str(error), status_of(error), error.code, error.param))
    yield "data: [DONE]\n\n"


def _event(value: Mapping[str, object]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
