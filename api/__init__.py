"""The REST door: Earshot's own route, OpenAI's, and the probes. Meets the rest of the house only in speech."""

from __future__ import annotations

from fastapi import FastAPI

from speech.decoders import Decoders
from speech.films import Captioner
from speech.jobs import Jobs
from speech.transcriber import Transcriber

from . import asr, errors, health, job_texts, jobs, listing, metrics, nowhere, openai, quality, transcribe, video, whispercpp
from .deps import ApiOptions

__all__ = ["ApiOptions", "add_routes"]


def add_routes(
    app: FastAPI,
    transcriber: Transcriber,
    options: ApiOptions,
    decoders: Decoders | None = None,
    kept: Jobs | None = None,
    captioner: Captioner | None = None,
) -> None:
    """Puts all routes and error answers into `app`; to be called before anything is mounted at its root.

    Without `kept` there are no routes for jobs, and none for videos without `captioner`.
    """
    app.state.jobs, app.state.captioner = kept, captioner
    app.state.transcriber = transcriber
    app.state.options = options
    app.state.metrics = metrics.Metrics(transcriber, app.version, decoders)
    errors.install(app)
    hearing = (transcribe.router, openai.router, asr.router, whispercpp.router)
    later = (jobs.router, job_texts.router, quality.router) if kept else ()
    films = (video.router,) if captioner else ()
    routers = (*hearing, *films, *later, listing.router, health.router, metrics.router)
    for router in routers:
        app.include_router(router)
    nowhere.add(app, routers)
