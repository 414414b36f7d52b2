"""What of Gradio can be reached: the few paths that our page asks for. Gradio has some fifty more; none of them is there.

Checked against Gradio 6.31: tests/ui/test_fence.py walks its routes, tests/ui/test_console.py uses the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from speech.errors import BadJson, BodyTooLarge, PathNotAllowed, SpeechError

API = "/gradio_api"
FILE = f"{API}/file="
JOIN = f"{API}/queue/join"
READING = frozenset({"GET", "HEAD"})
READ = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/(?:assets|static)/.+"
    rf"|{API}/(?:queue/data|app_id|theme\.css|heartbeat/[^/]+)"
)
POSTED = frozenset({JOIN, f"{API}/run/predict"})
LARGEST = 100_000  # bytes of what the page posts
MOST_RANGES = 100
POLICY_VIOLATED = 1008  # RFC 6455, section 7.4.1

Full = Callable[[], SpeechError | None]  # why no event can be taken now


class Fence:
    """ASGI, around Gradio's app. What is not on the list is answered by the app before it, as all that does not exist."""

    def __init__(self, app: ASGIApp, cache: Callable[[], Path], full: Full) -> None:
        self._app, self._cache, self._full = app, cache, full

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATED})
            return
        if scope["type"] == "http":
            receive = await self._admit(scope, receive)
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> Receive:
        """What the app may read from. Raises HTTPException or SpeechError."""
        method, path = scope["method"], scope["path"]
        if method in READING and path.startswith(FILE):
            self._admit_file(scope, path.removeprefix(FILE))
        elif method == "POST" and path in POSTED:
            if path == JOIN and (fault := self._full()):
                raise fault
            return _again(await _json(receive), receive)
        elif method not in READING or not READ.fullmatch(path):
            raise HTTPException(404, f"There is nothing at {path[:80]}. The page /docs lists what there is.")
        return receive

    def _admit_file(self, scope: Scope, place: str) -> None:
        """Files that lie in a folder nobody can guess, as sounds and exports do. Raises HTTPException or PathNotAllowed."""
        if "//" in place:  # an address elsewhere, which Gradio would fetch
            raise HTTPException(404, "There is nothing at this address. The page /docs lists what there is.")
        folder, _, name = place.rpartition("/")
        parent, _, secret = folder.rpartition("/")
        if parent != str(self._cache()) or not re.fullmatch("[0-9a-f]{32}", secret) or name in ("", ".", ".."):
            raise PathNotAllowed()
        scope["headers"] = [_ranged(header) for header in scope["headers"] if _bearable(header)]


def _bearable(header: tuple[bytes, bytes]) -> bool:
    return header[0] != b"range" or header[1].count(b",") < MOST_RANGES


def _ranged(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A unit in capitals, which Starlette reads and Gradio does not know.

    Gradio's own answer to a range sends back the request's headers, its cookie too, and fails on two ranges
    (route_utils.file_fetch, 6.31); Starlette's is right.
    """
    return (b"range", header[1].replace(b"bytes", b"BYTES", 1)) if header[0] == b"range" else header


async def _json(receive: Receive) -> bytes:
    """The whole body. Raises BodyTooLarge, or BadJson for what is no object or is nested beyond reading."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(400, "The client left.")
        body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > LARGEST:
            raise BodyTooLarge(LARGEST)
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise BadJson() from fault
    if not isinstance(read, Mapping):
        raise BadJson()
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Says `body` once, then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def said() -> Message:
        return waiting.pop() if waiting else await receive()

    return said
