"""In which shape a refusal is told: that of the path's own clients, whoever refuses."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import Response

from speech.errors import SpeechError

from . import asr, whispercpp
from .errors import answer
from .refusal import Say, put

SHAPES: Mapping[str, Say] = {"/asr": asr.sentence, "/inference": whispercpp.fault, "/load": whispercpp.fault}
HEARING = frozenset(
    {
        "/transcribe",
        "/v1/audio/transcriptions",
        "/v1/audio/translations",
        "/v1/videos/captions",
        "/asr",
        "/detect-language",
        "/inference",
    }
)
KEEPING = frozenset({"/v1/jobs"})  # whose files are heard later: it does not matter whether one can be heard now


def refused(path: str, error: SpeechError) -> Response:
    usual, say = answer(error), SHAPES.get(path)
    return put(say, usual) if say else usual
