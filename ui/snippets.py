"""The API tab: how to ask the same of the REST API, a try at it, what is allowed, and what its refusals mean.

The browser fills in the page's own address. What the server allows and refuses is told by whoever joins the doors.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse

from speech.engine import EngineInfo
from speech.errors import PathNotAllowed

from . import present
from .options import ConsoleOptions, Service
from .samples import read_samples
from .widgets import widget

SAMPLES = "/console/samples/{file}"
TRIED = 20_000_000  # bytes of a file that is sent for a try


def build(info: EngineInfo, options: ConsoleOptions) -> gr.HTML:
    return widget(
        "snippets",
        "snippets",
        model=info.name,
        languages=[language.value for language in info.languages],
        samples=present.samples(read_samples(options.samples)),
        most=min(TRIED, options.upload),
        limits=limits(options),
        **told(options.service),
    )


def limits(options: ConsoleOptions) -> list[list[str | float]]:
    """Name, value in its own unit, and the variable that changes it, of what is known."""
    service = options.service
    values: tuple[tuple[str, float | None, str], ...] = (
        ("upload", options.upload, "UPLOAD"),
        ("longest", service.longest, "LONGEST"),
        ("waiting", service.waiting, "WAITING"),
        ("requests", service.requests, "REQUESTS"),
        ("per-key", service.per_key if service.keyed else None, "PER_KEY"),
        ("rate", service.rate if service.keyed else None, "RATE"),
        ("deadline", service.deadline, "DEADLINE"),
        ("film", service.film, "FILM"),
    )
    return [[name, value, f"EARSHOT_LIMITS__{variable}"] for name, value, variable in values if value is not None]


def told(service: Service) -> dict[str, object]:
    return {"keyed": service.keyed, "jobs": service.jobs, "faults": [asdict(fault) for fault in service.faults]}


def add(app: FastAPI, samples: Path | None) -> None:
    """The samples by their names, for a try. To be called before anything is mounted at the root."""
    known = {sample.path.name: sample.path for sample in read_samples(samples)}

    def sample(file: str) -> FileResponse:
        if file not in known:
            raise PathNotAllowed()
        return FileResponse(known[file])

    app.add_api_route(SAMPLES, sample, methods=["GET"], include_in_schema=False, response_model=None)
