"""GET /v1/models: the one model under the names that clients know it by."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path

from speech.errors import UnknownModel
from speech.transcriber import Transcriber

from .deps import Listener
from .described import faults, success
from .schemas import ModelOut, ModelsOut

router = APIRouter(prefix="/v1/models", tags=["openai"])

ALIASES = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize", "gpt-4o-mini-transcribe", "gpt-transcribe")
_STARTED = int(time.time())

WHISPER = ModelOut(id="whisper-1", created=1_750_000_000, owned_by="earshot", checkpoint="iic/SenseVoiceSmall (modelscope)")


@router.get(
    "",
    summary="List the names of the model",
    responses=success("All its names.", models=ModelsOut(data=[WHISPER]).model_dump()),
)
def models(listener: Listener) -> ModelsOut:
    """One model answers, whichever name it is asked by: its own, its weights', and those that Whisper's clients know."""
    return ModelsOut(data=[_model(name, listener) for name in names(listener)])


@router.get(
    "/{name:path}",
    summary="Look up one name of the model",
    responses={**success("The name is known.", model=WHISPER.model_dump()), **faults(UnknownModel("whisper-9", ALIASES))},
)
def model(
    name: Annotated[str, Path(description="One of the names that /v1/models lists.", examples=["whisper-1"])],
    listener: Listener,
) -> ModelOut:
    """Whether a name is known, and which weights stand behind it."""
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
