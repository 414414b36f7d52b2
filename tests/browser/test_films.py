"""A video chosen on the page is saved with the captions that the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Browser, Page, Whole, expect, visiting
from tests.media import films
from tests.sounds import encode, tone


@pytest.fixture
def page(chromium: Browser, whole: Whole) -> Iterator[Page]:
    with visiting(chromium, whole.url) as opened:
        yield opened


def hear(page: Page, file: Path) -> None:
    page.set_input_files("#upload-file", file)
    page.wait_for_selector('.player[data-empty="false"]')
    page.click("#run")
    page.wait_for_selector('.progress[data-phase="done"]')
    page.wait_for_selector("#cancel", state="hidden")


def test_a_video_is_saved_with_the_captions_as_they_were_corrected(page: Page, tmp_path: Path) -> None:
    film = tmp_path / "My talk.mp4"
    film.write_bytes(films.film(duration=4.0))
    hear(page, film)
    page.locator(".segment .time").first.click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("Corrected by hand")
    page.keyboard.press("Escape")
    with page.expect_download() as waiting:
        page.click("#film-soft")
    download = waiting.value
    download.save_as(tmp_path / "saved")
    saved = (tmp_path / "saved").read_bytes()
    assert download.suggested_filename == "My_talk.mp4"
    assert any("Corrected by hand" in words for *_, words in films.texts(saved))
    assert films.packets(saved, "video") == films.packets(film.read_bytes(), "video")
    expect(page.locator("#film-soft")).to_be_enabled()


def test_what_is_no_video_is_not_offered_captions(page: Page, tmp_path: Path) -> None:
    sound = tmp_path / "talk.wav"
    sound.write_bytes(encode(tone(duration=2.0)))
    hear(page, sound)
    expect(page.locator("#film-soft")).to_be_hidden()
    expect(page.locator("#download-docx")).to_be_visible()
