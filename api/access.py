"""What is noted of every request: one line in the log and one observation, without names, texts, keys or queries."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope

log = logging.getLogger("earshot.access")

NOWHERE = "-"  # the route of what was refused before it was looked up
PAGE = ("/assets/", "/static/", "/gradio_api/", "/docs/", "/theme.css", "/favicon.ico", "/console/state")  # of a page
LEFT = 499  # nginx's status of a client that did not take its answer to the end


@dataclass(frozen=True, slots=True)
class Observation:
    """`route` is a template, so that there are few; `code` is that of the fault, "" where there was none."""

    method: str
    route: str
    status: int
    seconds: float
    code: str


Observe = Callable[[Observation], None]


def note(seen: Observation, request_id: str, caller: str, bytes_in: int, bytes_out: int) -> None:
    told = {
        "request_id": request_id,
        "method": seen.method,
        "route": seen.route,
        "status": seen.status,
        "seconds": round(seen.seconds, 4),
        "bytes_in": bytes_in,
        "bytes_out": bytes_out,
        "caller": caller,
        "code": seen.code,
    }
    of_a_page = seen.status < 400 and seen.method in ("GET", "HEAD") and seen.route.startswith(PAGE)
    level = logging.DEBUG if of_a_page else logging.INFO
    log.log(level, "%s %s %d %.3f s %s", seen.method, seen.route, seen.status, seen.seconds, seen.code, extra=told)


def route_of(scope: Scope, known: frozenset[str]) -> str:
    """The template of the route that was found; without one the path, where it is one of the `known`.

    Starlette leaves the route in the scope, a mounted app's too.
    """
    route = scope.get("route")
    path = getattr(route, "path", None) or getattr(route, "path_format", None)
    if path:
        return str(path)
    return scope["path"] if scope["path"] in known else NOWHERE
