"""POST /transcribe: a file in, everything that was heard out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form

from speech.errors import CleaningFailed, CleaningUnavailable, InvalidParameter, UnknownLanguage
from speech.labels import STYLES, Labels, style

from .deps import Caller, Listener, Options, Upload, Wish
from .described import HEARD, LANGUAGES, UNHEARD, faults, success
from .schemas import TranscribeOut

router = APIRouter(tags=["earshot"])

EXAMPLE = TranscribeOut.of(HEARD, style("zh"), True, "sensevoice-small", "iic/SenseVoiceSmall")
UNCLEANED = (CleaningUnavailable(), CleaningFailed())
ANSWERS = {
    **success("Everything that was heard.", heard=EXAMPLE.model_dump(exclude_none=True)),
    **faults(*UNHEARD, UnknownLanguage("klingon", LANGUAGES), InvalidParameter("labels", "xml", STYLES), *UNCLEANED),
}


@router.post(
    "/transcribe",
    summary="Hear a file, with all that is in it",
    response_model_exclude_none=True,
    responses=ANSWERS,
)
def transcribe(
    listener: Listener,
    options: Options,
    call: Caller,
    file: Upload,
    wish: Wish,
    labels: Annotated[
        str | None,
        Form(json_schema_extra={"enum": list(STYLES)}, description="How emotions and sounds are written; else the server's way."),
    ] = None,
    words: Annotated[bool, Form(description="Words with their times in every segment.")] = True,
) -> TranscribeOut:
    """Hears one audio or video file: text, language, emotion, events and times.

    Every segment has the ten fields of Whisper's, then its language, emotion and events with the scores of each, the model's
    own tagged words and, unless they are not wanted, its words with start, end and confidence. An empty text means silence.
    """
    shown: Labels = style(labels) if labels else options.labels
    hearing = listener.transcribe(file, wish, call)
    checkpoint = listener.status.checkpoint
    return TranscribeOut.of(hearing, shown, words, listener.info.name, checkpoint.name if checkpoint else "")
