"""OpenAI's audio routes, for clients that know Whisper. Lenient, unless the options say to refuse what OpenAI refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from speech import render
from speech.errors import (
    CleaningFailed,
    CleaningUnavailable,
    InvalidParameter,
    NotDiarised,
    NotTranslated,
    UnknownLanguage,
    UnknownModel,
)
from speech.labels import STYLES, Labels, style
from speech.transcriber import Ask, Progress, parse_language
from speech.transcript import Transcript

from . import sse
from .deps import Caller, Cleaning, Listener, Multichannel, Options, Upload
from .described import HEARD, LANGUAGES, UNHEARD, Responses, faults, shown
from .listing import ALIASES, names
from .schemas import DiarizedOut, ErrorOut, JsonOut, VerboseOut

router = APIRouter(prefix="/v1/audio", tags=["openai"])

GRANULARITIES = ("word", "segment")
INCLUDES = ("logprobs",)
STREAMED = "whisper-1"  # the one model whose `stream` OpenAI ignores


def _text(transcript: Transcript, labels: Labels) -> str:
    return render.rich(transcript, labels).rstrip("\n") + "\n"


DIARIZED = "diarized_json"
FORMATS: Mapping[str, Callable[[Transcript, Labels], str] | None] = {
    "json": None,
    "text": _text,
    "srt": render.srt,
    "vtt": render.vtt,
    "verbose_json": None,
    DIARIZED: None,
}

EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": {"type": "string", "description": "JSON, as in the example; [DONE] at the end."}},
}

Strings = list[str] | None


def _answers() -> Responses:
    """An example of every format: of JSON, of text, and of the stream."""
    transcript, labels, said = HEARD.transcript, style("zh"), sse.Said(sse.Extras())
    whole = JsonOut.of(transcript, labels, logprobs=False)
    verbose = VerboseOut.of(transcript, labels, words=False, whole=True, logprobs=False)
    texts = {name: writer(transcript, style("plain")) for name, writer in FORMATS.items() if writer}
    progress = Progress(transcript.duration, transcript.duration, transcript.segments)
    stream = "".join([*said.events(progress), *said.events(HEARD), sse.DONE])
    return {
        200: {
            "model": JsonOut | VerboseOut | DiarizedOut,
            "description": "What was heard, in the format that was asked for.",
            "content": {
                "application/json": shown(
                    json=whole.model_dump(exclude_none=True),
                    verbose_json=verbose.model_dump(exclude_none=True),
                    diarized_json=DiarizedOut.of(transcript.said_by("A")).model_dump(),
                ),
                "text/plain": {"schema": {"type": "string"}, **shown(**texts)},
                sse.MEDIA_TYPE: {"itemSchema": EVENT, **shown(stream=stream)},
            },
        },
        **faults(
            *UNHEARD,
            UnknownLanguage("klingon", LANGUAGES),
            InvalidParameter("response_format", "docx", FORMATS),
            NotDiarised(),
            CleaningUnavailable(),
            CleaningFailed(),
            UnknownModel("whisper-9", ALIASES),
        ),
    }


def granularities(
    listed_times: Annotated[
        Strings, Form(alias="timestamp_granularities[]", description="word, segment; of verbose_json.")
    ] = None,
    bare_times: Annotated[Strings, Form(alias="timestamp_granularities", description="The same, without brackets.")] = None,
) -> frozenset[str]:
    """Both spellings that clients send; empty where none came."""
    return _some_of("timestamp_granularities", GRANULARITIES, listed_times, bare_times)


def includes(
    listed_extras: Annotated[
        Strings, Form(alias="include[]", description="logprobs: the log probability of every token.")
    ] = None,
    bare_extras: Annotated[Strings, Form(alias="include", description="The same, without brackets.")] = None,
) -> frozenset[str]:
    return _some_of("include", INCLUDES, listed_extras, bare_extras)


def languages(
    listener: Listener,
    language: Annotated[
        str | None, Form(description="zh, yue, en, ja or ko; also zh-CN, or chinese. Nothing: the model finds out.")
    ] = None,
    listed_languages: Annotated[Strings, Form(alias="languages[]", description="The model finds out which one of these.")] = None,
    bare_languages: Annotated[Strings, Form(alias="languages", description="The same, without brackets.")] = None,
) -> Ask:
    """What is asked about the language alone. Raises UnknownLanguage."""
    told = parse_language(language, listener.info)
    found = {parse_language(name, listener.info, "languages") for name in [*(listed_languages or []), *(bare_languages or [])]}
    among = frozenset(one for one in found if one) if None not in found else frozenset()
    if told and among and told not in among:
        raise UnknownLanguage(told, sorted(among))
    return Ask(told, among=among)


def _some_of(param: str, known: tuple[str, ...], *spellings: Strings) -> frozenset[str]:
    asked = frozenset(value for spelling in spellings for value in spelling or [] if value)
    for value in sorted(asked - set(known)):
        raise InvalidParameter(param, value, known)
    return asked


@router.post("/transcriptions", summary="Hear a file, as OpenAI does", responses=_answers())
def transcriptions(
    listener: Listener,
    options: Options,
    call: Caller,
    file: Upload,
    told: Annotated[Ask, Depends(languages)],
    times: Annotated[frozenset[str], Depends(granularities)],
    included: Annotated[frozenset[str], Depends(includes)],
    model: Annotated[str | None, Form(description="Any name: one model answers.")] = None,
    response_format: Annotated[str, Form(json_schema_extra={"enum": list(FORMATS)}, description="What the answer is.")] = "json",
    stream: Annotated[bool, Form(description="Server-sent events, a delta as soon as a segment is heard.")] = False,
    temperature: Annotated[float, Form(ge=0, le=1, description="Accepted; nothing is drawn at random here.")] = 0.0,
    prompt: Annotated[str | None, Form(description="Accepted; this model takes no prompt.")] = None,
    itn: Annotated[bool, Form(description="Write digits and punctuation.")] = True,
    vad: Annotated[bool, Form(description="False: hear all of it, not only where a detector finds something.")] = True,
    clean: Cleaning = False,
    multichannel: Multichannel = False,
    labels: Annotated[
        str,
        Form(json_schema_extra={"enum": list(STYLES)}, description="How emotions and sounds are written in text, srt and vtt."),
    ] = "plain",
) -> Response:
    """Hears one file and answers as OpenAI does, with what Earshot hears beyond words in fields of its own.

    `response_format` chooses between JSON and text; with `stream` the answer is server-sent events, whatever the format: a
    delta for each segment as soon as it is heard, then the whole text, then `[DONE]`. A fault after the first delta is an
    event with the same `error` as below. `diarized_json` tells speakers apart by the file's channels, as `multichannel`
    does for the others. Where the server is set to be strict (EARSHOT_OPENAI_STRICT), `model` must be one
    of /v1/models.
    """
    writer, table = _writer(response_format), style(labels)
    if options.strict:
        _as_openai(model, names(listener), response_format, times)
        stream = stream and model != STREAMED
    diarized = response_format == DIARIZED
    ask = Ask(told.language, itn, vad, told.among, clean=clean, multichannel=multichannel, diarized=diarized)
    logprobs = "logprobs" in included
    if stream:
        events = sse.frames(listener, file, ask, call, sse.Extras(logprobs, diarized))
        return StreamingResponse(events, media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)
    transcript = listener.transcribe(file, ask, call).transcript
    if writer is not None:
        return PlainTextResponse(writer(transcript, table))
    if diarized:
        return JSONResponse(DiarizedOut.of(transcript).model_dump())
    if response_format == "json":
        return JSONResponse(JsonOut.of(transcript, options.labels, logprobs).model_dump(exclude_none=True))
    verbose = VerboseOut.of(transcript, options.labels, "word" in times, times != {"word"}, logprobs)
    return JSONResponse(verbose.model_dump(exclude_none=True))


@router.post(
    "/translations", summary="Translate (refused)", status_code=400, response_model=ErrorOut, responses=faults(NotTranslated())
)
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
    """What writes a format that is text; None for those that are JSON. Raises InvalidParameter."""
    if response_format not in FORMATS:
        raise InvalidParameter("response_format", response_format, FORMATS)
    return FORMATS[response_format]
