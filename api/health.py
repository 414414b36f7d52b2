"""Probes: alive, ready, and how it is doing. None of them touches the model, or waits for a thread."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from speech.errors import EngineUnavailable
from speech.transcriber import State

from . import hindrances
from .deps import transcriber_of
from .described import Responses, faults, promised, shown, success

router = APIRouter(tags=["probes"])


class AliveOut(BaseModel):
    status: Literal["ok"] = "ok"


class CheckpointOut(BaseModel):
    name: str
    source: str = Field(description="Where the weights were found.")
    detail: str = Field(description="Why these weights were taken, where that needs saying.")
    demo: bool = Field(description="Whether it is the small bundled model and not SenseVoiceSmall.")


class HealthOut(BaseModel):
    status: str = Field(description="ok, loading, failed, broken, draining, stopped or storage_unavailable.")
    detail: str = Field(description="What it is doing, or why it failed.")
    engine: str
    checkpoint: CheckpointOut | None = Field(description="The weights that answer; null until they are loaded.")
    vad: str = Field(description="What finds speech; empty until it is loaded.")
    waiting: float = Field(description="Seconds of audio in the queue.")


TAKEN = CheckpointOut(name="iic/SenseVoiceSmall", source="modelscope", detail="", demo=False)
READY = HealthOut(status="ok", detail="ready", engine="sensevoice-small", checkpoint=TAKEN, vad="silero", waiting=0.0)
LOADING = READY.model_copy(update={"status": "loading", "detail": "warming up", "checkpoint": None, "vad": ""})
FAILED = LOADING.model_copy(update={"status": "failed", "detail": "failed: model.pt is missing"})

OK = "ok"
RETRY = {"Retry-After": "5"}
NOT_YET: Responses = {
    503: {
        "model": HealthOut,
        "description": "It cannot: it is loading, has failed, or is shutting down.",
        "content": {"application/json": shown(loading=LOADING.model_dump(), failed=FAILED.model_dump())},
        "headers": promised(RETRY),
    }
}


@router.get(
    "/livez",
    summary="Is the process alive?",
    responses={**success("It is.", alive={"status": "ok"}), **faults(EngineUnavailable("a pass of the engine never ended"))},
)
async def livez(request: Request) -> AliveOut:
    """The process answers. 503 when nothing but a new process can help: whoever watches this one should start it again."""
    status = transcriber_of(request).status
    if status.state is State.BROKEN:
        raise EngineUnavailable(status.detail)
    return AliveOut()


@router.get(
    "/readyz",
    summary="Can it hear?",
    response_model=HealthOut,
    responses={**success("It can.", ready=READY.model_dump()), **NOT_YET},
)
async def readyz(request: Request) -> JSONResponse:
    """200 when a real inference has succeeded; 503 with the reason until then, when loading failed, and when it must end.

    Also when the server's folder for temporary files cannot be written.
    """
    shown = _health(request)
    ready = shown.status == OK
    return JSONResponse(shown.model_dump(), 200 if ready else 503, None if ready else RETRY)


@router.get(
    "/health",
    summary="How is it doing?",
    responses=success("In any state.", ready=READY.model_dump(), loading=LOADING.model_dump()),
)
async def health(request: Request) -> HealthOut:
    """The same in words, always 200."""
    return _health(request)


def _health(request: Request) -> HealthOut:
    listener = transcriber_of(request)
    status = listener.status
    hindrance = hindrances.found(request.app) if status.state is State.READY else None
    taken = status.checkpoint
    checkpoint = CheckpointOut(name=taken.name, source=taken.source, detail=taken.detail, demo=taken.demo) if taken else None
    detail = f"failed: {status.detail}" if status.state is State.FAILED else status.detail
    return HealthOut(
        status=hindrance.code if hindrance else OK if status.state is State.READY else status.state,
        detail=str(hindrance) if hindrance else detail,
        engine=listener.info.name,
        checkpoint=checkpoint,
        vad=status.vad,
        waiting=round(listener.waiting, 1),
    )
