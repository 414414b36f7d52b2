"""The log: what a line holds, and what it does not."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context

import pytest

from serving.logs import Handler, LogOptions, Printed, Sampler
from speech.errors import StorageUnavailable

request: ContextVar[str | None] = ContextVar("request", default=None)


class Said(io.StringIO):
    """What was written, line by line."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def log(said: Said) -> Iterator[logging.Logger]:
    yield from logging_to(said, LogOptions())


def logging_to(said: Said, options: LogOptions) -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.serving")
    handler = Handler(options, request.get, said)
    logger.propagate = False
    logger.setLevel(options.level)
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def test_a_line_has_its_request_even_in_a_thread_that_works_for_it(log: logging.Logger, said: Said) -> None:
    context = copy_context()
    context.run(request.set, "abc123")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(context.run, log.info, "heard %d clips", 3, extra={"seconds": 0.12345}).result()
        pool.submit(log.info, "nobody's").result()
    first, second = said.lines
    assert first.endswith("INFO tests.serving: heard 3 clips request_id=abc123 seconds=0.1235")
    assert second.endswith("INFO tests.serving: nobody's")


def test_a_line_of_json_can_be_read(said: Said) -> None:
    for log in logging_to(said, LogOptions(format="json")):
        log.warning("so and\nso", extra={"code": "queue_full", "caller": ""})
        try:
            raise StorageUnavailable()
        except StorageUnavailable:
            log.exception("the janitor stumbled")
    first, second = map(json.loads, said.lines)
    assert (first["level"], first["message"], first["code"]) == ("WARNING", "so and\\nso", "queue_full")
    assert "caller" not in first
    assert second["exception"].endswith(f"StorageUnavailable: {StorageUnavailable()}")


def test_no_value_can_begin_a_line_of_its_own(log: logging.Logger, said: Said) -> None:
    log.info("asked for %s", "a\nforged line", extra={"route": "/x\nforged too", "name2": 'a "b" c'})
    assert len(said.lines) == 1


@pytest.mark.parametrize("kind", [ValueError, KeyError, UnicodeError])
def test_what_an_exception_says_is_only_written_at_debug(said: Said, kind: type[Exception]) -> None:
    for level in ("INFO", "DEBUG"):
        for log in logging_to(said, LogOptions(level=level)):
            try:
                raise kind("canary.wav")
            except Exception:
                log.exception("failed")
        assert kind.__name__ in said.getvalue()
        assert "test_logs.py" in said.getvalue()
        assert ("canary" in said.getvalue().replace('raise kind("canary.wav")', "")) == (level == "DEBUG")
        said.truncate(0)


def test_a_fault_of_the_machine_is_told_without_the_file_it_met(log: logging.Logger, said: Said) -> None:
    try:
        try:
            raise FileNotFoundError(2, "No such file or directory", "/tmp/canary")
        except OSError as fault:
            raise RuntimeError("CUDA error: device-side assert triggered") from fault
    except RuntimeError:
        log.exception("failed")
    assert "FileNotFoundError: No such file or directory" in said.lines
    assert said.lines[-1] == "RuntimeError: CUDA error: device-side assert triggered"


def test_what_asyncio_says_of_an_exception_is_left_out(said: Said) -> None:
    logger = logging.getLogger("asyncio")
    handler = Handler(LogOptions(), request.get, said)
    logger.addHandler(handler)
    logger.error("Task exception was never retrieved\nfuture: <Task exception=ValueError('canary')>")
    logger.removeHandler(handler)
    assert said.lines[0].endswith("asyncio: Task exception was never retrieved")
    assert "canary" not in said.getvalue()


def test_a_traceback_that_a_library_prints_is_announced_and_shown_at_debug(
    said: Said, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", Printed(said))
    with caplog.at_level(logging.INFO, "stderr"):
        print("Traceback (most recent call last):\n  canary", file=sys.stderr)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "canary" not in caplog.text
    with caplog.at_level(logging.DEBUG, "stderr"):
        print("canary", file=sys.stderr)
    assert "canary" in caplog.text


def refusal(code: str = "queue_full", name: str = "earshot.access") -> logging.LogRecord:
    record = logging.LogRecord(name, logging.INFO, "", 0, "refused", (), None)
    record.code = code
    return record


def test_many_refusals_of_a_kind_are_counted_instead_of_written() -> None:
    sampler = Sampler(alike=3, window=10.0)
    assert [sampler.takes(refusal(), 0.0) for _ in range(5)] == [True] * 3 + [False] * 2
    assert sampler.takes(refusal("rate_limited"), 1.0)
    assert not list(sampler.left_out(9.0))
    assert [(left.kind, left.count) for left in sampler.left_out(10.0)] == [("queue_full", 2)]
    assert sampler.takes(refusal(), 11.0)


def test_answers_that_are_no_refusals_are_all_written() -> None:
    sampler = Sampler(alike=1, window=10.0)
    assert all(sampler.takes(refusal(code=""), 0.0) for _ in range(50))


def test_a_flood_leaves_a_few_lines_and_a_number(log: logging.Logger, said: Said) -> None:
    for _ in range(10_000):
        log.info("refused", extra={"code": "missing_file", "status": 400})
    assert len(said.lines) == LogOptions().alike
    next(handler for handler in log.handlers if isinstance(handler, Handler)).close()
    assert said.lines[-1].endswith("9980 more like it (missing_file)")
