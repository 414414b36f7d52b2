"""What holds for the page as a whole: two people at once, a server that comes back, and nobody shut out of any tab."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from speech.transcript import Emotion, Language
from tests.fakes import Line
from tests.sounds import encode, noise

from .conftest import Browser, Page, Whole, barriers, expect, open_tab, running, visiting


def hear(page: Page, sound: Path) -> None:
    page.set_input_files("#upload-file", sound)
    page.wait_for_selector('.player[data-empty="false"]')
    page.click("#run")
    page.wait_for_selector('.progress[data-phase="done"]')


@pytest.fixture
def sounds(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "mine.wav", tmp_path / "theirs.wav"]
    for seed, path in enumerate(paths):
        path.write_bytes(encode(noise(-20, duration=3.0, seed=seed)))
    return paths


def test_two_people_never_see_each_others_words_or_sounds(chromium: Browser, whole: Whole, sounds: list[Path]) -> None:
    with visiting(chromium, whole.url) as mine, visiting(chromium, whole.url) as theirs:
        whole.engine.lines = [Line("mine alone", Language.EN, Emotion.NEUTRAL)]
        hear(mine, sounds[0])
        whole.engine.lines = [Line("theirs alone", Language.EN, Emotion.NEUTRAL)]
        hear(theirs, sounds[1])
        assert set(mine.locator(".segment .said").all_text_contents()) == {"mine alone"}
        assert set(theirs.locator(".segment .said").all_text_contents()) == {"theirs alone"}
        assert "theirs" not in mine.inner_text("body")
        assert "mine" not in theirs.inner_text("body")
        heard = [page.evaluate("document.querySelector('.player audio').src") for page in (mine, theirs)]
    assert heard[0] != heard[1]
    guessed = heard[0].replace(heard[0].rsplit("/", 2)[1], "0" * 32)
    assert httpx.get(guessed).status_code in (403, 404)


def test_corrections_outlive_the_server_and_the_next_run_works(chromium: Browser, tmp_path: Path, sounds: list[Path]) -> None:
    with running(tmp_path / "server") as first, visiting(chromium, first.url, lenient=True) as page:
        first.engine.lines = [Line("as it was heard", Language.EN, Emotion.NEUTRAL)]
        hear(page, sounds[0])
        page.locator(".segment .said").first.dblclick()
        page.keyboard.press("End")
        page.keyboard.type(" and corrected")
        page.locator("#progress-text").click()
        first.stop()
        expect(page.locator("#away")).to_be_visible()
        expect(page.locator(".segment .said").first).to_have_text("as it was heard and corrected")
        with running(tmp_path / "server", port=int(first.url.rpartition(":")[2])) as second:
            second.engine.lines = first.engine.lines
            expect(page.locator("#away")).to_be_hidden()
            page.reload()
            page.wait_for_selector('#state[data-state="ready"]')
            hear(page, sounds[0])
            expect(page.locator(".segment .said").first).to_have_text("as it was heard and corrected")


def test_nobody_is_shut_out_of_the_batch_tab(chromium: Browser, whole: Whole, axe: str, sounds: list[Path]) -> None:
    with visiting(chromium, whole.url) as page:
        open_tab(page, "Batch")
        page.set_input_files("#batch-file", sounds)
        expect(page.locator('#jobs [data-state="done"]').nth(1)).to_be_visible()
        for dark in (False, True):
            page.evaluate(f"earshot.setDark({str(dark).lower()})")
            page.wait_for_timeout(400)
            assert barriers(page, axe, "#batch") == []


@pytest.mark.parametrize("tab", ["Transcribe", "Batch", "Quality", "API"])
def test_twice_as_large_no_tab_scrolls_sideways(chromium: Browser, whole: Whole, tab: str) -> None:
    """A zoom of 200 % is half the width."""
    with visiting(chromium, whole.url, width=1280 // 2) as page:
        open_tab(page, tab)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280 // 2


def test_run_is_reached_by_the_keyboard_alone(chromium: Browser, whole: Whole, sounds: list[Path]) -> None:
    with visiting(chromium, whole.url) as page:
        page.set_input_files("#upload-file", sounds[0])
        page.wait_for_selector('.player[data-empty="false"]')
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#upload-file")).to_be_focused()
        assert len(stops_before_run(page)) <= 8


def test_run_is_twelve_stops_from_the_top(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        expect(page.locator("#footer p")).not_to_be_empty()  # the page is whole
        assert len(stops_before_run(page)) <= 12


def stops_before_run(page: Page) -> list[str]:
    """Where the Tab key stops on the way, Run itself included."""
    stops: list[str] = []
    while page.evaluate("document.activeElement.id") != "run":
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
        assert len(stops) < 20, stops
    return stops


def test_tabs_and_the_pages_own_buttons_are_one_stop_each_and_arrows_go_through_them(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        expect(page.locator("#footer p")).not_to_be_empty()
        expect(page.get_by_role("toolbar", name="Page").get_by_role("button")).to_have_count(3)
        page.focus("#tongue")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#theme")).to_be_focused()
        page.keyboard.press("End")
        expect(page.locator("#help")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("tab", name="Transcribe", exact=True)).to_be_focused()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        quality = page.get_by_role("tab", name="Quality", exact=True)
        expect(quality).to_have_attribute("aria-selected", "true")
        expect(page.locator("#quality")).to_be_visible()
        page.keyboard.press("Shift+Tab")
        expect(page.locator("#help")).to_be_focused()
        page.keyboard.press("Tab")
        expect(quality).to_be_focused()
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        expect(page.locator("#run")).to_be_visible()


def test_all_samples_are_one_stop_and_arrows_go_through_them(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        samples = page.locator("#samples button")
        assert samples.evaluate_all("all => all.filter(one => one.tabIndex === 0).length") == 1
        samples.first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(samples.nth(1)).to_have_attribute("aria-pressed", "true")


def test_a_list_of_choices_closes_when_one_goes_on(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        for name in ("language", "labels"):
            page.focus(f"#{name} input")
            expect(page.locator(f"#{name} input")).to_have_attribute("aria-expanded", "true")
            page.keyboard.press("Tab")
            expect(page.locator(f"#{name} input")).to_have_attribute("aria-expanded", "false")
        expect(page.get_by_role("listbox")).to_have_count(0)
        page.click("#language input")
        page.get_by_role("option", name="Chinese (Mandarin)").click()
        expect(page.locator("#language input")).to_have_value("Chinese (Mandarin)")


def test_the_keys_are_shown_on_every_tab(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        for name in ("Batch", "Quality", "API", "Transcribe"):
            open_tab(page, name)
            page.click("#help")
            expect(page.locator("#help-dialog")).to_be_visible()
            page.click("#help-close")
            expect(page.locator("#help-dialog")).to_be_hidden()
