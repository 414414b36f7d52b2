"""OpenAI's audio routes, for clients that know Whisper. Lenient, unless the options say to refuse what OpenAI refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from speech import render
from speech.errors import InvalidParameter, NotDiarised, NotTranslated, UnknownLanguage, UnknownModel
from speech.labels import Labels, style
from speech.transcriber import Ask, parse_language
from speech.transcript import Transcript

from . import sse
from .deps import Listener, Options, Upload
from .listing import names
from .schemas import JsonOut, VerboseOut

router = APIRouter(prefix="/v1/audio", tags=["openai"])

GRANULARITIES = ("word", "segment")
INCLUDES = ("logprobs",)
STREAMED = "whisper-1"  # the one model whose `stream` OpenAI ignores

Strings = list[str] | None


def granularities(
    named: Annotated[Strings, Form(alias="timestamp_granularities[]", description="word, segment")] = None,
    bare: Annotated[Strings, Form(alias="timestamp_granularities")] = None,
) -> frozenset[str]:
    """Both spellings that clients send; empty where none came."""
    return _some_of("timestamp_granularities", GRANULARITIES, named, bare)


def includes(
    named: Annotated[Strings, Form(alias="include[]", description="logprobs")] = None,
    bare: Annotated[Strings, Form(alias="include")] = None,
) -> frozenset[str]:
    return _some_of("include", INCLUDES, named, bare)


def languages(
    listener: Listener,
    language: Annotated[
        str | None, Form(description="zh, yue, en, ja or ko; also zh-CN, or chinese. Nothing: the model finds out.")
    ] = None,
    named: Annotated[Strings, Form(alias="languages[]", description="The model finds out which one of these.")] = None,
    bare: Annotated[Strings, Form(alias="languages")] = None,
) -> Ask:
    """What is asked about the language alone. Raises UnknownLanguage."""
    told = parse_language(language, listener.info)
    found = {parse_language(name, listener.info, "languages") for name in [*(named or []), *(bare or [])]}
    among = frozenset(one for one in found if one) if None not in found else frozenset()
    if told and among and told not in among:
        raise UnknownLanguage(told, sorted(among))
    if told is None and len(among) == 1:
        (told,) = among
    return Ask(told, among=among)


def _some_of(param: str, known: tuple[str, ...], *spellings: Strings) -> frozenset[str]:
    asked = frozenset(value for spelling in spellings for value in spelling or [] if value)
    for value in sorted(asked - set(known)):
        raise InvalidParameter(param, value, known)
    return asked


@router.post("/transcriptions")
def transcriptions(
    listener: Listener,
    options: Options,
    file: Upload,
    told: Annotated[Ask, Depends(languages)],
    times: Annotated[frozenset[str], Depends(granularities)],
    included: Annotated[frozenset[str], Depends(includes)],
    model: Annotated[str | None, Form(description="Any name: one model answers.")] = None,
    response_format: Annotated[str, Form(description="json, text, srt, vtt or verbose_json")] = "json",
    stream: Annotated[bool, Form(description="Server-sent events, a delta as soon as a segment is heard.")] = False,
    temperature: Annotated[float, Form(ge=0, le=1, description="Accepted; nothing is drawn at random here.")] = 0.0,
    prompt: Annotated[str | None, Form(description="Accepted; this model takes no prompt.")] = None,
    itn: Annotated[bool, Form(description="Write digits and punctuation.")] = True,
    vad: Annotated[bool, Form(description="False: hear all of it, not only where a detector finds something.")] = True,
    labels: Annotated[str, Form(description="Labels in text, srt and vtt: plain, zh, en or emoji.")] = "plain",
) -> Response:
    """Hears one file and answers as OpenAI does, with what Earshot hears beyond words in fields of its own."""
    writer, shown = _writer(response_format), style(labels)
    if options.strict:
        _as_openai(model, names(listener), response_format, times)
        stream = stream and model != STREAMED
    ask = Ask(told.language, itn, vad, told.among)
    logprobs = "logprobs" in included
    if stream:
        return StreamingResponse(sse.frames(listener, file, ask, logprobs), media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)
    transcript = listener.transcribe(file, ask).transcript
    if writer is not None:
        return PlainTextResponse(writer(transcript, shown))
    if response_format == "json":
        return JSONResponse(JsonOut.of(transcript, options.labels, logprobs).model_dump(exclude_none=True))
    verbose = VerboseOut.of(transcript, options.labels, "word" in times, times != {"word"}, logprobs)
    return JSONResponse(verbose.model_dump(exclude_none=True))


@router.post("/translations")
def translations() -> Response:
    """Refused: this model writes down what it hears in the language that is spoken."""
    raise NotTranslated()


def _as_openai(model: str | None, known: list[str], response_format: str, times: frozenset[str]) -> None:
    """What OpenAI refuses and we need not."""
    if not model:
        raise InvalidParameter("model", "", known)
    if model not in known:
        raise UnknownModel(model, known)
    if "word" in times and response_format != "verbose_json":
        raise InvalidParameter("timestamp_granularities", "word", ["segment, where response_format is not verbose_json"])


def _writer(response_format: str) -> Callable[[Transcript, Labels], str] | None:
    """What writes a format that is text; None for the two that are JSON. Raises InvalidParameter or NotDiarised."""
    if response_format == "diarized_json":
        raise NotDiarised()
    if response_format not in FORMATS:
        raise InvalidParameter("response_format", response_format, FORMATS)
    return FORMATS[response_format]


def _text(transcript: Transcript, labels: Labels) -> str:
    return render.rich(transcript, labels).rstrip("\n") + "\n"


FORMATS: Mapping[str, Callable[[Transcript, Labels], str] | None] = {
    "json": None,
    "text": _text,
    "srt": render.srt,
    "vtt": render.vtt,
    "verbose_json": None,
}
