"""What is asked for in a wrong way: answers of our own, before whatever is mounted at the root gives one of its kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NoReturn

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.routing import APIRoute

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"})


def add(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """405 for the other methods of every route that is there, 404 for the rest below /v1. To be called last."""
    known: dict[str, set[str]] = defaultdict(set)
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            known[route.path] |= route.methods or set()
    for path, methods in known.items():
        app.add_api_route(
            path, _refusing(methods), methods=sorted(METHODS - methods), include_in_schema=False, response_model=None
        )
    app.add_api_route("/v1/{path:path}", _nothing, methods=sorted(METHODS), include_in_schema=False, response_model=None)


def _refusing(allowed: set[str]) -> Callable[[], NoReturn]:
    def refuse() -> NoReturn:
        raise HTTPException(405, f"Use {' or '.join(sorted(allowed))} here.", {"Allow": ", ".join(sorted(allowed))})

    return refuse


def _nothing(path: str) -> NoReturn:
    raise HTTPException(404, f"There is nothing at /v1/{path[:80]}. The page /docs lists what there is.")
