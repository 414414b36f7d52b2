"""What a person does in a browser, from the file to the download. Runs where Chromium and Playwright are installed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from speech.transcript import Emotion, Language
from tests.fakes import DEMO, LINES, Line
from tests.sounds import encode, noise
from tests.ui.conftest import CHROMIUM, SWITCHES, Served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"{CHROMIUM} is not there"),
]
Page, Browser, Context, expect = sync_api.Page, sync_api.Browser, sync_api.BrowserContext, sync_api.expect

PATIENCE = 60_000  # ms: the machine may be busy
CANARY = '<img src=x onerror="window.PWN=1"><script>window.PWN=1</script>${window.PWN=1}{{window.PWN}}'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def person(browser: Browser) -> Iterator[Context]:
    """Who opens most of the pages: what does not change is then fetched once."""
    with somebody(browser) as context:
        yield context


@contextmanager
def somebody(browser: Browser, width: int = 1280, locale: str = "en-US") -> Iterator[Context]:
    context = browser.new_context(locale=locale, viewport={"width": width, "height": 900}, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@contextmanager
def visiting(person: Context, served: Served) -> Iterator[Page]:
    """A page without a past. No error may be logged and no other host asked."""
    page = person.new_page()
    errors: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(served.url)
    page.wait_for_selector("#run")
    page.wait_for_selector("#samples:not([hidden])")
    yield page
    page.evaluate("localStorage.clear()")
    page.close()
    assert not errors
    assert hosts <= {urlsplit(served.url).netloc, ""}


@pytest.fixture
def page(person: Context, served: Served) -> Iterator[Page]:
    with visiting(person, served) as opened:
        yield opened
    served.engine.rtf, served.engine.lines = 0.0, LINES


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds in stereo, in a video."""
    path = tmp_path_factory.mktemp("files") / "My talk.mp4"
    sound = noise(-20, duration=8.0, rate=48_000).repeat(2, axis=0)
    path.write_bytes(encode(sound, rate=48_000, container="mp4", codec="aac", pictures=True))
    return path


OVERFLOWING = """(names => [...document.querySelectorAll(names)].filter(e => e.getClientRects().length
    && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 80)))"""


def choose(page: Page, file: Path) -> None:
    page.set_input_files("#upload-file", file)
    page.wait_for_selector('.player[data-empty="false"]')


def hear(page: Page) -> None:
    page.click("#run")
    page.wait_for_selector('.progress[data-phase="done"]')
    page.wait_for_selector("#cancel", state="hidden")


def position(page: Page) -> float:
    return float(page.evaluate("document.querySelector('#player audio').currentTime"))


def text_of(page: Page, tab: str, area: str) -> str:
    page.get_by_role("tab", name=tab).click()
    page.wait_for_function(f"document.querySelector('{area}')?.value")
    return page.input_value(area)


def test_an_upload_is_heard_shown_and_played_from_a_click(page: Page, talk: Path) -> None:
    choose(page, talk)
    facts = page.inner_text("#media")
    for fact in ("My talk.mp4", "0:08", "48 kHz", "stereo", "AAC", "MP4"):
        assert fact in facts
    hear(page)
    assert page.locator(".segment").count() == 4
    assert re.search(r"8\.0 s heard in .* real time", page.inner_text("#progress-text"))

    third = page.locator(".segment").nth(2)
    third.locator(".time").click()
    assert position(page) == pytest.approx(float(third.get_attribute("data-t")), abs=0.05)
    word = page.locator(".segment").nth(1).locator(".w").nth(2)
    word.click()
    assert position(page) == pytest.approx(float(word.get_attribute("data-t")), abs=0.05)
    expect(word).to_have_class("w on")
    expect(page.locator(".segment").nth(1)).to_have_attribute("aria-current", "true")
    page.locator(".wave").click(position={"x": 1, "y": 20})
    assert position(page) < 0.2


def test_the_word_being_said_is_marked_while_it_plays(page: Page, talk: Path) -> None:
    choose(page, talk)
    hear(page)
    page.click("#play")
    page.wait_for_function("document.querySelector('#player audio').currentTime > 0.3")
    marked = page.evaluate(
        """async () => { const seen = [], audio = document.querySelector('#player audio');
        for (let i = 0; i < 20; i++) { await new Promise(r => setTimeout(r, 60));
          const on = document.querySelectorAll('.w.on');
          seen.push([on.length, audio.currentTime, Number(on[0]?.dataset.t ?? 0)]); }
        return seen; }"""
    )
    assert all(count <= 1 for count, _, _ in marked)
    assert any(count == 1 for count, _, _ in marked)
    assert all(start <= now + 0.05 for _, now, start in marked)
    assert marked[-1][1] > marked[0][1]


