"""The routes of whisper-asr-webservice, which Bazarr and others know, and the /asr of FunASR's server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, BeforeValidator, Field

from speech import render
from speech.errors import InvalidParameter, NotTranslated, UnknownLanguage
from speech.labels import PLAIN, Labels
from speech.pcm import as_wav
from speech.spans import Span
from speech.subtitles import one_line
from speech.transcriber import Ask, Hearing, parse_language
from speech.transcript import Language, Transcript

from . import schemas, whisper
from .deps import Address, Caller, Listener, Options, opened
from .described import HEARD, LANGUAGES, UNHEARD, Responses, faults, shown, success
from .refusal import refusing, told

router = APIRouter(tags=["whisper-asr-webservice"])

TASKS = ("transcribe", "translate")
OUTPUTS = ("txt", "vtt", "srt", "tsv", "json")
BEGINNING = Span(0.0, 30.0)  # by which the language is told
APART = "Each channel is a speaker and heard alone. Speakers who share one channel are not told apart."
LONGEST_NAME = 100  # characters of a file's name that go back: proxies refuse long headers

Blank = BeforeValidator(lambda value: value or None)  # clients send "language=&diarize="
Text = Annotated[str | None, Blank]
Flag = Annotated[bool | None, Blank]
Number = Annotated[int | None, Blank]
Sound = Annotated[UploadFile | None, File(description="Audio or video of any common container.")]
Encode = Annotated[Flag, Query(description="False: what is sent is raw 16-bit little-endian mono at 16 kHz, no file.")]


def sentence(message: str) -> Response:
    """One line, without the arrow by which lenient readers find a cue."""
    return PlainTextResponse(one_line(message).replace("-->", "→") + "\n")


class FunASROut(BaseModel):
    """What FunASR's server answers, with Earshot's segments."""

    text: str
    segments: list[schemas.SegmentOut]
    duration: float = Field(description="seconds")
    language: str | None = Field(None, description="of the language spoken longest; none for silence")
    processing_time: float = Field(description="seconds")
    rtf: float = Field(description="processing_time over duration")

    @classmethod
    def of(cls, hearing: Hearing, labels: Labels) -> FunASROut:
        transcript, total = hearing.transcript, hearing.timing.total
        return cls(
            text=transcript.text,
            segments=schemas.segments(transcript, labels, words=True),
            duration=round(transcript.duration, 3),
            language=next(iter(transcript.languages), None),
            processing_time=round(total, 3),
            rtf=round(total / transcript.duration, 4),
        )


class DetectedOut(BaseModel):
    detected_language: str = Field(description="full English name in lower case")
    language_code: str = Field(description="zh, yue, en, ja, ko or und")
    confidence: float = Field(description="of the model, 0 to 1")


CHINESE = DetectedOut(detected_language="chinese", language_code="zh", confidence=0.98)


def _written(transcript: Transcript, language: Language | None, output: str, labels: Labels, words: bool) -> str:
    """`labels` and `words` are those of json, which is whisper's own dictionary."""
    if output != "json":
        return render.FORMATS[output](transcript, PLAIN)
    segments = [{**segment, "words": said} if words else segment for segment, said in whisper.segments(transcript, labels)]
    spoken = language or next(iter(transcript.languages), Language.OTHER)
    return json.dumps({"language": spoken, "segments": segments, "text": transcript.text}, ensure_ascii=False)


def _answers() -> Responses:
    """An example of every output, and of FunASR's."""
    texts = {output: _written(HEARD.transcript, None, output, PLAIN, words=True) for output in OUTPUTS}
    funasr = FunASROut.of(HEARD, PLAIN).model_dump(exclude_none=True)
    content = {"text/plain": {"schema": {"type": "string"}, **shown(**texts)}, "application/json": shown(funasr=funasr)}
    known = (*UNHEARD, UnknownLanguage("klingon", LANGUAGES), InvalidParameter("output", "docx", OUTPUTS), NotTranslated())
    refusals = told("text/plain", {"type": "string"}, *known)
    return {200: {"model": FunASROut, "description": "What was heard.", "content": content}, **refusals}


@dataclass(frozen=True, slots=True)
class FunASRForm:
    file: UploadFile | None
    language: str | None
    itn: bool
    spk: bool


def funasr_form(
    file: Annotated[UploadFile | None, File(description="In place of audio_file: what follows is FunASR's.")] = None,
    language: Annotated[str | None, Form(description="zh, yue, en, ja or ko. Nothing: the model finds out.")] = None,
    itn: Annotated[bool, Form(description="Write digits and punctuation.")] = True,
    use_itn: Annotated[bool, Form(description="The same.")] = True,
    hotwords: Annotated[str | None, Form(description="Accepted; this model takes none.")] = None,
    spk: Annotated[bool, Form(description=APART)] = False,
) -> FunASRForm:
    return FunASRForm(file, language, itn and use_itn, spk)


