"""The routes of whisper.cpp's server. What steers its search and its decoder may be sent, and changes nothing here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from speech import render
from speech.errors import EngineUnavailable, InvalidParameter, NotTranslated, UnknownLanguage
from speech.labels import PLAIN, Labels
from speech.render import Json
from speech.spans import Span
from speech.transcriber import Ask, Hearing, State, parse_language
from speech.transcript import Language, Transcript

from . import whisper
from .deps import Caller, Listener, Options, Upload
from .described import HEARD, LANGUAGES, UNHEARD, Responses, shown
from .refusal import refusing, told

MEDIA_TYPES = {
    "json": "application/json",
    "text": "text/html; charset=utf-8",
    "srt": render.MEDIA_TYPES["srt"],
    "verbose_json": "application/json",
    "vtt": render.MEDIA_TYPES["vtt"],
}
NO_SCRIPTS = {"Content-Security-Policy": "sandbox"}  # whisper.cpp calls its text HTML, and anybody can say anything
NEGLIGIBLE = 0.001  # a language less probable is not listed (whisper.cpp, examples/server/server.cpp)
LATEST = 2**31 - 1  # ms, whisper.cpp's int
TIMES = ("seek", "start", "end", "t_dtw")

FAULT: Json = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


def fault(message: str) -> Response:
    return JSONResponse({"error": message})


router = APIRouter(tags=["whisper.cpp"], route_class=refusing(fault))

Milliseconds = Annotated[int, Form(ge=0, le=LATEST)]


# --- what is answered ---


def _text(transcript: Transcript) -> str:
    """A line for each segment, each with the space that Whisper's tokens begin with."""
    return "".join(f" {line}" for line in render.txt(transcript, PLAIN).splitlines(keepends=True))


def _verbose(hearing: Hearing, labels: Labels, times: bool = True, words: bool = True, languages: bool = True) -> Json:
    """`times` of segments and words, `words` with theirs, and all `languages` that were believed."""
    transcript = hearing.transcript
    return {
        "task": "transcribe",
        "language": transcript.language.full_name,
        "duration": round(hearing.media.duration, 3),
        "text": _text(transcript),
        "segments": [
            {**_timed(segment, times), "words": [_timed({**word, "t_dtw": -1}, times and words) for word in said]}
            for segment, said in whisper.segments(transcript, labels)
        ],
        **(_languages(transcript) if languages else {}),
    }


def _timed(value: Json, times: bool) -> Json:
    return value if times else {name: part for name, part in value.items() if name not in TIMES}


def _languages(transcript: Transcript) -> Json:
    found = whisper.languages(transcript)
    first = next(iter(found), Language.OTHER)
    return {
        "detected_language": first.full_name,
        "detected_language_probability": found.get(first, 0.0),
        "language_probabilities": {code: share for code, share in found.items() if share > NEGLIGIBLE},
    }


def _answers() -> Responses:
    """An example of every format."""
    transcript = HEARD.transcript
    whole = shown(json={"text": _text(transcript)}, verbose_json=_verbose(HEARD, PLAIN))
    texts = {"text": _text(transcript), **{name: render.FORMATS[name](transcript, PLAIN) for name in ("srt", "vtt")}}
    content = {MEDIA_TYPES[name]: {"schema": {"type": "string"}, **shown(**{name: text})} for name, text in texts.items()}
    known = (UnknownLanguage("klingon", LANGUAGES), InvalidParameter("response_format", "docx", MEDIA_TYPES), NotTranslated())
    heard = {
        "description": "What was heard.",
        "content": {"application/json": {"schema": {"type": "object"}, **whole}, **content},
    }
    return {200: heard, **told("application/json", FAULT, *UNHEARD, *known)}


# --- the routes ---


@router.post("/inference", summary="Hear a file, as whisper.cpp does", responses=_answers())
def inference(
    listener: Listener,
    options: Options,
    call: Caller,
    file: Upload,
    response_format: Annotated[
        str, Form(json_schema_extra={"enum": list(MEDIA_TYPES)}, description="What the answer is.")
    ] = "json",
    language: Annotated[str | None, Form(description="zh, yue, en, ja or ko. Nothing: the model finds out.")] = None,
    detect_language: Annotated[bool, Form(description="The model finds out, whatever `language` says.")] = False,
    translate: Annotated[bool, Form(description="Refused: this model does not translate.")] = False,
    offset_t: Annotated[Milliseconds, Form(description="ms of the file that are passed over.")] = 0,
    duration: Annotated[Milliseconds, Form(description="ms that are heard. 0: to the end.")] = 0,
    no_timestamps: Annotated[bool, Form(description="verbose_json without times.")] = False,
    token_timestamps: Annotated[bool, Form(description="False: words of verbose_json without times.")] = True,
    no_language_probabilities: Annotated[bool, Form(description="verbose_json without detected languages.")] = False,
    prompt: Annotated[str | None, Form(description="Accepted; this model takes no prompt.")] = None,
    temperature: Annotated[float, Form(allow_inf_nan=False, description="Accepted; nothing is drawn at random here.")] = 0.0,
    temperature_inc: Annotated[float, Form(allow_inf_nan=False, description="Accepted.")] = 0.0,
    max_len: Annotated[int, Form(description="Accepted; subtitles are cut so that people can read them.")] = 0,
    split_on_word: Annotated[bool, Form(description="Accepted; no word is cut.")] = True,
    vad: Annotated[bool, Form(description="Accepted; the detector is always on.")] = True,
    diarize: Annotated[bool, Form(description="Each channel is a speaker and heard alone, as in a stereo call.")] = False,
) -> Response:
    """Hears one file. whisper.cpp's other fields may be sent too, and change nothing. A refusal is `{"error": "a sentence"}`."""
    if response_format not in MEDIA_TYPES:
        raise InvalidParameter("response_format", response_format, MEDIA_TYPES)
    if translate:
        raise NotTranslated()
    wanted = None if detect_language else parse_language(language, listener.info)
    within = _within(offset_t / 1000, duration / 1000, listener.options.limits.longest)
    hearing = listener.transcribe(file, Ask(wanted, within=within, multichannel=diarize), call)
    if response_format == "json":
        return JSONResponse({"text": _text(hearing.transcript)})
    if response_format == "verbose_json":
        asked = (not no_timestamps, token_timestamps, not no_language_probabilities)
        return JSONResponse(_verbose(hearing, options.labels, *asked))
    if response_format == "text":
        return Response(_text(hearing.transcript), media_type=MEDIA_TYPES["text"], headers=NO_SCRIPTS)
    return Response(render.FORMATS[response_format](hearing.transcript, PLAIN), media_type=MEDIA_TYPES[response_format])


def _within(offset: float, duration: float, longest: float) -> Span | None:
    if not offset and not duration:
        return None
    return Span(offset, offset + duration if duration else max(offset, longest))


@router.post(
    "/load",
    summary="Load a model (one is loaded)",
    response_class=PlainTextResponse,
    responses=told("application/json", FAULT, EngineUnavailable("model.pt is missing")),
)
def load(listener: Listener) -> str:
    """200 for any model, as OpenAI's routes take any: a client that loads one before it sends files goes on with this one."""
    status = listener.status
    if status.state is not State.READY or status.checkpoint is None:
        raise EngineUnavailable(status.detail)
    return f"One model is loaded and stays: {status.checkpoint.name}.\n"
