"""What keeps the server from work at the moment: it is ending, or its folder is gone. Asked before a body is read."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from speech.errors import ServiceError

Hindrance = Callable[[], ServiceError | None]


class Hindered:
    """ASGI middleware behind the guard. Raises what hinders, if anything is posted meanwhile; the guard answers it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and (fault := found(scope["app"])):
            raise fault
        await self.app(scope, receive, send)


def add(app: FastAPI, hindrance: Hindrance) -> None:
    app.state.hindrances = (*_all(app), hindrance)


def found(app: FastAPI) -> ServiceError | None:
    """The first that hinders now."""
    return next(filter(None, (hindrance() for hindrance in _all(app))), None)


def _all(app: FastAPI) -> tuple[Hindrance, ...]:
    known: tuple[Hindrance, ...] = getattr(app.state, "hindrances", ())
    return known
