"""The page /docs: all of it comes from the server that it describes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.server import SAMPLES, Server
from tests.ui.conftest import CHROMIUM, SWITCHES

PATIENCE = 60_000  # ms: the machine may be busy


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def test_the_page_names_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "<title>Earshot 听闻</title>" in page.text
    assert "http" not in page.text
    assert '"validatorUrl": null' in page.text


def test_all_that_the_page_asks_for_is_served_here(client: TestClient) -> None:
    asked = re.findall(r'(?:src|href)="([^"]+)"', client.get("/docs").text)
    answers = {name: client.get(f"/{name}") for name in asked}
    kinds = {Path(name).suffix: answer.headers["content-type"].split(";")[0] for name, answer in answers.items()}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert kinds.keys() == {".js", ".css", ".ico"}
    assert (kinds[".js"], kinds[".css"]) == ("text/javascript", "text/css")


def test_no_other_file_of_the_package_is_served(client: TestClient) -> None:
    for name in ("redoc.standalone.js", "favicon.png", "..%2f__init__.py"):
        assert client.get(f"/docs/{name}").status_code == 404


def tried(page: Any, operation: str) -> str:
    """The status of what the page sends when nothing is filled in but the file."""
    page.click(f"#{operation} .opblock-summary-control")
    page.click(f"#{operation} .try-out__btn")
    page.set_input_files(f"#{operation} input[type=file]", SAMPLES / "en.mp3")
    page.click(f"#{operation} .execute")
    return str(page.inner_text(f"#{operation} .live-responses-table tbody .response-col_status").split()[0])


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"{CHROMIUM} is not there")
def test_a_file_is_heard_from_the_page_and_no_other_host_is_asked(server: Server) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    errors: list[str] = []
    hosts: set[str] = set()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: errors.append(str(fault)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.goto(f"{server.url}/docs")
        page.wait_for_selector(".opblock")
        shown = page.eval_on_selector_all(".opblock", "blocks => blocks.map(block => block.id)")
        heard = {name: tried(page, name) for name in ("operations-earshot-transcribe", "operations-openai-transcriptions")}
        browser.close()
    assert {*heard, "operations-openai-models", "operations-probes-readyz"} <= set(shown)
    assert set(heard.values()) == {"200"}, heard
    assert hosts == {urlsplit(server.url).netloc}
    assert not errors
