"""One connection: uvicorn's HTTP/1.1, and a client that neither sends nor takes anything is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol
from uvicorn.server import ServerState

from speech.errors import BadRequest, SlowRequest, SpeechError


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to what never became a request."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


Refuse = Callable[[SpeechError], Refusal]


@dataclass(frozen=True, slots=True)
class ProtocolOptions:
    """`silence`: s in which the whole head of a request must come, and in which some of an answer must be taken."""

    silence: float
    refuse: Refuse


class Protocol(H11Protocol):
    """uvicorn (0.54) waits for the head of a request for ever; here it is due `silence` after its first byte or the connection.

    What has begun to send gets 408; a socket that never sent anything is closed without a word. An idle connection that was
    used stays uvicorn's: it closes that after its own timeout_keep_alive.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        options: ProtocolOptions,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._options = options
        self._head_due: asyncio.TimerHandle | None = None
        self._taking_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head()
        self._stop_taking()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking_due = self._taking_due or self.loop.call_later(self._options.silence, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_taking()
        super().resume_writing()

    @property
    def path(self) -> str:
        """Of the request that is being answered; empty where there is none."""
        return "" if self.cycle is None or self.cycle.response_complete else self.cycle.scope["path"]

    def _watch_head(self) -> None:
        if self._awaits_head() and not self.transport.is_closing():
            self._head_due = self._head_due or self.loop.call_later(self._options.silence, self._give_up_head)
        else:
            self._stop_head()

    def _stop_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _stop_taking(self) -> None:
        if self._taking_due is not None:
            self._taking_due.cancel()
            self._taking_due = None

    def _awaits_head(self) -> bool:
        return self.conn.their_state is h11.IDLE and (self.cycle is None or self._has_begun())

    def _has_begun(self) -> bool:
        return bool(self.conn.trailing_data[0])

    def _give_up_head(self) -> None:
        if self._has_begun():
            self._send(self._options.refuse(SlowRequest(self._options.silence)))
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """What h11 cannot read: a malformed head, one above its 16 kB, two lengths. uvicorn has logged it."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send(self._options.refuse(BadRequest("it is not HTTP/1.1, or its head is too large")))
        self.transport.close()

    def _send(self, refusal: Refusal) -> None:
        headers = [*refusal.headers, (b"connection", b"close")]
        response = h11.Response(status_code=refusal.status, headers=headers, reason=STATUS_PHRASES[refusal.status])
        for event in (response, h11.Data(data=refusal.body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
