"""The API tab: what is copied runs, what is tried is answered, and what is refused is explained."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.codes import codes
from speech.hearing import State, Status
from tests.browser.conftest import Browser, Page, Whole, expect, open_tab, running, visiting
from tests.sounds import encode, noise

KEY = "a-key-of-sixteen-and-more"


def snippet(page: Page, name: str) -> str:
    text: str = page.locator(f'[data-snippet="{name}"] pre').inner_text()
    return text


def copied(page: Page, name: str) -> str:
    """What the button puts where texts are pasted from."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(f'[data-snippet="{name}"] .copy').click()
    expect(page.locator(f'[data-snippet="{name}"] .copy')).to_have_text("Copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    assert text == snippet(page, name)
    return text


def run(command: list[str], folder: Path, key: str = "") -> str:
    environment = {**os.environ, "EARSHOT_KEY": key}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sound = encode(noise(-20, duration=4.0))
    for name in ("speech.mp3", "talk.mp4", "meeting.mp3"):
        (tmp_path / name).write_bytes(sound)
    return tmp_path


def test_every_copied_command_runs(chromium: Browser, whole: Whole, folder: Path) -> None:
    with visiting(chromium, whole.url) as page:
        open_tab(page, "API")
        assert '"segments"' in run(["bash", "-c", copied(page, "curl") + " --fail"], folder)
        run(["bash", "-c", copied(page, "subtitles") + " --fail"], folder)
        assert " --> " in (folder / "talk.srt").read_text(encoding="utf-8")
        assert run(["bash", "-c", copied(page, "stream") + " --fail"], folder).rstrip().endswith("[DONE]")
        assert '"emotion"' in run(["bash", "-c", copied(page, "transcribe") + " --fail"], folder)
        leave, look, fetch = re.split(r"\n(?=curl)", copied(page, "jobs"))
        id = json.loads(run(["bash", "-c", leave + " --fail"], folder))["id"]
        while '"done"' not in run(["bash", "-c", look + " --fail"], folder):
            page.wait_for_timeout(100)
        assert " --> " in run(["bash", "-c", fetch.replace("JOB", id) + " --fail"], folder)
        (folder / "ask.py").write_text(copied(page, "python"))
        assert re.match(r"0\S* [\d.]+ \w+ \S", run([sys.executable, "ask.py"], folder))
        (folder / "ask.mjs").write_text(copied(page, "javascript"))
        assert re.match(r"0\S* [\d.]+ \w+ \S", run(["node", "ask.mjs"], folder))


def test_with_keys_the_copied_commands_name_one_and_the_page_needs_none(chromium: Browser, tmp_path: Path, folder: Path) -> None:
    with running(tmp_path, api_keys=(KEY,)) as server:
        context = chromium.new_context(locale="en-US")
        page = context.new_page()
        page.goto(server.url)
        page.fill("#key", KEY)
        page.click("button")
        page.wait_for_selector("#run")
        open_tab(page, "API")
        assert KEY not in page.content()
        expect(page.locator("#snippets .keyed")).to_contain_text("EARSHOT_KEY")
        assert '"segments"' in run(["bash", "-c", snippet(page, "curl") + " --fail"], folder, KEY)
        (folder / "ask.mjs").write_text(snippet(page, "javascript"))
        assert run(["node", "ask.mjs"], folder, KEY)
        page.click("#try-send")
        expect(page.locator(".try-told")).to_contain_text("status 200")
        expect(page.locator("#limits")).to_contain_text("600 a minute")
        context.close()


def test_a_try_shows_what_is_answered(chromium: Browser, whole: Whole, tmp_path: Path) -> None:
    with visiting(chromium, whole.url, lenient=True) as page:  # the browser logs each refusal
        open_tab(page, "API")
        page.click("#try-send")
        expect(page.locator(".try-told")).to_have_text(re.compile(r"status 200 · [\d.]+ s"))
        assert '"text"' in page.inner_text("#try-answer")
        assert re.search(r"x-request-id\s+[0-9a-f]{32}", page.inner_text(".try-headers"))
        page.select_option("#try-format", "stream")
        page.click("#try-send")
        expect(page.locator("#try-answer")).to_contain_text("data: [DONE]")
        page.select_option("#try-route", "/transcribe")
        expect(page.locator("#try-format")).to_be_hidden()
        canary = tmp_path / "<img src=x onerror=window.PWN=1>.wav"
        canary.write_bytes(b"<script>window.PWN = 1</script>" * 10)
        page.set_input_files("#try-file", canary)
        page.click("#try-send")
        expect(page.locator(".try-told")).to_contain_text("status 400")
        assert "unsupported_media_type" in page.inner_text("#try-answer")
        page.click("#tongue")
        expect(page.locator(".try-told")).to_contain_text("状态 400")
        assert page.evaluate("window.PWN") is None


def test_a_try_that_is_refused_for_now_says_when_to_come_back(
    chromium: Browser, whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    with visiting(chromium, whole.url, lenient=True) as page:
        open_tab(page, "API")
        monkeypatch.setattr(whole.transcriber, "_status", Status(State.LOADING, "warming up"))
        page.click("#try-send")
        expect(page.locator(".try-told")).to_contain_text("status 503")
        assert re.search(r"retry-after\s+\d+", page.inner_text(".try-headers"))
        assert "model_loading" in page.inner_text("#try-answer")


def test_limits_and_refusals_are_told_as_they_are(chromium: Browser, whole: Whole) -> None:
    with visiting(chromium, whole.url) as page:
        open_tab(page, "API")
        limits = page.inner_text("#limits")
        for words in ("500 MB", "4:00:00", "32", "600 s", "EARSHOT_LIMITS__LONGEST"):
            assert words in limits
        rows = page.locator("#faults tbody tr").all_inner_texts()
        assert [row.split()[:2] for row in rows] == [[known.code, str(known.status)] for known in codes()]
        assert all(len(row.split()) > 3 for row in rows)