def test_the_results_can_be_read_and_downloaded(page: Page, talk: Path, tmp_path: Path) -> None:
    choose(page, talk)
    hear(page)
    rich = text_of(page, "Rich text", "#rich textarea")
    assert "[" in rich
    assert text_of(page, "Raw tags", "#raw textarea").count("[") == 8  # a language and an emotion for each of four
    saved = {}
    for ending in ("txt", "srt", "vtt", "json", "csv"):
        with page.expect_download() as download:
            page.click(f"#download-{ending}")
        assert download.value.suggested_filename == f"My_talk.{ending}"
        download.value.save_as(tmp_path / ending)
        saved[ending] = (tmp_path / ending).read_text(encoding="utf-8")
    heard = json.loads(saved["json"])
    assert (len(heard["segments"]), heard["text"]) == (4, rich)
    assert len(re.findall(r"^\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}$", saved["srt"], re.MULTILINE)) >= 4
    assert saved["vtt"].startswith("WEBVTT\n")
    assert len(saved["txt"].splitlines()) == 4


def test_other_labels_are_written_without_hearing_again(page: Page, talk: Path, served: Served) -> None:
    choose(page, talk)
    served.engine.lines = [Line("Hello there.", Language.EN, Emotion.HAPPY)]
    hear(page)
    assert "[开心]" in text_of(page, "Rich text", "#rich textarea")
    batches = len(served.engine.batches)
    page.click("#labels input")
    page.get_by_role("option", name="Emoji").click()
    page.wait_for_function("document.querySelector('#rich textarea').value.includes('😊')")
    assert len(served.engine.batches) == batches


def test_a_run_can_be_stopped_and_what_came_stays(page: Page, served: Served, tmp_path: Path) -> None:
    long = tmp_path / "long.wav"
    long.write_bytes(encode(noise(-20, duration=120.0)))
    choose(page, long)
    served.engine.rtf = 0.2  # 60 clips of 1.5 s: 18 s in all
    page.click("#run")
    page.wait_for_selector(".segment")
    assert re.search(r"\d+ s of 120 s · .*× · ETA \d+ s", page.inner_text("#progress-text"))
    began = time.monotonic()
    page.click("#cancel")
    page.wait_for_selector('.progress[data-phase="stopped"]')
    assert time.monotonic() - began < 10  # a look and a clip; far less than what is left
    page.wait_for_selector("#run")
    assert 0 < page.locator(".segment").count() < 60
    expect(page.locator("#download-srt")).to_be_enabled()
    served.engine.rtf = 0.0
    deadline = time.monotonic() + 10
    while served.transcriber.waiting and time.monotonic() < deadline:
        time.sleep(0.1)
    assert served.transcriber.waiting == 0


def test_a_sample_is_one_click_away(page: Page) -> None:
    page.click('[data-file="weather.wav"]')
    page.wait_for_selector('.player[data-empty="false"]')
    hear(page)
    assert page.locator(".segment").count() == 3


def test_the_microphone_is_recorded_and_heard(page: Page) -> None:
    page.click("#record")
    expect(page.locator(".record-text")).to_have_text(re.compile(r"Stop recording \d+:(0[1-9]|[1-5]\d)"))
    page.wait_for_timeout(600)
    page.click("#record")
    page.wait_for_selector('.player[data-empty="false"]')
    assert "recording-" in page.inner_text("#media")
    hear(page)
    assert page.locator(".segment").count() >= 1


def test_silence_is_told_as_silence(page: Page, talk: Path, served: Served) -> None:
    served.engine.lines = []
    choose(page, talk)
    hear(page)
    assert page.inner_text("#progress-text") == "No speech was heard."
    assert "No speech was heard." in page.inner_text("#segments")


