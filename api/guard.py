"""Stands before every route: names each answer, and stops bodies that are too large before they are read."""

from __future__ import annotations

import json
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from speech.errors import FileTooLarge

from .errors import envelope, request_id, status_of

ALLOWANCE = 1 << 20  # bytes of multipart headers and fields beside the file


class Guard:
    """ASGI middleware. An answer carries x-request-id; a body above `limit` bytes is refused with 413."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = uuid.uuid4().hex
        request_id.set(name)
        named = _naming(send, name)
        if _announced(scope) > self.limit + ALLOWANCE:
            await _refuse(named, FileTooLarge(self.limit))
            return
        body = _Counted(receive, named, self.limit + ALLOWANCE)
        try:
            await self.app(scope, body.receive, body.send)
        finally:
            if body.refused:
                await _refuse(named, FileTooLarge(self.limit))


class _Counted:
    """A body that ends, as if the client had gone, where it grows past the limit. The app's own answer is then dropped."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send, self._left = receive, send, limit
        self._answered = False
        self.refused = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0 and not self._answered:
            self.refused = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        if not self.refused:
            self._answered = True
            await self._send(message)


def _naming(send: Send, name: str) -> Send:
    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"x-request-id", name.encode())]
        await send(message)

    return named


def _announced(scope: Scope) -> int:
    """The Content-Length, 0 where none or none that is a number was sent."""
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def _refuse(send: Send, error: FileTooLarge) -> None:
    status = status_of(error)
    body = json.dumps(envelope(str(error), status, error.code, error.param)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
