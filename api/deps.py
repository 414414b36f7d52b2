"""What routes share: the transcriber, the options, an uploaded file, the caller's wishes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, BinaryIO

from fastapi import Depends, File, Form, Request, UploadFile

from speech.calls import Call, call_in
from speech.errors import EmptyAudio, MissingFile, UrlNotSupported
from speech.labels import Labels, style
from speech.transcriber import Ask, Transcriber, parse_language

ADDRESSES = ("url", "file_url")


@dataclass(frozen=True, slots=True)
class ApiOptions:
    upload: int = 500_000_000  # bytes of one request's body: 4 h of 16-bit samples at 16 kHz are 461 MB
    labels: Labels = field(default_factory=lambda: style("zh"))  # what /transcribe shows unless it is asked otherwise
    strict: bool = False  # on OpenAI's routes, refuse what OpenAI refuses


def transcriber_of(request: Request) -> Transcriber:
    found = request.app.state.transcriber
    assert isinstance(found, Transcriber)
    return found


def options_of(request: Request) -> ApiOptions:
    found = request.app.state.options
    assert isinstance(found, ApiOptions)
    return found


def call_of(request: Request) -> Call:
    """The guard's, which knows who asks, since when, and whether he is still there."""
    return call_in(request.scope.get("state", {}))


Listener = Annotated[Transcriber, Depends(transcriber_of)]
Options = Annotated[ApiOptions, Depends(options_of)]
Caller = Annotated[Call, Depends(call_of)]


async def address(request: Request) -> str:
    """The name under which a client asks to fetch audio from elsewhere, as some servers do; "" where it does not."""
    asked = {*request.query_params, *await request.form()}  # a form is read once
    return next((name for name in ADDRESSES if name in asked), "")


Address = Annotated[str, Depends(address)]


def upload(
    elsewhere: Address,
    file: Annotated[UploadFile | None, File(description="Audio or video of any common container.")] = None,
) -> BinaryIO:
    return opened(file, elsewhere)


def opened(file: UploadFile | None, elsewhere: str) -> BinaryIO:
    """The uploaded bytes, on disk above 1 MB and gone with the request. Raises MissingFile, UrlNotSupported or EmptyAudio."""
    if file is None:
        raise UrlNotSupported(elsewhere) if elsewhere else MissingFile()
    if file.size == 0:
        raise EmptyAudio()
    return file.file


Cleaning = Annotated[
    bool, Form(description="Reduce steady noise and even out the loudness before hearing: for poor recordings, slower.")
]


Multichannel = Annotated[
    bool, Form(description="Each channel is a speaker (A, B, …) and heard alone, as in a call with one person on each side.")
]


def ask(
    listener: Listener,
    language: Annotated[
        str | None, Form(description="auto, zh, yue, en, ja or ko; also zh-CN, en-US, or a full name as chinese.")
    ] = None,
    itn: Annotated[bool, Form(description="Write digits and punctuation (inverse text normalisation).")] = True,
    vad: Annotated[bool, Form(description="False: hear all of it, not only where a detector finds speech or sounds.")] = True,
    clean: Cleaning = False,
    multichannel: Multichannel = False,
) -> Ask:
    return Ask(parse_language(language, listener.info), itn, vad, clean=clean, multichannel=multichannel)


Upload = Annotated[BinaryIO, Depends(upload)]
Wish = Annotated[Ask, Depends(ask)]
