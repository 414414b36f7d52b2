"""Earshot's process: one engine, two doors. `python app.py` serves the console and the API."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import argparse
import logging
import math
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from pydantic import ValidationError

import models
from api import ApiOptions, add_routes, codes, docs, errors, hindrances, metrics, video
from api.errors import LARGEST_FIELD, MOST_FIELDS
from api.guard import Guard, GuardOptions
from keeping.keeper import Keeper
from keeping.options import KeepingOptions, WebhookOptions
from media.captions import CaptionOptions, FilmCaptioner
from media.cleaning import clean
from serving import logs
from serving.protocol import Protocol, ProtocolOptions, Refusal
from serving.server import Life, Server, ended
from serving.sockets import bound, raise_descriptors
from serving.storage import Storage, held
from settings import Settings, prepare_environment
from speech.decoders import Decoders
from speech.errors import CheckpointError, HubUnreachable, NoGpu, OpenDoor, ServiceError, SpeechError, StorageUnavailable
from speech.labels import Labels, named
from speech.transcriber import Loader, Transcriber

if TYPE_CHECKING:
    from ui.options import Service  # the console is slow to import, and a server may be without one

log = logging.getLogger(__name__)

THREADS = 100  # for what blocks: requests that are heard, and the console's handlers beside them
CONNECTIONS = 1200  # the last fuse: beyond these uvicorn answers a bare 503
STOP = 5.0  # s the engine has to end

SAMPLES = Path(__file__).parent / "models" / "demo" / "samples"


def create_listener(settings: Settings, decoders: Decoders, load: Loader | None = None) -> Transcriber:
    """Cheap: the engine is loaded when it is started, ours unless `load` brings another."""
    prepare_environment()
    return Transcriber(models.INFO, load or models.loader(settings.models), settings.transcriber, decoders.open, clean)


def create_app(settings: Settings, transcriber: Transcriber | None = None, decoders: Decoders | None = None) -> FastAPI:
    """One engine, two doors. The engine loads when the app starts, in its own thread: the doors answer at once."""
    if transcriber is None:
        decoders = decoders or Decoders(settings.limits.decoders)
        transcriber = create_listener(settings, decoders)
    listener = transcriber
    labels = named(settings.labels)
    keeper = Keeper(listener, keeping(settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        listener.start()
        if decoders:
            decoders.start()
        keeper.start()
        try:
            yield
        finally:
            await ended(keeper.stop, STOP)  # what runs there needs the listener until then
            await ended(listener.stop, STOP)
            if decoders:
                await ended(decoders.stop, STOP)

    app = FastAPI(
        title="Earshot 听闻",
        description="Hears speech richly: what was said, in which language, with what emotion, among which sounds, and when.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's page loads scripts from other hosts
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},  # whatever the environment says
        generate_unique_id_function=docs.operation_id,
        form_limits={"max_files": 1, "max_fields": MOST_FIELDS, "max_part_size": LARGEST_FIELD},
    )
    add_routes(
        app,
        listener,
        ApiOptions(settings.limits.upload, labels, settings.openai_strict),
        decoders,
        keeper,
        FilmCaptioner(CaptionOptions(seconds=math.ceil(settings.limits.film) * (os.cpu_count() or 1))),
    )
    docs.add(app)
    uploads, films = mount_console(app, listener, labels, settings)
    app.add_middleware(hindrances.Hindered)
    app.add_middleware(
        Guard,
        options=guarded(settings, uploads, films | {video.PATH}),
        refusal=listener.refusal,
        observed=metrics.of(app).observed,
    )
    return app


def keeping(settings: Settings) -> KeepingOptions:
    jobs = settings.jobs
    return KeepingOptions(
        home=jobs.home or settings.home / "jobs",
        waiting=jobs.waiting,
        per_owner=jobs.per_key,
        bytes=jobs.bytes,
        sound=jobs.kept,
        text=jobs.text,
        at_once=jobs.at_once,
        upload=settings.limits.upload,
        folders=settings.folders,
        webhook=WebhookOptions(jobs.webhook_hosts, jobs.webhook_secret.get_secret_value().encode()),
    )


def guarded(settings: Settings, uploads: frozenset[str], films: frozenset[str]) -> GuardOptions:
    limits = settings.limits
    return GuardOptions(
        upload=limits.upload,
        uploads=uploads,
        keys=tuple(key.get_secret_value() for key in settings.api_keys),
        hosts=settings.hosts,
        literals=not is_loopback(settings.host),
        proxy=settings.proxy,
        rate=limits.rate,
        deadline=limits.deadline,
        deadlines=dict.fromkeys(films, limits.film),
        silence=limits.silence,
    )


def mount_console(
    app: FastAPI, listener: Transcriber, labels: Labels, settings: Settings
) -> tuple[frozenset[str], frozenset[str]]:
    """The console at the root, behind all routes of the API. Its paths of large bodies, and those of films, are returned."""
    from ui import FILMS, LARGE, ConsoleOptions, build_ui, mount_ui

    options = ConsoleOptions(
        samples=SAMPLES,
        upload=settings.limits.upload,
        labels=labels,
        service=service(settings),
        captioner=app.state.captioner,
        jobs=app.state.jobs,
    )
    mount_ui(app, build_ui(listener, options), options)
    return LARGE, FILMS


def service(settings: Settings) -> Service:
    """What the console tells of the API."""
    from ui.options import Fault, Service

    limits = settings.limits
    return Service(
        keyed=bool(settings.api_keys),
        jobs=True,
        longest=limits.longest,
        waiting=limits.waiting,
        requests=limits.requests,
        per_key=limits.per_key,
        rate=limits.rate,
        deadline=limits.deadline,
        film=limits.film,
        faults=tuple(Fault(known.code, known.status) for known in codes.codes()),
    )


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
    try:
        args = parser().parse_args()
        serve(Settings(host=args.host, port=args.port, model=args.model))
    except ValidationError as fault:
        _refuse("; ".join(f"EARSHOT_{'__'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in fault.errors()))
    except (OSError, SpeechError) as fault:
        _refuse(str(fault))


def serve(settings: Settings, load: Loader | None = None) -> NoReturn:
    """Until it is told to end. Raises OSError or SpeechError for what must be right before it can begin.

    `load` brings another engine than ours.
    """
    signal.signal(signal.SIGTERM, _not_yet_begun)
    signal.signal(signal.SIGINT, _not_yet_begun)
    logs.install(logs.LogOptions(settings.log_level, settings.log_format), errors.request_id.get)
    refuse_open_door(settings)
    models.preflight(settings.models)
    sockets = bound(settings.host, settings.port)
    raise_descriptors()
    with held(Storage(Path(tempfile.gettempdir()))) as storage:
        decoders = Decoders(settings.limits.decoders)
        listener = create_listener(settings, decoders, load)
        app = create_app(settings, listener, decoders)
        server = Server(server_config(app, settings), life(settings, listener, app.state.jobs, app.state.captioner, storage))
        hindrances.add(app, partial(hindrance_of, storage))
        log.info("console and API on http://%s:%d", settings.host, sockets[0].getsockname()[1])
        server.run(sockets)
        server.leave()


def life(settings: Settings, listener: Transcriber, keeper: Keeper, captioner: FilmCaptioner, storage: Storage) -> Life:
    def drain() -> None:
        keeper.drain()  # jobs wait for the next process; nobody here waits for them
        listener.drain()

    def cut() -> None:
        captioner.stop()
        listener.stop()

    return Life(
        drain=drain,
        busy=lambda: listener.load.requests > 0 or captioner.busy,
        cut=cut,
        clean=storage.end,
        endless=lambda path: "/heartbeat/" in path,  # Gradio's, of every open tab
        doomed=lambda: why_never(listener.fault),
        seconds=settings.limits.drain,
    )


def why_never(fault: BaseException | None) -> str | None:
    """In one line, of a model that did not load, where trying again could not help."""
    hopeless = isinstance(fault, CheckpointError | NoGpu) and not isinstance(fault, HubUnreachable)
    return str(fault) if hopeless else None


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    protocol = partial(Protocol, options=ProtocolOptions(settings.limits.silence, refusal_of))
    return uvicorn.Config(
        app,
        http=protocol,  # type: ignore[arg-type]  # what uvicorn does with it is to call it
        ws_max_size=1 << 20,
        workers=1,  # the queue, the sessions and the model live in this process
        log_config=None,
        log_level="warning",
        access_log=False,  # it would have what is asked behind a question mark; the guard writes a line for each request
        timeout_graceful_shutdown=1,
        limit_concurrency=CONNECTIONS,
        proxy_headers=False,
        server_header=False,
    )


def refusal_of(fault: SpeechError) -> Refusal:
    answer = errors.answer(fault)
    return Refusal(answer.status_code, tuple(answer.raw_headers), bytes(answer.body))


def hindrance_of(storage: Storage) -> ServiceError | None:
    try:
        storage.ensure()
    except StorageUnavailable as fault:
        return fault
    return None


def refuse_open_door(settings: Settings) -> None:
    """Raises OpenDoor where anybody who reaches this machine would be let in without anybody having wished it."""
    if not (settings.api_keys or settings.allow_open or is_loopback(settings.host)):
        raise OpenDoor(settings.host)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _not_yet_begun(_: int, __: object) -> NoReturn:
    """A signal before the server can heed it: nothing was begun that must be finished."""
    raise SystemExit(0)


def _refuse(why: str) -> NoReturn:
    print(f"earshot: {why}", file=sys.__stderr__)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
