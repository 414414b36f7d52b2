"""Draws every tab for the README, as a user sees it: python -m tests.browser.pictures, or make pictures.

The real server over the bundled demo checkpoint, heard through the page; Chinese in light colours, English in dark ones.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.server import ROOT, SAMPLES, serving
from tests.ui.conftest import CHROMIUM, SWITCHES

IMAGES = ROOT / "docs" / "images"
LOOKS = (("zh", "light"), ("en", "dark"))
SIZE = {"width": 1360, "height": 900}
PATIENCE = 120_000  # ms
NAMES = {"zh": ("李女士", "客服"), "en": ("Ms Li", "Agent")}
CALLS = ("call.mp3", "angry.mp3", "laughter.mp3", "zh.mp3", "en.mp3")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        for tongue, theme in LOOKS:
            draw(opened(chromium, server.url, tongue, theme), f"{tongue}-{theme}", first=(tongue, theme) == LOOKS[0])
        chromium.close()


def opened(chromium: Browser, url: str, tongue: str, theme: str) -> Page:
    page = chromium.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(PATIENCE)
    chosen = f'localStorage.setItem("earshot.tongue", "{tongue}"); localStorage.setItem("earshot.theme", "{theme}")'
    page.add_init_script(chosen)
    page.goto(url)
    page.wait_for_selector('#state[data-state="ready"]')
    return page


def draw(page: Page, name: str, first: bool) -> None:
    page.click('.sample[data-file="call.mp3"]')
    page.wait_for_selector('.player[data-empty="false"]')
    page.check("#multichannel input")
    page.click("#run")
    page.wait_for_selector('.progress[data-phase="done"]')
    for speaker, called in zip("AB", NAMES[name.split("-")[0]], strict=True):
        page.click(f'.segment .speaker[data-speaker="{speaker}"]')
        page.fill("#speaker-name", called)
        page.keyboard.press("Enter")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("earshot.say('seek', 12), scrollTo(0, 0)")
    shoot(page, f"transcribe-{name}")
    page.get_by_role("tab").nth(1).click()
    if first:
        page.check("#batch-multichannel")
        page.set_input_files("#batch-file", [SAMPLES / call for call in CALLS])
    page.wait_for_function(f"document.querySelectorAll('#jobs [data-state=done]').length >= {len(CALLS)}")
    shoot(page, f"batch-{name}")
    page.get_by_role("tab", name="质检" if name.startswith("zh") else "Quality").click()
    page.wait_for_selector("#calls > li")
    page.locator(".rule-rows input").first.fill("2")  # the samples are short
    page.locator(".rule-rows input").first.blur()
    page.locator("#calls > li", has_text="call.mp3").locator("summary").click()
    shoot(page, f"quality-{name}")
    page.get_by_role("tab", name="接口" if name.startswith("zh") else "API").click()
    page.wait_for_selector("#try")
    shoot(page, f"api-{name}")


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(1500)  # for what fades in
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
