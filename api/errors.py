"""Faults as HTTP: one table of statuses, one envelope for every answer that is not a success."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from speech.errors import (
    AudioError,
    AudioTooLong,
    BodyTooLarge,
    Cancelled,
    CheckpointError,
    DeadlineExceeded,
    FileTooLarge,
    HostNotAllowed,
    InferenceFailed,
    InvalidApiKey,
    MissingFile,
    OriginNotAllowed,
    PathNotAllowed,
    QueueFull,
    RateLimited,
    RequestError,
    ServiceError,
    SlowRequest,
    SpeechError,
    StorageFull,
    UnknownModel,
    UnreadableParameter,
    WrongContentType,
)

log = logging.getLogger(__name__)

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # the guard gives each request one

# The first class that fits counts. 408, 409, 429 and 5xx make OpenAI's clients upload the file again, so bad audio is 400.
STATUSES: tuple[tuple[type[SpeechError], int], ...] = (
    (FileTooLarge, 413),
    (BodyTooLarge, 413),
    (AudioTooLong, 413),
    (UnknownModel, 404),
    (PathNotAllowed, 403),
    (OriginNotAllowed, 403),
    (InvalidApiKey, 401),
    (SlowRequest, 408),
    (WrongContentType, 415),
    (HostNotAllowed, 421),
    (AudioError, 400),
    (RequestError, 400),
    (QueueFull, 429),
    (RateLimited, 429),
    (DeadlineExceeded, 504),
    (StorageFull, 507),
    (InferenceFailed, 500),
    (Cancelled, 499),
    (CheckpointError, 503),
    (ServiceError, 503),
)
CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def status_of(error: SpeechError) -> int:
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def envelope(message: str, status: int, code: str, param: str | None = None) -> dict[str, Mapping[str, str | None]]:
    """The body of every error, in OpenAI's shape, with the name under which the log has it."""
    kind = "rate_limit_error" if status == 429 else "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code, "request_id": request_id.get()}}


def answer(error: SpeechError) -> JSONResponse:
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, ServiceError) and error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, InferenceFailed | DeadlineExceeded):
        headers["x-should-retry"] = "false"  # the same audio fails again
    if isinstance(error, InvalidApiKey):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(envelope(str(error), status, error.code, error.param), status, headers)


def install(app: FastAPI) -> None:
    """Handlers for our own faults, FastAPI's, and those that nobody foresaw."""
    app.add_exception_handler(SpeechError, _speech)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def _speech(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SpeechError)
    return answer(error)


def _validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    param = str(first["loc"][-1])
    if param in ("file", "audio_file"):
        return answer(MissingFile())
    reason = first["msg"][:1].lower() + first["msg"][1:]
    return answer(UnreadableParameter(param, first.get("input", ""), reason))


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "bad_request")
    return JSONResponse(envelope(str(error.detail), error.status_code, code), error.status_code, error.headers)


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse(envelope("Something went wrong here. The log has the details.", 500, "internal"), 500)
