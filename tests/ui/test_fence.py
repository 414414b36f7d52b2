"""What of Gradio is behind the fence, route by route."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.ui.conftest import Served

OPEN = {
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/config"),
    ("GET", "/theme.css"),
    ("GET", "/favicon.ico"),
    ("GET", "/static/{path:path}"),
    ("GET", "/assets/{path:path}"),
    ("GET", "/gradio_api/theme.css"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"),
    ("POST", "/gradio_api/queue/join"),
    ("GET", "/gradio_api/file={path_or_url:path}"),
    ("HEAD", "/gradio_api/file={path_or_url:path}"),
}  # and POST /gradio_api/run/predict, of the pattern /run/{api_name}


def routes(app: object) -> Iterator[tuple[str, str]]:
    for route in getattr(app, "routes", []):
        for method in getattr(route, "methods", None) or ():
            yield method, str(getattr(route, "path", ""))
        yield from routes(getattr(route, "original_router", getattr(route, "app", None)))


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=30) as opened:
        yield opened


def test_every_route_of_gradio_that_the_page_does_not_use_is_gone(client: httpx.Client, served: Served) -> None:
    found = set(routes(served.gradio))
    assert len(found) > 60
    assert found >= OPEN
    for method, path in sorted(found - OPEN):
        answer = client.request(method, path.replace("{", "").replace("}", "").replace(":path", ""))
        assert answer.status_code == 404, (method, path)
        assert method == "HEAD" or answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://example.com/a.wav",
        "/gradio_api/file=http://127.0.0.1/a.wav",
        "/gradio_api/file=//example.com/a.wav",
        "/gradio_api/proxy=https://example.com/",
        "/gradio_api/dev/reload",
        "/gradio_api/vibe-code",
        "/gradio_api/vibe-edit",
        "/gradio_api/runs",
        "/gradio_api/run-history/buckets",
        "/gradio_api/deep_link",
        "/gradio_api/upload_progress",
        "/gradio_api/mcp",
        "/monitoring",
        "/monitoring/summary",
        "/manifest.json",
        "/pwa_icon",
        "/login",
        "/logout",
        "/config/../monitoring",
        "/gradio_api//queue/data",
    ],
)
def test_what_gradio_offers_beyond_our_page_is_not_there(client: httpx.Client, path: str) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