def asr(
    listener: Listener,
    options: Options,
    call: Caller,
    elsewhere: Address,
    form: Annotated[FunASRForm, Depends(funasr_form)],
    audio_file: Sound = None,
    encode: Encode = None,
    task: Annotated[Text, Query(json_schema_extra={"enum": list(TASKS)}, description="translate is refused.")] = None,
    language: Annotated[Text, Query(description="zh, yue, en, ja or ko. Nothing: the model finds out.")] = None,
    initial_prompt: Annotated[Text, Query(description="Accepted; this model takes no prompt.")] = None,
    vad_filter: Annotated[
        Flag, Query(description="Accepted; the detector is on either way: without it this model is slower and hears worse.")
    ] = None,
    word_timestamps: Annotated[Flag, Query(description="Words in the segments of json.")] = None,
    diarize: Annotated[Flag, Query(description=APART)] = None,
    min_speakers: Annotated[Number, Query(description="Accepted; there are as many as channels.")] = None,
    max_speakers: Annotated[Number, Query(description="Accepted; there are as many as channels.")] = None,
    output: Annotated[
        Text, Query(json_schema_extra={"enum": list(OUTPUTS)}, description="What the answer is; txt unless it is named.")
    ] = None,
) -> Response:
    """Hears one file: text/plain whatever the output, as whisper-asr-webservice has it; FunASR's JSON where `file` was sent.

    A refusal is one sentence on one line of text/plain, with its proper status. Bazarr takes the body for the subtitle and
    obsidian-transcription for the note, whatever the status says: a lone line is no cue, so that no player shows it and
    Bazarr's check of subtitles drops it, and whoever does meet it can read what was wrong.
    """
    if audio_file is None and form.file is not None:
        wanted = Ask(parse_language(form.language, listener.info), form.itn, multichannel=form.spk)
        hearing = listener.transcribe(opened(form.file, elsewhere), wanted, call)
        return JSONResponse(FunASROut.of(hearing, options.labels).model_dump(exclude_none=True))
    task, output = _one_of("task", task, TASKS), _one_of("output", output, OUTPUTS)
    if task == "translate":
        raise NotTranslated()
    ask = Ask(parse_language(language, listener.info), multichannel=bool(diarize))
    transcript = listener.transcribe(_sound(audio_file, elsewhere, encode), ask, call).transcript
    text = _written(transcript, ask.language, output, options.labels, bool(word_timestamps))
    headers = {"Asr-Engine": listener.info.name, "Content-Disposition": _attachment(audio_file, output)}
    return PlainTextResponse(text, headers=headers)


router.add_api_route(
    "/asr",
    asr,
    methods=["POST"],
    summary="Hear a file, as whisper-asr-webservice and FunASR do",
    responses=_answers(),
    route_class_override=refusing(sentence),
)


@router.post(
    "/detect-language",
    summary="Which language is spoken?",
    responses={**success("The most probable one.", chinese=CHINESE.model_dump()), **faults(*UNHEARD)},
)
def detect_language(
    listener: Listener, call: Caller, elsewhere: Address, audio_file: Sound = None, encode: Encode = None
) -> DetectedOut:
    """The language of the first 30 seconds. Where nobody speaks it is und (undetermined), which Bazarr knows."""
    transcript = listener.transcribe(_sound(audio_file, elsewhere, encode), Ask(within=BEGINNING), call).transcript
    language, confidence = next(iter(whisper.languages(transcript).items()), (Language.OTHER, 0.0))
    return DetectedOut(detected_language=language.full_name, language_code=language, confidence=confidence)


def _one_of(param: str, value: str | None, allowed: tuple[str, ...]) -> str:
    """The value, the first that is allowed where none was sent. Raises InvalidParameter."""
    if value and value not in allowed:
        raise InvalidParameter(param, value, allowed)
    return value or allowed[0]


def _sound(sound: UploadFile | None, elsewhere: str, encode: bool | None) -> BinaryIO:
    """Raises what `opened` raises."""
    file = opened(sound, elsewhere)
    return as_wav(file) if encode is False else file


def _attachment(sound: UploadFile | None, output: str) -> str:
    """Quoted as in a URL: what a client called its file can hold anything."""
    name = sound.filename if sound and sound.filename else "audio"
    return f'attachment; filename="{quote(name[:LONGEST_NAME], safe="", errors="replace")}.{output}"'
