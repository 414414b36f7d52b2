"""Earshot's process: one engine, two doors. `python app.py` serves the console and the API."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import argparse
import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

import models
from api import ApiOptions, add_routes, docs
from api.guard import Guard
from settings import Settings, prepare_environment
from speech.labels import Labels, named
from speech.transcriber import Transcriber

log = logging.getLogger(__name__)

SAMPLES = Path(__file__).parent / "models" / "demo" / "samples"


def create_app(settings: Settings, transcriber: Transcriber | None = None) -> FastAPI:
    """One engine, two doors. The engine loads when the app starts, in its own thread: the doors answer at once."""
    prepare_environment()
    listener = transcriber or Transcriber(models.INFO, models.loader(settings.models), settings.transcriber)
    labels = named(settings.labels)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        listener.start()
        try:
            yield
        finally:
            listener.stop()

    app = FastAPI(
        title="Earshot 听闻",
        description="Hears speech richly: what was said, in which language, with what emotion, among which sounds, and when.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's page loads scripts from other hosts
        redoc_url=None,
        generate_unique_id_function=docs.operation_id,
    )
    add_routes(app, listener, ApiOptions(settings.limits.upload, labels, settings.openai_strict))
    docs.add(app)
    mount_console(app, listener, labels, settings)
    app.add_middleware(Guard, limit=settings.limits.upload)
    return app


def mount_console(app: FastAPI, listener: Transcriber, labels: Labels, settings: Settings) -> None:
    """The console at the root, behind all routes of the API."""
    from ui import ConsoleOptions, build_ui, mount_ui

    options = ConsoleOptions(samples=SAMPLES, upload=settings.limits.upload, labels=labels)
    mount_ui(app, build_ui(listener, options), options)


@contextmanager
def private_folder() -> Iterator[None]:
    """Where uploads of the console lie while it runs: nobody else's to read, and gone when it ends."""
    with tempfile.TemporaryDirectory(prefix="earshot-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder
        yield


def parser() -> argparse.ArgumentParser:
    known = Settings()
    found = argparse.ArgumentParser(
        description=__doc__, epilog="Every other setting is an environment variable; see settings.py."
    )
    found.add_argument("--host", default=known.host, help="address to listen on (default: %(default)s, this machine alone)")
    found.add_argument("--port", type=int, default=known.port, help="port to listen on (default: %(default)s)")
    found.add_argument(
        "--model", default=known.model, help="auto, demo, iic/SenseVoiceSmall, or a checkpoint's folder (default: %(default)s)"
    )
    return found


def main() -> None:
    args = parser().parse_args()
    settings = Settings(host=args.host, port=args.port, model=args.model)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it prints signed download addresses
    log.info("console and API on http://%s:%d", settings.host, settings.port)
    with private_folder():
        uvicorn.run(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            workers=1,  # the queue, the sessions and the model live in this process
            log_level=settings.log_level.lower(),
            timeout_graceful_shutdown=10,  # an open console tab would hold it for ever
            proxy_headers=False,
            server_header=False,
        )


if __name__ == "__main__":
    main()
