"""Probes: alive, ready, and how it is doing. None of them touches the model."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from speech.transcriber import State, Transcriber

from .deps import Listener

router = APIRouter(tags=["probes"])


class CheckpointOut(BaseModel):
    name: str
    source: str
    detail: str
    demo: bool


class HealthOut(BaseModel):
    status: str
    detail: str
    engine: str
    checkpoint: CheckpointOut | None
    vad: str
    waiting: float


@router.get("/livez")
def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": HealthOut}})
def readyz(listener: Listener) -> JSONResponse:
    """200 when a real inference has succeeded; 503 with the reason until then, or when loading failed."""
    ready = listener.status.state is State.READY
    return JSONResponse(_health(listener).model_dump(), 200 if ready else 503, None if ready else {"Retry-After": "5"})


@router.get("/health")
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
