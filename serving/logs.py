"""The log: a line an event, of words or of JSON, with the request it belongs to.

What users said, called their files or sent as a key stays out of it. Whatever an exception says may hold such things, so above
DEBUG only the kind of an exception is written, where it was raised, and the words of those that speak of the machine alone.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, TextIO

from speech.errors import ServiceError

log = logging.getLogger(__name__)
printed = logging.getLogger("stderr")

RequestId = Callable[[], str | None]
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "request_id", "taskName"}
WORDS_OF = (ServiceError, RuntimeError)  # torch's and CUDA's faults are RuntimeErrors; ServiceErrors are our own sentences
QUIET = {"httpx": logging.WARNING, "httpcore": logging.WARNING}  # httpx prints signed download addresses


@dataclass(frozen=True, slots=True)
class LogOptions:
    level: str = "INFO"
    format: Literal["text", "json"] = "text"
    alike: int = 20  # repeated refusals or faults of one kind that are written in `window` s
    window: float = 10.0


def install(options: LogOptions, request_id: RequestId, stream: TextIO | None = None) -> None:
    """All loggers of the process write to `stream`, stderr unless told, in one way. uvicorn is to be run with log_config=None."""
    behind = stream or sys.stderr
    handler = Handler(options, request_id, behind)
    sys.stderr = Printed(behind)
    logging.basicConfig(level=options.level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: log.critical("the process failed", exc_info=(kind, error, trace))
    threading.excepthook = lambda died: log.error("a thread died", exc_info=died.exc_value)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


class Printed(io.TextIOBase):
    """Stands for stderr, on which libraries print tracebacks with all they say: at DEBUG they are lines of the log."""

    def __init__(self, behind: TextIO) -> None:
        self._behind, self._begun = behind, ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            printed.debug("%s", line)
            if line.startswith("Traceback"):
                printed.warning("a library printed a traceback, which is shown at EARSHOT_LOG_LEVEL=DEBUG")
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._behind.fileno()


class Handler(logging.StreamHandler[TextIO]):
    """Writes lines, and of many that are alike a few and how many were left out."""

    def __init__(self, options: LogOptions, request_id: RequestId, stream: TextIO) -> None:
        super().__init__(stream)
        self._sampler = Sampler(options.alike, options.window)
        self._request_id = request_id
        whole = logging.getLevelName(options.level) <= logging.DEBUG
        self.setFormatter(JsonFormatter(whole) if options.format == "json" else TextFormatter(whole))

    def emit(self, record: logging.LogRecord) -> None:
        """Called with the handler's lock."""
        if not _is_expected(record):
            record.request_id = self._request_id()
            taken = self._sampler.takes(record, time.monotonic())
            self._tell(self._sampler.left_out(time.monotonic()))
            if taken:
                super().emit(record)

    def close(self) -> None:
        if not self.stream.closed:
            self._tell(self._sampler.left_out(float("inf")))
        super().close()

    def _tell(self, left: Iterator[Left]) -> None:
        for each in left:
            record = logging.LogRecord(each.logger, each.level, "", 0, "%d more like it (%s)", (each.count, each.kind), None)
            record.request_id = None
            super().emit(record)


def _is_expected(record: logging.LogRecord) -> bool:
    """uvicorn logs as a fault that an answer was broken off, which is how the server ends those that are left."""
    import asyncio

    return bool(record.exc_info) and isinstance(record.exc_info[1], asyncio.CancelledError)  # type: ignore[index]


# --- sampling ---


@dataclass(frozen=True, slots=True)
class Left:
    """Lines of one kind that were not written."""

    logger: str
    level: int
    kind: str
    count: int


@dataclass(slots=True)
class _Window:
    ends: float
    level: int
    seen: int = 0


class Sampler:
    """Lets pass `alike` lines of a kind in each `window` s. A kind is a logger with a fault's code, or with its words.

    Lines below WARNING without a code are no refusals: all of them pass.
    """

    def __init__(self, alike: int, window: float) -> None:
        self._alike, self._window = alike, window
        self._windows: dict[tuple[str, str], _Window] = {}

    def takes(self, record: logging.LogRecord, now: float) -> bool:
        kind = _kind(record)
        if not kind:
            return True
        window = self._windows.setdefault((record.name, kind), _Window(now + self._window, record.levelno))
        window.seen += 1
        return window.seen <= self._alike or now >= window.ends

    def left_out(self, now: float) -> Iterator[Left]:
        """Of the windows that have ended; they are forgotten."""
        for (logger, kind), window in [item for item in self._windows.items() if now >= item[1].ends]:
            del self._windows[logger, kind]
            if (count := window.seen - self._alike) > 0:
                yield Left(logger, window.level, kind, count)


def _kind(record: logging.LogRecord) -> str:
    """Empty where the record tells of no refusal and no fault."""
    if code := getattr(record, "code", ""):
        return str(code)
    if (status := getattr(record, "status", 0)) >= 400:
        return f"{status} {getattr(record, 'route', '')}"
    return str(record.msg)[:80] if record.levelno >= logging.WARNING else ""


# --- formats ---


class _Formatter(logging.Formatter):
    """`whole`: exceptions with all they say."""

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self._whole = whole

    def formatException(self, ei: Raised) -> str:  # noqa: N802
        if self._whole or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(_chain(ei[1]))

    def message(self, record: logging.LogRecord) -> str:
        """asyncio puts what an exception says into its own words, below the first line."""
        lines = record.getMessage().strip().splitlines()
        shown = lines[:1] if record.name == "asyncio" and not self._whole else lines
        return "\\n".join(shown)  # no request can begin a line of its own


class TextFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_plain(value)}" for name, value in _fields(record))
        line = f"{_time(record)} {record.levelname} {record.name}: {self.message(record)}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message(record),
            **dict(_fields(record)),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    """The request, then what the record carries beside its words."""
    if request_id := getattr(record, "request_id", None):
        yield "request_id", request_id
    yield from ((name, value) for name, value in vars(record).items() if name not in KNOWN and value != "")


def _plain(value: object) -> str:
    """One word, or quoted as JSON: no value can begin a line of its own."""
    text = str(round(value, 4) if isinstance(value, float) else value)
    return text if text.isascii() and text.isprintable() and text and not set(text) & set(' "=') else json.dumps(text)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _chain(error: BaseException) -> Iterator[str]:
    """As Python prints it, the cause first, without what may be a user's."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__qualname__}{_words(error)}"


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return f": {os.strerror(error.errno)}"
    return f": {error}" if isinstance(error, WORDS_OF) else ""
