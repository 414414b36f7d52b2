"""Stands before every route. Who may ask, how much and how long is decided here, before anything is read.

Knows neither audio nor pages: what it cannot decide it is given, as whether the engine has room.
"""

from __future__ import annotations

import logging
import math
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi.responses import Response
from python_multipart.multipart import parse_options_header
from starlette.types import ASGIApp, Receive, Scope, Send

from speech.calls import Call
from speech.errors import (
    BadRequest,
    BodyTooLarge,
    FileTooLarge,
    InvalidApiKey,
    RateLimited,
    SpeechError,
    UnreadableParameter,
    WrongContentType,
)

from . import access, login
from .access import Observation, Observe
from .errors import request_id, unforeseen
from .exchange import BodyLimit, Exchange
from .headers import value, values
from .keys import Keys
from .origin import READING, Origins
from .shapes import HEARING, KEEPING, refused

log = logging.getLogger(__name__)

ALLOWANCE = 500_000  # bytes of multipart headers and fields beside the file
SMALL = 100_000  # bytes of a body that is no file
OPEN = "/livez"  # asked by whoever restarts a dead process, and tells nothing
FORMS = (b"multipart/form-data", b"application/x-www-form-urlencoded")
PATIENCE = b"x-request-timeout"
POLICY_VIOLATED = 1008  # RFC 6455, section 7.4.1

Refusal = Callable[[str], SpeechError | None]  # why a caller's file cannot be heard now; None where it can


@dataclass(frozen=True, slots=True)
class GuardOptions:
    upload: int = 500_000_000  # bytes of one file
    uploads: frozenset[str] = frozenset()  # paths that take a file as their whole body, beside those of this door
    keys: tuple[str, ...] = field(default=(), repr=False)
    hosts: tuple[str, ...] = ()  # names beside localhost
    literals: bool = False  # addresses in numbers may be asked too: the server listens beyond this machine
    proxy: bool = False  # X-Forwarded headers are a proxy's of ours
    rate: int = 600  # requests a minute of one key
    deadline: float = 600.0  # s from its arrival in which a request must be answered
    deadlines: Mapping[str, float] = field(default_factory=dict)  # the same of paths where it takes longer
    silence: float = 30.0  # s in which a client must send or take something


def _room(_: str) -> None:
    return None


def _unseen(_: Observation) -> None:
    pass


