"""Probes: alive, ready, and how it is doing. None of them touches the model."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from speech.transcriber import State, Transcriber

from .deps import Listener
from .described import Responses, promised, shown, success

router = APIRouter(tags=["probes"])


class AliveOut(BaseModel):
    status: Literal["ok"] = "ok"


class CheckpointOut(BaseModel):
    name: str
    source: str = Field(description="Where the weights were found.")
    detail: str = Field(description="Why these weights were taken, where that needs saying.")
    demo: bool = Field(description="Whether it is the small bundled model and not SenseVoiceSmall.")


class HealthOut(BaseModel):
    status: str = Field(description="ok, loading, failed or stopped.")
    detail: str = Field(description="What it is doing, or why it failed.")
    engine: str
    checkpoint: CheckpointOut | None = Field(description="The weights that answer; null until they are loaded.")
    vad: str = Field(description="What finds speech; empty until it is loaded.")
    waiting: float = Field(description="Seconds of audio in the queue.")


TAKEN = CheckpointOut(name="iic/SenseVoiceSmall", source="modelscope", detail="", demo=False)
READY = HealthOut(status="ok", detail="ready", engine="sensevoice-small", checkpoint=TAKEN, vad="silero", waiting=0.0)
LOADING = READY.model_copy(update={"status": "loading", "detail": "warming up", "checkpoint": None, "vad": ""})
FAILED = LOADING.model_copy(update={"status": "failed", "detail": "failed: model.pt is missing"})

RETRY = {"Retry-After": "5"}
NOT_YET: Responses = {
    503: {
        "model": HealthOut,
        "description": "It cannot: it is loading, has failed, or is shutting down.",
        "content": {"application/json": shown(loading=LOADING.model_dump(), failed=FAILED.model_dump())},
        "headers": promised(RETRY),
    }
}


@router.get("/livez", summary="Is the process alive?", responses=success("It is.", alive={"status": "ok"}))
def livez() -> AliveOut:
    """The process answers."""
    return AliveOut()


@router.get(
    "/readyz",
    summary="Can it hear?",
    response_model=HealthOut,
    responses={**success("It can.", ready=READY.model_dump()), **NOT_YET},
)
def readyz(listener: Listener) -> JSONResponse:
    """200 when a real inference has succeeded; 503 with the reason until then, or when loading failed."""
    ready = listener.status.state is State.READY
    return JSONResponse(_health(listener).model_dump(), 200 if ready else 503, None if ready else RETRY)


@router.get(
    "/health",
    summary="How is it doing?",
    responses=success("In any state.", ready=READY.model_dump(), loading=LOADING.model_dump()),
)
def health(listener: Listener) -> HealthOut:
    """The same in words, always 200."""
    return _health(listener)


def _health(listener: Transcriber) -> HealthOut:
    status = listener.status
    taken = status.checkpoint
    checkpoint = CheckpointOut(name=taken.name, source=taken.source, detail=taken.detail, demo=taken.demo) if taken else None
    detail = f"failed: {status.detail}" if status.state is State.FAILED else status.detail
    return HealthOut(
        status="ok" if status.state is State.READY else status.state,
        detail=detail,
        engine=listener.info.name,
        checkpoint=checkpoint,
        vad=status.vad,
        waiting=round(listener.waiting, 1),
    )
