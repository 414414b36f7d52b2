"""The top of the page: what the server is doing, whether it is there, language, colours, small screens."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Thread

import httpx
import pytest

from speech.hearing import State, Status
from tests.browser.conftest import OVERFLOWING, Browser, Page, Whole, barriers, expect, open_tab, running, visiting
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


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status(State.LOADING, "downloading model.pt: 42 of 936 MB"), "loading the model · downloading model.pt: 42 of 936 MB"),
        (Status(State.FAILED, "model.pt is missing"), "the model could not be loaded · model.pt is missing"),
        (Status(State.BROKEN, "a pass never ended"), "the engine has broken down · a pass never ended"),
    ],
)
def test_what_the_engine_is_doing_or_what_is_wrong_with_it_is_told(
    chromium: Browser, whole: Whole, monkeypatch: pytest.MonkeyPatch, status: Status, words: str
) -> None:
    monkeypatch.setattr(whole.transcriber, "_status", status)
    with visiting(chromium, whole.url) as page:
        expect(page.locator("#state-text")).to_have_text(words)
        expect(page.locator("#state")).to_have_attribute("data-state", status.state)


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
            assert page.evaluate("window.stays")


@pytest.mark.parametrize("tab", ["Transcribe", "Quality", "API"])
def test_a_phone_never_scrolls_sideways(chromium: Browser, whole: Whole, tab: str) -> None:
    with visiting(chromium, whole.url, width=360) as page:
        expect(page.locator("#queue")).to_be_visible()
        page.wait_for_timeout(300)
        if tab != "Transcribe":
            open_tab(page, tab)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(OVERFLOWING) == []


NAMES = {
    "API",
    "JSON",
    "CSV",
    "HTTP",
    "Node",
    "JavaScript",
    "Python",
    "Earshot",
    "OpenAI",
    "openai",
    "GPU",
    "Fake",
    "fake",
    "vad",
}
NAMES |= {"Allow", "Authorization", "Bearer", "boundary", "auto", "file", "kHz", "localhost", "wav", "export", "Retry", "After"}


ENGLISH = """place => [...document.querySelectorAll(place + ' *')]
    .filter(e => e.getClientRects().length && !e.closest('pre, code, audio, [lang=en]'))
    .flatMap(e => [...[...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent),
        e.title || '', e.getAttribute('aria-label') || '']).join(' ')"""


@pytest.mark.parametrize(("tab", "place"), [("接口", "#snippets"), ("质检", "#quality")])
def test_no_english_is_left_and_a_reload_keeps_language_and_colours(
    chromium: Browser, whole: Whole, tab: str, place: str
) -> None:
    with visiting(chromium, whole.url, locale="zh-CN") as page:
        page.click("#theme")
        page.reload()
        page.wait_for_selector("#run")
        expect(page.locator("body")).to_have_class(re.compile("dark"))
        open_tab(page, tab)
        page.wait_for_timeout(500)
        for part in ("#header", place):
            words = set(re.findall(r"(?<![\w/.-])[A-Za-z]{3,}(?![\w/.-])", page.evaluate(ENGLISH, part)))
            assert words <= NAMES, part


@pytest.mark.parametrize(("tab", "place"), [("API", "#snippets"), ("Quality", "#quality")])
def test_nothing_keeps_anybody_out_in_light_or_dark(chromium: Browser, whole: Whole, axe: str, tab: str, place: str) -> None:
    with visiting(chromium, whole.url) as page:
        open_tab(page, tab)
        expect(page.locator("#queue")).to_have_text("queue 0")
        for _ in range(2):
            assert barriers(page, axe, "#header", place) == []
            page.click("#theme")
            page.wait_for_timeout(400)


def test_every_tab_opens_without_an_error_or_another_host(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        tabs = page.locator("#tabs > .tab-wrapper").get_by_role("tab")
        assert tabs.count() >= 3
        for name in tabs.all_inner_texts():
            open_tab(page, name)
            page.wait_for_timeout(300)
