"""Before and after cleaning: the same sound at the same place."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from media.cleaning import clean
from speech.calls import Call
from speech.mixing import Samples
from tests.sounds import encode, noise

from .conftest import Browser, Whole, expect, visiting


def test_a_recording_is_played_as_it_is_after_cleaning_and_back(whole: Whole, chromium: Browser, tmp_path: Path) -> None:
    sound = tmp_path / "noisy.wav"
    sound.write_bytes(encode(noise(-30, duration=4.0)))
    with visiting(chromium, whole.url) as page:
        page.set_input_files("#upload-file", sound)
        button, source = page.locator("#compare"), "document.querySelector('.player audio').src"
        expect(button).to_be_visible()
        before = page.evaluate(source)
        page.evaluate("earshot.say('seek', 2)")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        after = page.evaluate(source)
        assert after != before
        assert abs(page.evaluate("document.querySelector('.player audio').currentTime") - 2) < 0.2
        cleaned = httpx.get(after).content
        assert cleaned[:4] == b"RIFF"
        assert abs(len(cleaned) - len(encode(noise(-30, duration=4.0)))) < 200
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        assert page.evaluate(source) == before


@pytest.mark.parametrize("source", [{"path": "/etc/passwd"}, {"token": "../../etc/passwd"}, {}])
def test_no_file_of_the_server_is_cleaned_for_who_names_it(whole: Whole, source: dict[str, str]) -> None:
    answer = httpx.post(f"{whole.url}/console/cleaned", json={"source": source})
    assert answer.status_code in (400, 403)


def test_what_is_ticked_to_be_cleaned_first_is(
    whole: Whole, chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, cleaned = tmp_path / "noisy.wav", []
    sound.write_bytes(encode(noise(-30, duration=4.0, seed=3)))

    def counting(samples: Iterable[Samples], call: Call) -> Iterator[Samples]:
        for piece in clean(samples, call):
            cleaned.append(len(piece))
            yield piece

    monkeypatch.setattr(whole.transcriber, "_cleaner", counting)
    with visiting(chromium, whole.url) as page:
        page.set_input_files("#upload-file", sound)
        page.wait_for_selector('.player[data-empty="false"]')
        for ticked in (False, True):
            page.get_by_label("Reduce noise first").set_checked(ticked)
            passes, ends = len(whole.engine.batches), time.monotonic() + 60
            page.click("#run")
            while len(whole.engine.batches) == passes:  # what the page says meanwhile may be gone before it is seen
                assert time.monotonic() < ends
                page.wait_for_timeout(20)
            page.wait_for_selector('.progress[data-phase="done"]')
            page.wait_for_selector("#cancel", state="hidden")
            assert sum(cleaned) == (64_000 if ticked else 0)
