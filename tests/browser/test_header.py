"""The top of the page: what the server is doing, whether it is there, language, colours, small screens."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.browser.conftest import OVERFLOWING, Browser, Page, Whole, expect, open_tab, running, visiting
from tests.sounds import encode, noise

HIDE = """hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange')); }"""


def looks(page: Page) -> int:
    return sum(url.endswith("/console/state") for url in page.seen.asked)


def test_figures_follow_the_load_and_rest_while_nobody_looks(chromium: Browser, whole: Whole) -> None:
    sound = encode(noise(-20, duration=20.0))
    with visiting(chromium, whole.url) as page:
        expect(page.locator("#state-text")).to_have_text("ready · fake/SenseVoiceSmall · fake-vad")
        expect(page.locator("#device")).to_have_text("Fake GPU 2.0/22 GB")
        expect(page.locator("#queue")).to_have_text("queue 0")
        whole.engine.gate.clear()
        sent = Thread(target=lambda: httpx.post(f"{whole.url}/transcribe", files={"file": sound}, timeout=60))
        sent.start()
        expect(page.locator("#queue")).to_have_text(re.compile(r"queue 1 · \d+ s of audio"))
        page.evaluate(HIDE, True)
        page.wait_for_timeout(300)  # a look that was on its way
        before = looks(page)
        page.wait_for_timeout(5000)
        assert looks(page) == before
        whole.engine.gate.set()
        sent.join(60)
        page.evaluate(HIDE, False)
        expect(page.locator("#queue")).to_have_text("queue 0")
        assert looks(page) > before


def test_the_question_mark_asks_for_help(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        page.evaluate("window.asked = 0; earshot.on('help', () => { window.asked += 1; })")
        page.click("#help")
        assert page.evaluate("window.asked") == 1
        assert page.get_attribute("#help", "aria-label") == "Help and keyboard shortcuts"


def test_a_server_that_is_gone_is_told_and_so_is_its_return(chromium: Browser, tmp_path: Path) -> None:
    with running(tmp_path) as first, visiting(chromium, first.url, lenient=True) as page:
        expect(page.locator("#away")).to_be_hidden()
        first.transcriber.drain()
        expect(page.locator("#away")).to_contain_text("shutting down")
        expect(page.locator("#state")).to_have_attribute("data-state", "draining")
        first.stop()
        expect(page.locator("#away")).to_contain_text("does not answer; edits are kept")
        page.evaluate("window.stays = true")
        with running(tmp_path, port=int(first.url.rpartition(":")[2])):
            expect(page.locator("#away")).to_be_hidden()
            expect(page.locator("#state")).to_have_attribute("data-state", "ready")


@pytest.mark.parametrize("tab", ["Transcribe", "API"])
def test_a_phone_never_scrolls_sideways(chromium: Browser, whole: Whole, tab: str) -> None:
    with visiting(chromium, whole.url, width=360) as page:
        expect(page.locator("#queue")).to_be_visible()
        page.wait_for_timeout(300)
        if tab != "Transcribe":
            open_tab(page, tab)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(OVERFLOWING) == []
