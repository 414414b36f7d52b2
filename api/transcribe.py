"""POST /transcribe: a file in, everything that was heard out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form

from speech.labels import Labels, style

from .deps import Listener, Options, Upload, Wish
from .schemas import TranscribeOut

router = APIRouter(tags=["earshot"])


@router.post("/transcribe", response_model_exclude_none=True)
def transcribe(
    listener: Listener,
    options: Options,
    file: Upload,
    wish: Wish,
    labels: Annotated[str | None, Form(description="zh, en, emoji, plain or raw; else the server's own.")] = None,
    words: Annotated[bool, Form(description="Words with their times in every segment.")] = True,
) -> TranscribeOut:
    """Hears one audio or video file: text, language, emotion, events and times."""
    shown: Labels = style(labels) if labels else options.labels
    hearing = listener.transcribe(file, wish)
    checkpoint = listener.status.checkpoint
    return TranscribeOut.of(hearing, shown, words, listener.info.name, checkpoint.name if checkpoint else "")
