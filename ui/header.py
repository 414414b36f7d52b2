"""The top of the page: what the server is doing, language, theme, help, and the banners that nobody may miss.

The page asks every two seconds while somebody looks at it; an answer that does not come is how it knows that the server is gone.
"""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from speech.engine import Device
from speech.transcriber import Transcriber

from . import present
from .present import StatusView
from .widgets import widget

PATH = "/console/state"


class DeviceView(StatusView):
    """Beside the engine's state what it has to do and where. Memory in bytes, 0 until the engine is loaded."""

    requests: int
    device: str
    used: int
    total: int


def build() -> gr.HTML:
    """Its `tongue` event fires when a person has chosen the other language."""
    return widget("header", "header")


def add(app: FastAPI, transcriber: Transcriber) -> None:
    """The route that the page asks. To be called before anything is mounted at the root."""

    async def state() -> JSONResponse:
        return JSONResponse(look(transcriber), headers={"Cache-Control": "no-store"})

    app.add_api_route(PATH, state, methods=["GET"], include_in_schema=False, response_model=None)


def look(transcriber: Transcriber) -> DeviceView:
    load, device = transcriber.load, transcriber.device or Device("", 0, 0)
    return DeviceView(
        **present.status(transcriber.status, load.waiting),
        requests=load.requests,
        device=device.name.removeprefix("NVIDIA "),
        used=device.used,
        total=device.total,
    )
