"""The whole app over a fake engine, console and API, before a real browser."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI

from app import create_app
from keeping.keeper import Keeper
from media.cleaning import clean
from settings import Jobs, Settings
from speech.batching import BatcherOptions
from speech.hearing import Ask
from speech.transcriber import Transcriber, TranscriberOptions
from tests.fakes import FakeEngine, FakeVad, fake_transcriber
from tests.ui.conftest import CHROMIUM, SWITCHES, in_a_loop

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page, Browser, Context, expect = sync_api.Page, sync_api.Browser, sync_api.BrowserContext, sync_api.expect

PATIENCE = 60_000  # ms: the machine may be busy
OVERFLOWING = """() => [...document.querySelectorAll('#header *, .tabitem *')].filter(e => e.getClientRects().length
    && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('pre, .wide, code'))
    .map(e => e.outerHTML.slice(0, 80))"""


@dataclass
class Whole:
    """A running server. Tests may change what its engine hears and how fast, and stop it."""

    url: str
    engine: FakeEngine
    transcriber: Transcriber
    keeper: Keeper
    server: uvicorn.Server
    thread: threading.Thread

    def heard(self, sound: bytes, name: str, ask: Ask | None = None) -> str:
        """The id of a job that has ended."""
        job = self.keeper.add(io.BytesIO(sound), name, ask or Ask())
        self.await_end(job.id)
        return job.id

    def await_end(self, job: str) -> None:
        deadline = time.monotonic() + 30
        while not self.keeper.get(job).state.ended:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=20)


@pytest.fixture(scope="package")  # it changes the environment
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with running(tmp_path_factory.mktemp("whole")) as started:
        yield started


@contextmanager
def running(folder: Path, port: int = 0, vad: FakeVad | None = None, **settings: object) -> Iterator[Whole]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "cache"))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        engine = FakeEngine()
        one_by_one = TranscriberOptions(batcher=BatcherOptions(at_once=1.0, wait=0.0))
        transcriber = fake_transcriber(engine, vad, one_by_one, cleaner=clean)
        known = Settings(home=folder / "home", jobs=Jobs(home=folder / "jobs"), **settings)  # type: ignore[arg-type]
        app = in_a_loop(lambda: create_app(known, transcriber))
        started = served(app, engine, transcriber, port)
        yield started
        started.stop()
        transcriber.stop()


def served(app: FastAPI, engine: FakeEngine, transcriber: Transcriber, port: int = 0) -> Whole:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    return Whole(f"http://127.0.0.1:{port}", engine, transcriber, app.state.jobs, server, thread)


@pytest.fixture(scope="package")  # other folders open browsers of their own, and Playwright bears one at a time
def chromium() -> Iterator[Browser]:
    if not (shutil.which(CHROMIUM) or Path(CHROMIUM).exists()):
        pytest.skip(f"{CHROMIUM} is not there")
    expect.set_options(timeout=PATIENCE)
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script that looks for what some people could not use (axe-core), fetched for this run."""
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), "axe-core@4"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as fault:
        pytest.skip(f"axe-core cannot be had here: {fault}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def barriers(page: Page, axe: str, *places: str) -> list[str]:
    """Serious and critical ones in our own nodes at these places."""
    page.evaluate(axe)
    found = page.evaluate("places => axe.run({ include: places.map(place => [place]) })", list(places))
    grave = [rule for rule in found["violations"] if rule["impact"] in ("serious", "critical")]
    return [f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:300]}" for rule in grave for node in rule["nodes"]]


@dataclass
class Seen:
    """What went on beside the page."""

    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)


@contextmanager
def visiting(browser: Browser, url: str, width: int = 1280, locale: str = "en-US", lenient: bool = False) -> Iterator[Page]:
    """A page without a past. No error may be logged, unless it is `lenient`, and no other host asked."""
    with _profile(browser, url, locale) as context:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        seen = page.seen = Seen()
        page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: seen.errors.append(str(fault)))
        page.on("request", lambda request: (seen.hosts.add(urlsplit(request.url).netloc), seen.asked.append(request.url)))
        page.goto(url)
        page.wait_for_selector("#run")
        yield page
        errors = [*seen.errors]  # what breaks off when it leaves is none
    assert lenient or not errors
    assert seen.hosts <= {urlsplit(url).netloc, ""}


PROFILES: dict[tuple[Browser, str], list[Context]] = {}  # those nobody uses now


@contextmanager
def _profile(browser: Browser, url: str, locale: str) -> Iterator[Context]:
    """One that remembers nothing of this place but the scripts it was served: they are half of what opening a page takes."""
    idle = PROFILES.setdefault((browser, locale), [])
    context = idle.pop() if idle else browser.new_context(locale=locale, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    yield context
    context.clear_cookies()
    context.clear_permissions()
    for page in context.pages[1:]:
        page.close()
    (page,) = context.pages
    page.goto("about:blank")  # what it stores when it goes is stored by now
    stored = {"origin": url, "storageTypes": "local_storage,indexeddb,cache_storage,service_workers,cookies"}
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
    page.close()
    idle.append(context)  # after a fault it is not used again


def open_tab(page: Page, name: str) -> None:
    page.locator("#tabs > .tab-wrapper").get_by_role("tab", name=name, exact=True).click()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gradio's queue counts with pandas in a way that pandas 3 warns of (gradio/queueing.py, 6.31): not ours to mend."""
    forgive = pytest.mark.filterwarnings("ignore::DeprecationWarning")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(forgive)
            item.add_marker(pytest.mark.browser)
