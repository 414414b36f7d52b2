"""Refusals in another server's shape: the statuses, headers and sentences of all other routes, in other bodies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from speech.errors import SpeechError

from .described import Responses
from .errors import status_of

Say = Callable[[str], Response]  # puts a sentence into such a body


def refusing(say: Say) -> type[APIRoute]:
    """A kind of route that refuses as `say` does."""

    class Refusing(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                try:
                    return await handle(request)
                except Exception as error:  # the app's own handlers know it, and log what nobody foresaw
                    return put(say, _usual(request, error))

            return handled

    return Refusing


def told(kind: str, schema: dict[str, object], *examples: SpeechError) -> Responses:
    """What OpenAPI says of such refusals: the media type `kind` under each status that the examples have, with their codes."""
    codes: defaultdict[int, list[str]] = defaultdict(list)
    for example in examples:
        codes[status_of(example)].append(example.code)
    content = {kind: {"schema": schema}}
    return {status: {"description": ", ".join(codes[status]), "content": content} for status in sorted(codes)}


def put(say: Say, usual: JSONResponse) -> Response:
    """What any other route would answer, as `say` puts it."""
    answer = say(json.loads(bytes(usual.body))["error"]["message"])
    answer.status_code = usual.status_code
    answer.headers.update({name: value for name, value in usual.headers.items() if not name.startswith("content-")})
    return answer


def _usual(request: Request, error: Exception) -> JSONResponse:
    handlers = request.app.exception_handlers
    answer = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)(request, error)
    assert isinstance(answer, JSONResponse)
    return answer
