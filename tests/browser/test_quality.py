"""The Quality tab: possible anger is found, heard, judged, and what was said of it stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from speech.transcript import Emotion, Event, Language, Segment, Transcript
from tests.browser.conftest import OVERFLOWING, Browser, Page, Whole, barriers, expect, open_tab, running, visiting
from tests.sounds import encode, noise

CANARY = '<img src=x onerror="window.PWN=1"><script>window.PWN=1</script>'


def said(start: float, end: float, text: str, emotion: Emotion, *events: Event, language: Language = Language.ZH) -> Segment:
    return Segment(text, start, end, language, emotion, events)


ANGRY = Transcript(
    (
        said(0, 10, "您好", Emotion.NEUTRAL),
        said(30, 34, "怎么又是这样", Emotion.ANGRY),
        said(40, 46, "到现在都没有人来", Emotion.ANGRY),
        said(50, 53, "很抱歉", Emotion.SAD),
        said(80, 84, "Thank you", Emotion.HAPPY, Event.LAUGHTER, language=Language.EN),
    ),
    90.0,
)
CALM = Transcript((said(0, 4, CANARY, Emotion.HAPPY),), 90.0)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """Two finished jobs of a minute and a half."""
    with running(tmp_path_factory.mktemp("calls")) as server:
        sound = encode(noise(-20, duration=90.0))
        for name, transcript in (("calm.wav", CALM), (f"angry {CANARY}.wav", ANGRY)):
            server.keeper.replace(server.heard(sound, name), transcript)
        yield server


def position(page: Page) -> float:
    return float(page.evaluate("document.querySelector('#quality-audio').currentTime"))


def test_the_worst_moment_is_a_click_away_and_a_verdict_stays(chromium: Browser, calls: Whole) -> None:
    with visiting(chromium, calls.url) as page:
        open_tab(page, "Quality")
        first = page.locator(".call").first
        expect(first.locator(".score")).to_have_text("possible anger 10.0 s")
        expect(first.locator("summary")).to_have_text("All moments (1) and charts")
        expect(page.locator(".call").nth(1).locator(".score")).to_have_text("below the rule: possible anger")
        first.locator(".play-moment").first.click()
        page.wait_for_function("!document.querySelector('#quality-audio').paused")
        page.wait_for_function("document.querySelector('#quality-audio').currentTime >= 40")
        assert position(page) < 44
        expect(page.locator("#quality-said")).to_contain_text("到现在都没有人来")
        first.locator('[data-verdict="confirm"]').first.click()
        expect(first.locator('[data-verdict="confirm"]').first).to_have_attribute("aria-pressed", "true")
        page.reload()
        page.wait_for_selector("#run")
        open_tab(page, "Quality")
        expect(first.locator('[data-verdict="confirm"]').first).to_have_attribute("aria-pressed", "true")
        first.locator('[data-verdict="dismiss"]').first.click()
        expect(first.locator(".score")).to_have_text("below the rule: possible anger")
        page.reload()
        page.wait_for_selector("#run")
        open_tab(page, "Quality")
        expect(page.locator(".call")).to_have_count(2)
        expect(page.locator(".score.high")).to_have_count(0)
        first.locator("summary").click()
        first.locator('[data-verdict="confirm"]').click()
        expect(first.locator(".score")).to_have_text("possible anger 10.0 s")
        assert page.evaluate("window.PWN") is None
        assert page.locator("img[src='x']").count() == 0


def test_a_verdict_pressed_again_is_taken_back(chromium: Browser, calls: Whole) -> None:
    with visiting(chromium, calls.url) as page:
        open_tab(page, "Quality")
        first = page.locator(".call").first
        first.locator("summary").click()
        for verdict, standing in (("confirm", "possible anger 10.0 s"), ("dismiss", "below the rule: possible anger")):
            said = first.locator(f'.inside [data-verdict="{verdict}"]')
            if said.get_attribute("aria-pressed") == "false":
                said.click()
            expect(said).to_have_attribute("aria-pressed", "true")
            expect(first.locator(".score")).to_have_text(standing)
            assert said.get_attribute("title") == "Press again to take it back"
            said.press("Enter")
            expect(said).to_have_attribute("aria-pressed", "false")
            expect(said).to_be_focused()
            expect(first.locator(".moment").first).to_have_attribute("data-confirmed", "null")
            expect(first.locator(".score")).to_have_text("possible anger 10.0 s")


def test_rules_are_the_users_and_stay_in_the_browser(chromium: Browser, calls: Whole, tmp_path: Path) -> None:
    with visiting(chromium, calls.url) as page:
        open_tab(page, "Quality")
        expect(page.locator(".call")).to_have_count(2)
        page.locator(".rule input[type=number]").first.fill("11")
        expect(page.locator(".score.high")).to_have_count(0)
        page.locator(".rule input[type=number]").first.fill("0")
        expect(page.locator(".rules .trouble")).to_contain_text("The rules cannot be used")
        page.locator(".rule input[type=number]").first.fill("9")
        expect(page.locator(".score.high")).to_have_count(1)
        page.click("#rule-add")
        page.locator('.rule [data-part="label"]').nth(1).select_option("laughter")
        page.locator(".rule input[type=number]").nth(2).fill("3")
        page.locator(".rule input[type=radio]").nth(1).check()
        expect(page.locator(".score.high")).to_have_text("laughter 4.0 s")
        page.reload()
        page.wait_for_selector("#run")
        open_tab(page, "Quality")
        expect(page.locator(".rule")).to_have_count(2)
        expect(page.locator(".score.high")).to_have_text("laughter 4.0 s")
        with page.expect_download() as download:
            page.click("#quality-csv")
        download.value.save_as(tmp_path / "calls.csv")
        table = (tmp_path / "calls.csv").read_text(encoding="utf-8-sig")
        assert ",laughter,4.000,80.000,84.000,4.000,,,,Thank you" in table
        page.click("#rules-usual")
        expect(page.locator(".rule")).to_have_count(1)


def test_charts_say_in_words_what_they_draw(chromium: Browser, calls: Whole) -> None:
    with visiting(chromium, calls.url, width=360) as page:
        open_tab(page, "Quality")
        page.locator(".call summary").first.click()
        charts = page.locator(".call").first.locator("figure")
        expect(charts).to_have_count(3)
        assert charts.nth(0).locator("rect").count() == 4
        labels = [figure.get_attribute("aria-label") for figure in charts.locator("svg").all()]
        assert labels[1] == "Share of each language: Chinese 85%; English 15%"
        assert "angry 37%, most in minute 1" in labels[0]
        assert labels[2] == "laughter, minute by minute: 1 in all, 0.5 a minute, most in minute 2: 1"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(OVERFLOWING) == []


def test_nothing_keeps_anybody_out_in_light_or_dark(chromium: Browser, calls: Whole, axe: str) -> None:
    with visiting(chromium, calls.url) as page:
        open_tab(page, "Quality")
        page.locator(".call summary").first.click()
        expect(page.locator(".call").first.locator("figure")).to_have_count(3)
        page.locator(".play-moment").first.click()
        expect(page.locator(".listen")).to_be_visible()
        for _ in range(2):
            assert barriers(page, axe, "#quality") == []
            page.click("#theme")
            page.wait_for_timeout(400)


def test_a_chinese_page_has_no_english_of_its_own(chromium: Browser, calls: Whole) -> None:
    with visiting(chromium, calls.url, locale="zh-CN") as page:
        open_tab(page, "质检")
        page.locator(".call summary").first.click()
        expect(page.locator(".call").first.locator("figure")).to_have_count(3)
        expect(page.locator(".score").first).to_have_text("可能生气 10.0 秒")
        shown = page.evaluate(
            """() => [...document.querySelectorAll('#quality *')].filter(e => !e.matches('q, q *, b.call-name, .play-moment'))
            .flatMap(e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent)).join(' ')"""
        )
        assert set(re.findall(r"[A-Za-z]{3,}", shown)) <= {"CSV"}
