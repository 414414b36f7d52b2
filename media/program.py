"""The ffmpeg program: found, started in its cage, fed and read, and ended. Knows nothing of what it is told to do."""

from __future__ import annotations

import json
import logging
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from speech.errors import FfmpegMissing

log = logging.getLogger(__name__)

CAGE = Path(__file__).parent / "cage.py"
LOOK = 0.25  # s between two looks at whether the outcome is still wanted
STALL = 60.0  # s without a byte in or out after which it counts as hung
PIECE = 1 << 16  # bytes, what a pipe holds
TAIL = 4000  # bytes of its complaints that are kept
HUNG, UNBORN = 1000, 1001  # in the place of a status
QUIET = ("-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "error")


class Failed(Exception):
    """It ended badly, or hangs. `complaints`, the end of them, are for logs and never for callers: a file speaks through them."""

    def __init__(self, status: int, complaints: str) -> None:
        super().__init__(f"status {status}: {complaints}")
        self.status, self.complaints = status, complaints


@dataclass(frozen=True, slots=True)
class Bounds:
    """`memory` of address space and `largest` of a file in bytes, `seconds` of processor time, `files` open at once.

    In `folder` it works and may write; `readable` is all else that it may open, beside its own libraries.
    """

    memory: int = 2 * 2**30
    largest: int = 1_000_000
    seconds: int = 3600
    files: int = 64
    folder: str = "/"
    readable: tuple[str, ...] = ()

    def written(self, parent: int) -> str:
        """As the cage reads them."""
        folder = "" if self.folder == "/" else self.folder
        return json.dumps([self.memory, self.largest, self.seconds, self.files, folder, self.readable, parent])


@dataclass(slots=True)
class Running:
    """A program at work, and the end of what it has complained of so far."""

    process: subprocess.Popen[bytes]
    complaints: bytes = b""


@cache
def program() -> str:
    """Where it lies. Raises FfmpegMissing."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as fault:  # all else works without it
        raise FfmpegMissing() from fault


@contextmanager
def running(
    arguments: Sequence[str],
    bounds: Bounds,
    *,
    fed: bool = False,
    given: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Killed where it has not ended by itself. `given`: descriptors that it may use. Raises FfmpegMissing or Failed.

    `fed`: it gets a stdin, and ends with that. One that gets none ends with the thread that starts it: such a one must stay.
    """
    parent = 0 if fed else os.getpid()
    caged = [sys.executable, "-I", "-S", str(CAGE), bounds.written(parent), program(), *QUIET, *arguments]
    try:
        process = subprocess.Popen(
            caged,
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=given,
            cwd=bounds.folder,
            env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2", **(environment or {})},
            start_new_session=True,  # Ctrl+C is for the server
        )
    except OSError as fault:  # no process or descriptor is left
        raise Failed(UNBORN, str(fault)) from fault
    with process:
        try:
            yield Running(process)
        finally:
            process.kill()


@contextmanager
def private_folder() -> Iterator[Path]:
    """Empty, ours alone, and gone in the end."""
    with tempfile.TemporaryDirectory(prefix="earshot-media-") as made:
        yield Path(made)


def outcome(running: Running, heed: Callable[[], None]) -> bytes:
    """All that it writes, where it ends well. Raises Failed, and whatever `heed` raises."""
    return b"".join(flow(running, iter(()), heed))


def flow(running: Running, pieces: Iterator[bytes], heed: Callable[[], None]) -> Iterator[bytes]:
    """Pieces in, whatever comes out; in one thread, with no more in hand than the pipes hold.

    `heed` is called at every step and every LOOK. Raises what it raises, and Failed.
    """
    with _Exchange(running, pieces) as exchange:
        moved = time.monotonic()
        while exchange.open:
            heed()
            got = exchange.step()
            if got is None and time.monotonic() - moved > STALL:
                raise Failed(HUNG, running.complaints.decode(errors="replace").strip())
            if got is not None:
                moved = time.monotonic()
            if got:
                yield got
        if status := running.process.wait():
            raise Failed(status, running.complaints.decode(errors="replace").strip())


class _Exchange:
    """The three pipes of a process."""

    def __init__(self, running: Running, pieces: Iterator[bytes]) -> None:
        process, self._running = running.process, running
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._pieces, self._rest = pieces, memoryview(b"")
        self._ready = selectors.DefaultSelector()

    def __enter__(self) -> _Exchange:
        for pipe, event in (
            (self._stdout, selectors.EVENT_READ),
            (self._stderr, selectors.EVENT_READ),
            (self._stdin, selectors.EVENT_WRITE),
        ):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                self._ready.register(pipe, event)
        return self

    def __exit__(self, *_: object) -> None:
        self._ready.close()

    @property
    def open(self) -> bool:
        return bool(self._ready.get_map())

    def step(self) -> bytes | None:
        """What came out, nothing where only something went in, None where nothing moved."""
        came, moved = b"", False
        for key, _ in self._ready.select(LOOK):
            moved = True
            if key.fileobj is self._stdin:
                self._feed(key.fd)
            elif key.fileobj is self._stdout:
                came = self._read(key.fd, self._stdout)
            else:
                self._running.complaints = (self._running.complaints + self._read(key.fd, self._stderr))[-TAIL:]
        return came if moved else None

    def _feed(self, pipe: int) -> None:
        self._rest = self._rest or memoryview(next(self._pieces, b""))
        try:
            if not self._rest:
                raise BrokenPipeError
            self._rest = self._rest[os.write(pipe, self._rest) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:  # all is said, or nobody listens any more; why, its status tells
            self._shut(self._stdin)

    def _read(self, pipe: int, stream: IO[bytes] | None) -> bytes:
        got = os.read(pipe, PIECE)
        if not got:
            self._shut(stream)
        return got

    def _shut(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        self._ready.unregister(stream)
        stream.close()
