"""A video chosen on the page is saved with the captions that the page shows."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.captions import FilmCaptioner
from speech.errors import NoFont
from speech.films import Film
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


def test_how_far_the_film_is_stands_on_the_button_and_a_fault_is_told(page: Page, whole: Whole, tmp_path: Path) -> None:
    film, going = tmp_path / "a.mp4", threading.Event()
    film.write_bytes(films.film(duration=4.0))
    hear(page, film)

    def slow(*given: object) -> Film:
        given[-1](2.0)  # type: ignore[operator]  # how far it is
        going.wait(20)
        raise NoFont("国 (U+56FD)")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FilmCaptioner, "caption", slow)
        page.click("#film-burnt")
        expect(page.locator("#film-burnt")).to_have_text(re.compile(r"Making it… (49|50)%"))
        expect(page.locator("#film-soft")).to_be_disabled()
        going.set()
        expect(page.locator(".notice-text")).to_contain_text("no_font")
    expect(page.locator("#film-burnt")).to_be_enabled()


def test_what_is_no_video_is_not_offered_captions(page: Page, tmp_path: Path) -> None:
    sound = tmp_path / "talk.wav"
    sound.write_bytes(encode(tone(duration=2.0)))
    hear(page, sound)
    expect(page.locator("#film-soft")).to_be_hidden()
    expect(page.locator("#download-docx")).to_be_visible()
