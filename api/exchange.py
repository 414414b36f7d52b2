"""One request's body and its answer as they pass the door: counted, limited, and given up where the other side falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Message, Receive, Send

from speech.errors import Cancelled, MalformedMultipart, SlowRequest, SpeechError

from .headers import Raw, safe

PIECE = 1 << 16  # bytes that are handed on at once: more would wait in memory for a slow reader
EPILOGUE = 1000  # bytes that may follow the end of a form
LINGER = 1.0  # s in which the rest of a refused body is still taken, so that its sender reads the answer

GONE: Message = {"type": "http.disconnect"}


@dataclass(frozen=True, slots=True)
class BodyLimit:
    most: int  # bytes
    fault: SpeechError


class Exchange:
    """`receive` and `send` are for the app. `left` is called as soon as the client is gone, also while nobody reads.

    After a fault of the body (`fault`) the app sees a client that has gone, and what it answers is dropped.
    """

    def __init__(self, receive: Receive, send: Send, limit: BodyLimit, silence: float, left: Callable[[], None]) -> None:
        self._receive, self._send = receive, send
        self.limit = limit
        self._silence, self._left = silence, left
        self._headers: list[Raw] = []
        self._gone = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._whole = False
        self._ending, self._tail = b"", b""
        self.fault: SpeechError | None = None
        self.status = 0  # 0 until an answer has begun
        self.finished = False
        self.bytes_in, self.bytes_out = 0, 0

    @property
    def gone(self) -> bool:
        return self._gone.is_set()

    def say(self, *headers: Raw) -> None:
        """Headers of the answer, whoever makes it."""
        self._headers += headers

    def expect(self, ending: bytes) -> None:
        """The body is cut off unless it ends with this; some bytes may follow. Starlette takes what is cut off for whole."""
        self._ending = ending

    # --- the request ---

    async def receive(self) -> Message:
        if self._whole and not self.fault:
            await self._gone.wait()
        if self.fault or self.gone:
            return GONE
        message = await self._in_time(self._receive())
        if message is None:
            return self._break(SlowRequest(self._silence))
        if message["type"] == "http.disconnect":
            self._leave()
            return message
        self.bytes_in += len(message.get("body", b""))
        if self.bytes_in > self.limit.most:
            return self._break(self.limit.fault)
        if self._ending:
            self._tail = (self._tail + message.get("body", b""))[-len(self._ending) - EPILOGUE :]
        if not message.get("more_body", False):
            self._whole = True
            if self._ending not in self._tail:
                return self._break(MalformedMultipart())
            self._watch = asyncio.create_task(self._watching())
        return message

    async def body(self) -> bytes:
        """All of it, for one that is small. Raises its fault, or Cancelled where the client went."""
        body = b""
        while not self._whole:
            message = await self.receive()
            if self.fault or self.gone:
                raise self.fault or Cancelled()
            body += message.get("body", b"")
        return body

    async def _watching(self) -> None:
        """All that can still come is that the client goes; the app may be too busy to look."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._leave()

    def _break(self, fault: SpeechError) -> Message:
        self.fault = fault
        self._left()
        return GONE

    def _leave(self) -> None:
        self._gone.set()
        self._left()

    # --- the answer ---

    async def send(self, message: Message) -> None:
        """The app's answer. Raises SlowRequest where nobody takes it."""
        if self.fault is None:
            await self._put(message)

    async def answer(self, response: Callable[..., Awaitable[None]]) -> None:
        """One of our own in the place of the app's. Where the body has not come to its end the connection ends with it."""
        if not self._whole:
            self.say((b"connection", b"close"))
        await response({"type": "http", "method": "", "headers": []}, self._nothing, self._lingering)

    async def _lingering(self, message: Message) -> None:
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not last or self._whole or self.gone:
            await self._put(message)
            return
        await self._put({**message, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(min(LINGER, self._silence)):
                while (message := await self._receive())["type"] == "http.request" and message.get("more_body", False):
                    pass
        await self._put({"type": "http.response.body", "body": b""})

    async def _nothing(self) -> Message:
        return GONE

    async def _put(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": safe([*message.get("headers", []), *self._headers])}
        for piece in _pieces(message):
            if await self._in_time(self._sent(piece)) is None:
                self._break(SlowRequest(self._silence))
                raise SlowRequest(self._silence)
            self.bytes_out += len(piece.get("body", b""))
        self.finished = message["type"] == "http.response.body" and not message.get("more_body", False)

    async def _sent(self, message: Message) -> Message:
        await self._send(message)
        return message

    # --- both ---

    async def _in_time(self, step: Awaitable[Message]) -> Message | None:
        """None where the other side has been silent for too long."""
        try:
            async with asyncio.timeout(self._silence):
                return await step
        except TimeoutError:
            return None

    async def close(self) -> None:
        """To be called when the app has ended."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch


def _pieces(message: Message) -> list[Message]:
    body = message.get("body", b"")
    if message["type"] != "http.response.body" or len(body) <= PIECE:
        return [message]
    cut = [body[start : start + PIECE] for start in range(0, len(body), PIECE)]
    first = [{"type": message["type"], "body": piece, "more_body": True} for piece in cut[:-1]]
    return [*first, {**message, "body": cut[-1]}]
