"""Faults as HTTP: one table of statuses, one envelope for every answer that is not a success."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect

from speech.errors import (
    AudioError,
    AudioTooLong,
    BadJson,
    BodyTooLarge,
    Cancelled,
    CheckpointError,
    DeadlineExceeded,
    FileTooLarge,
    FilmTooLarge,
    HostNotAllowed,
    InferenceFailed,
    InvalidApiKey,
    JobChanged,
    JobUnfinished,
    MalformedMultipart,
    MissingFile,
    OriginNotAllowed,
    PathNotAllowed,
    QueueFull,
    RateLimited,
    RequestError,
    ServiceError,
    SlowRequest,
    SoundGone,
    SpeechError,
    StorageFull,
    TooManyFiles,
    TooManyParts,
    UnknownJob,
    UnknownModel,
    UnreadableParameter,
    WrongContentType,
    storage_fault,
)

log = logging.getLogger(__name__)

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)  # the guard gives each request one

# The first class that fits counts. 408, 409, 429 and 5xx make OpenAI's clients upload the file again, so bad audio is 400.
STATUSES: tuple[tuple[type[SpeechError], int], ...] = (
    (FileTooLarge, 413),
    (BodyTooLarge, 413),
    (AudioTooLong, 413),
    (FilmTooLarge, 413),
    (UnknownModel, 404),
    (UnknownJob, 404),
    (SoundGone, 410),
    (JobUnfinished, 409),
    (JobChanged, 409),
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
LARGEST_FIELD = 100_000  # bytes of a form's field that is no file: it is kept in memory
MOST_FIELDS = 100

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
    app.add_exception_handler(OSError, _storage)
    app.add_exception_handler(Exception, _unforeseen)


def _speech(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SpeechError)
    request.state.code = error.code  # for the guard's line in the log
    return answer(error)


def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    param = str(first["loc"][-1])
    if first["type"] == "json_invalid":
        return _speech(request, BadJson())
    if param in ("file", "audio_file"):
        return _speech(request, MissingFile())
    reason = first["msg"][:1].lower() + first["msg"][1:]
    return _speech(request, UnreadableParameter(param, first.get("input", ""), reason))


def _http(request: Request, error: Exception) -> JSONResponse:
    """Starlette's own refusals; those of a body that could not be read by what went wrong in it."""
    assert isinstance(error, HTTPException)
    cause = error.__cause__ or error.__context__
    if error.status_code == 400 and (fault := _of_a_body(cause)):
        return _speech(request, fault)
    if error.status_code == 400 and isinstance(cause, OSError):
        return _storage(request, cause)
    code = request.state.code = CODES.get(error.status_code, "bad_request")
    return JSONResponse(envelope(str(error.detail), error.status_code, code), error.status_code, error.headers)


def _of_a_body(cause: BaseException | None) -> SpeechError | None:
    """What kept a body from being read. Starlette tells its faults by their sentences alone (formparsers.py, 1.10)."""
    if isinstance(cause, SpeechError):
        return cause
    if isinstance(cause, ClientDisconnect):
        return Cancelled()
    if isinstance(cause, RecursionError | UnicodeDecodeError):
        return BadJson()
    if not isinstance(cause, MultiPartException):
        return None
    known = (
        ("Too many files", TooManyFiles()),
        ("Too many fields", TooManyParts(MOST_FIELDS)),
        ("exceeded maximum size", BodyTooLarge(LARGEST_FIELD)),
    )
    return next((fault for words, fault in known if words in cause.message), MalformedMultipart())


def _storage(request: Request, error: Exception) -> JSONResponse:
    """The disk's faults; what else a system can fail at is as unforeseen as ever."""
    assert isinstance(error, OSError)
    if (fault := storage_fault(error)) is None:
        return _unforeseen(request, error)
    log.error("temporary files cannot be written", exc_info=error)
    return _speech(request, fault)


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    request.state.code = "internal"
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return unforeseen()


def unforeseen() -> JSONResponse:
    return JSONResponse(envelope("Something went wrong here. The log has the details.", 500, "internal"), 500)