class Guard:
    """ASGI middleware. Each answer carries x-request-id and what browsers must know; each request has its Call.

    `refusal` is asked before the body of a file is read, `observed` is told of every answer. Both are called in the event loop.
    """

    def __init__(self, app: ASGIApp, options: GuardOptions, refusal: Refusal = _room, observed: Observe = _unseen) -> None:
        self.app = app
        self._options, self._refusal, self._observed = options, refusal, observed
        self._keys = Keys(options.keys, options.rate)
        self._origins = Origins(options.hosts, options.literals, options.proxy)
        self._known = HEARING | KEEPING | options.uploads | {OPEN, login.PATH}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http({**scope}, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket({**scope}, receive, send)
        else:
            await self.app(scope, receive, send)

    # --- requests ---

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, began = uuid.uuid4().hex, time.monotonic()
        request_id.set(name)
        usual = self._options.deadlines.get(scope["path"], self._options.deadline)
        call = Call(seconds=min(usual, _patience(scope)))
        state = scope["state"] = {**scope.get("state", {}), "call": call, "code": ""}
        exchange = Exchange(receive, send, self._limit(scope["path"]), self._options.silence, call.leave)
        exchange.say((b"x-request-id", name.encode()))
        try:
            await self._serve(scope, call, exchange)
        except SpeechError as fault:
            await self._refuse(scope, fault, exchange)
        except Exception as fault:  # one request's fault must not be the server's
            await (self._refuse(scope, exchange.fault, exchange) if exchange.fault else self._fail(scope, fault, exchange))
        finally:
            call.leave()
            await exchange.close()
            status = exchange.status if exchange.finished else access.LEFT
            route = access.route_of(scope, self._known)
            seen = Observation(scope["method"], route, status, time.monotonic() - began, state["code"])
            access.note(seen, name, call.caller, exchange.bytes_in, exchange.bytes_out)
            self._observed(seen)

    async def _serve(self, scope: Scope, call: Call, exchange: Exchange) -> None:
        self._origins.admit(scope)
        if self._keys.wanted and scope["path"] == login.PATH and scope["method"] == "POST":
            await self._enter(scope, exchange)
            return
        self._know(scope, call)
        self._weigh(scope, exchange)
        if scope["path"] in HEARING | KEEPING and scope["method"] == "POST":
            self._take(scope, call, exchange)
        await self.app(scope, exchange.receive, exchange.send)
        if exchange.fault and not exchange.status:
            raise exchange.fault

    def _know(self, scope: Scope, call: Call) -> None:
        """Gives the call its caller. Raises InvalidApiKey, RateLimited or UnreadableParameter."""
        if scope["path"] != OPEN and (key := self._keys.holder(scope)):
            call.caller = key.name
            if scope["method"] not in READING:  # a page of the console asks for some eighty files
                key.spend()
        if _patience(scope) <= 0:
            raise UnreadableParameter("X-Request-Timeout", value(scope, PATIENCE), "seconds above 0 are expected")

    def _weigh(self, scope: Scope, exchange: Exchange) -> None:
        """Raises BadRequest, or the fault of a body that says it is too large."""
        lengths = values(scope, b"content-length")
        if len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
            raise BadRequest("its Content-Length is no length")
        if lengths and int(lengths[0]) > exchange.limit.most:
            raise exchange.limit.fault

    def _take(self, scope: Scope, call: Call, exchange: Exchange) -> None:
        """Raises WrongContentType, or why nothing can be heard now."""
        told = value(scope, b"content-type")
        kind, options = parse_options_header(told)
        if kind and kind not in FORMS:
            raise WrongContentType(told)
        if boundary := options.get(b"boundary"):
            exchange.expect(b"--" + boundary + b"--")
        if scope["path"] in HEARING and (fault := self._refusal(call.caller)):
            raise fault

    def _limit(self, path: str) -> BodyLimit:
        upload = self._options.upload
        if path in HEARING | KEEPING:
            return BodyLimit(upload + ALLOWANCE, FileTooLarge(upload))
        return BodyLimit(upload, FileTooLarge(upload)) if path in self._options.uploads else BodyLimit(SMALL, BodyTooLarge(SMALL))

    # --- refusals ---

    async def _refuse(self, scope: Scope, fault: SpeechError, exchange: Exchange) -> None:
        scope["state"]["code"] = fault.code
        unknown = self._keys.wanted and not scope["state"]["call"].caller
        ask = unknown and isinstance(fault, InvalidApiKey | RateLimited) and login.wants_page(scope)
        await self._answer(login.page(scope, fault) if ask else refused(scope["path"], fault), exchange)

    async def _fail(self, scope: Scope, fault: Exception, exchange: Exchange) -> None:
        if exchange.gone:  # which is what the app stumbled over
            return
        scope["state"]["code"] = "internal"
        log.error("%s %s failed", scope["method"], access.route_of(scope, self._known), exc_info=fault)
        await self._answer(unforeseen(), exchange)

    async def _answer(self, response: Response, exchange: Exchange) -> None:
        """Nothing, where an answer has begun: it breaks off, and so the server closes the connection."""
        if not exchange.status and not exchange.gone:
            await exchange.answer(response)

    # --- the page that asks for a key ---

    async def _enter(self, scope: Scope, exchange: Exchange) -> None:
        self._weigh(scope, exchange)
        secret = login.typed(await exchange.body())
        try:
            key = self._keys.show(secret)
        except SpeechError as fault:
            scope["state"]["code"] = fault.code
            await exchange.answer(login.page(scope, fault, tried=True))
        else:
            await exchange.answer(login.welcome(key, self._origins.scheme(scope) == "https"))

    # --- websockets ---

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id.set(uuid.uuid4().hex)
        try:
            self._origins.admit(scope)
            if key := self._keys.holder(scope):
                key.spend()
        except SpeechError as fault:
            self._observed(Observation("WEBSOCKET", access.NOWHERE, 403, 0.0, fault.code))
            await send({"type": "websocket.close", "code": POLICY_VIOLATED, "reason": fault.code})
            return
        scope["state"] = {**scope.get("state", {}), "call": Call(key.name if key else "")}
        await self.app(scope, receive, send)


def _patience(scope: Scope) -> float:
    """Seconds that the client will wait, endless unless it says so; 0 for what is no number of seconds."""
    said = value(scope, PATIENCE)
    try:
        seconds = float(said) if said else math.inf
    except ValueError:
        return 0.0
    return seconds if seconds > 0 else 0.0
