"""The console over a fake engine, served to a real browser."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import uvicorn
from fastapi import FastAPI

from api import errors
from api.guard import Guard, GuardOptions
from speech.batching import BatcherOptions
from speech.transcriber import Transcriber, TranscriberOptions
from tests.fakes import FakeEngine, fake_transcriber
from tests.sounds import encode, noise

T = TypeVar("T")

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


@dataclass
class Served:
    """A running console. Tests may change what its engine hears and how fast."""

    url: str
    engine: FakeEngine
    transcriber: Transcriber
    cache: Path
    gradio: object  # its app, behind the fence


def in_a_loop(build: Callable[[], T]) -> T:
    """Outside one, Gradio opens event loops for the locks of a page and never closes them (gradio/utils.py, safe_get_lock)."""

    async def building() -> T:
        return build()

    try:
        asyncio.get_running_loop()  # Playwright's, once a browser is open
    except RuntimeError:
        return asyncio.run(building())
    return build()


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("console")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "cache"))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        yield from _serve(folder)


def _serve(folder: Path) -> Iterator[Served]:
    from ui import LARGE, ConsoleOptions, build_ui, mount_ui  # slow to import, and reads the environment

    engine = FakeEngine()
    one_by_one = TranscriberOptions(batcher=BatcherOptions(at_once=1.0, wait=0.0))
    transcriber = fake_transcriber(engine, options=one_by_one)
    options = ConsoleOptions(samples=_samples(folder / "samples"), upload=5_000_000)
    app = in_a_loop(lambda: mount_ui(FastAPI(openapi_url=None), build_ui(transcriber, options), options))
    errors.install(app)
    app.add_middleware(Guard, options=GuardOptions(upload=options.upload, uploads=LARGE))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(f"http://127.0.0.1:{port}", engine, transcriber, folder / "cache", app.router.routes[-1].app._app)  # type: ignore[attr-defined]
    server.should_exit = True
    thread.join(timeout=20)
    transcriber.stop()


def _samples(folder: Path) -> Path:
    folder.mkdir()
    (folder / "weather.wav").write_bytes(encode(noise(-20, duration=6.0)))
    listed = [{"file": "weather.wav", "title": {"zh": "天气真好", "en": "Nice weather"}, "language": "zh", "text": ""}]
    (folder / "samples.json").write_text(json.dumps(listed), encoding="utf-8")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gradio's queue counts with pandas in a way that pandas 3 warns of (gradio/queueing.py, 6.31): not ours to mend."""
    forgive = pytest.mark.filterwarnings("ignore::DeprecationWarning")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(forgive)
