"""GET /v1/models: the one model under the names that clients know it by."""

from __future__ import annotations

import time

from fastapi import APIRouter

from speech.errors import UnknownModel
from speech.transcriber import Transcriber

from .deps import Listener
from .schemas import ModelOut, ModelsOut

router = APIRouter(prefix="/v1/models", tags=["openai"])

ALIASES = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe")
_STARTED = int(time.time())


@router.get("")
def models(listener: Listener) -> ModelsOut:
    return ModelsOut(data=[_model(name, listener) for name in names(listener)])


@router.get("/{name:path}")
def model(name: str, listener: Listener) -> ModelOut:
    if name not in names(listener):
        raise UnknownModel(name, names(listener))
    return _model(name, listener)


def names(listener: Transcriber) -> list[str]:
    checkpoint = listener.status.checkpoint
    own = [listener.info.name] + ([checkpoint.name] if checkpoint else [])
    return [*dict.fromkeys(own), *ALIASES]


def _model(name: str, listener: Transcriber) -> ModelOut:
    checkpoint = listener.status.checkpoint
    taken = checkpoint and ": ".join(part for part in (f"{checkpoint.name} ({checkpoint.source})", checkpoint.detail) if part)
    return ModelOut(id=name, created=_STARTED, owned_by="earshot", checkpoint=taken)