def test_faults_are_told_in_words(page: Page, tmp_path: Path) -> None:
    page.click("#run")
    page.wait_for_selector('.progress[data-phase="failed"]')
    assert page.inner_text("#progress-text") == "Choose a file, record, or pick a sample first."
    notes = tmp_path / "notes.mp3"
    notes.write_text("not audio at all " * 20)
    page.set_input_files("#upload-file", notes)
    expect(page.locator("#progress-text")).to_contain_text("not an audio or video file")
    page.click("#tongue")
    expect(page.locator("#progress-text")).to_contain_text("无法解码")
    large = tmp_path / "large.wav"
    large.write_bytes(bytes(6_000_000))
    page.set_input_files("#upload-file", large)
    expect(page.locator(".source .trouble")).to_have_text("文件超过 5.0 MB 的上限。")


def test_the_language_follows_the_browser_and_a_choice_is_kept(browser: Browser, served: Served) -> None:
    with somebody(browser, locale="zh-CN") as chinese, visiting(chinese, served) as page:
        expect(page.locator("#run")).to_have_text("开始转写")
        expect(page.locator("#language")).to_contain_text("语言")
        assert page.evaluate("document.documentElement.lang") == "zh-Hans"
        page.click("#tongue")
        expect(page.locator("#run")).to_have_text("Transcribe")
        expect(page.locator(".drop-title")).to_have_text("Drop audio or video here")
        page.reload()
        page.wait_for_selector("#run")
        expect(page.locator("#run")).to_have_text("Transcribe")
        page.click("#tongue")
        expect(page.locator("#run")).to_have_text("开始转写")
        expect(page.locator("#outcome")).not_to_contain_text("Rich text")  # the tabs are told last
        left = re.findall(r"[A-Za-z]{3,}", page.inner_text("#intake") + page.inner_text("#outcome"))
        assert set(left) <= {"TXT", "SRT", "VTT", "JSON", "CSV", "DOCX", "ITN"}


def test_dark_colours_are_kept(page: Page) -> None:
    assert "dark" not in (page.get_attribute("body", "class") or "")
    page.click("#theme")
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    page.reload()
    page.wait_for_selector("#run")
    expect(page.locator("body")).to_have_class(re.compile("dark"))


def test_names_and_words_are_never_run(page: Page, served: Served, tmp_path: Path) -> None:
    served.engine.lines = [Line(CANARY, Language.EN, Emotion.ANGRY)]
    file = tmp_path / '<img src=x onerror="window.PWN=1">${window.PWN=1}.wav'
    file.write_bytes(encode(noise(-20, duration=4.0)))
    choose(page, file)
    hear(page)
    assert CANARY in page.locator(".segment .said").first.text_content()
    assert "<script>" in text_of(page, "Rich text", "#rich textarea")
    page.get_by_role("tab", name="JSON").click()
    page.wait_for_selector("#json .cm-line")
    page.click("#tongue")
    page.wait_for_timeout(300)
    assert page.evaluate("window.PWN") is None
    assert page.locator("img[src='x']").count() == 0


def test_a_phone_never_scrolls_sideways(browser: Browser, served: Served, talk: Path) -> None:
    with somebody(browser, width=360) as caller, visiting(caller, served) as page:
        for step in (lambda: None, lambda: choose(page, talk), lambda: hear(page), lambda: page.click("#tab-rich-button")):
            step()
            page.wait_for_timeout(200)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert (
                page.evaluate(f"{OVERFLOWING}('#header *, #intake > *, #progress *, #player *, #segments *, #downloads *')") == []
            )
        page.locator("#run").scroll_into_view_if_needed()
        expect(page.locator("#run")).to_be_in_viewport()


def test_the_demo_model_says_so_in_both_languages(browser: Browser, served: Served) -> None:
    real = served.transcriber._status
    served.transcriber._status = replace(real, checkpoint=DEMO)
    try:
        with somebody(browser, width=360) as caller, visiting(caller, served) as page:
            banner = page.locator("#demo")
            expect(banner).to_be_visible()
            assert page.evaluate(f"{OVERFLOWING}('#demo *')") == []
            for words in ("这是演示小模型", "This is a small demo model", "python cli.py models download", "make run MODEL="):
                expect(banner).to_contain_text(words)
            assert banner.locator("button").count() == 0
            expect(page.locator("#state-text")).to_have_text("ready · earshot-demo · fake-vad")
    finally:
        served.transcriber._status = real


def test_the_api_page_carries_its_own_address(page: Page, served: Served) -> None:
    page.get_by_role("tab", name="API").click()
    expect(page.locator("#snippets pre").first).to_contain_text(f"curl {served.url}/v1/audio/transcriptions")
    assert page.locator("#snippets [data-snippet]").count() == 6
