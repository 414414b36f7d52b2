"""The one folder in which this process keeps files while it runs: uploads, spooled bodies, sounds and exports of the console.

It is nobody else's to read, and gone when the process ends. Beside it lies a lock that the process holds: at its start each
sweeps what others left behind that were killed. A janitor removes what is older than it may be; what is open stays.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from speech.errors import StorageUnavailable

log = logging.getLogger(__name__)

PREFIX, LOCK = "earshot-", ".lock"
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """`console`: s that uploads, sounds and exports of the console stay. `stray`: s that all else may lie unopened."""

    console: float = 3600.0
    stray: float = 600.0
    every: float = 60.0  # s between two looks


class Storage:
    """Used within `held`. Any thread may call what it offers."""

    def __init__(self, parent: Path, options: StorageOptions | None = None) -> None:
        self._options = options or StorageOptions()
        self.folder = parent / f"{PREFIX}{secrets.token_hex(8)}"
        self._lock = FileLock(self.folder.with_suffix(LOCK), thread_local=False)
        self._ended = threading.Event()

    @property
    def console(self) -> Path:
        """Where the console's files lie."""
        return self.folder / "console"

    def begin(self) -> None:
        """Raises StorageUnavailable."""
        self._ended.clear()
        sweep(self.folder.parent)
        self.ensure()
        threading.Thread(target=self._look_after, name="janitor", daemon=True).start()

    def end(self) -> None:
        """Nothing is left. May be called more than once, and from a signal handler."""
        self._ended.set()
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            Path(self._lock.lock_file).unlink()

    def ensure(self) -> None:
        """Some microseconds where all is well; a folder that somebody removed is made anew. Raises StorageUnavailable."""
        if not self._usable():
            self._make()

    def _usable(self) -> bool:
        return os.access(self.console, os.W_OK | os.X_OK) and os.access(self.folder, os.W_OK | os.X_OK)

    def _make(self) -> None:
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._hold()
            for folder in (self.folder, self.console):
                folder.mkdir(mode=0o700, exist_ok=True)
        except (OSError, Timeout) as fault:
            log.error("%s cannot be used", self.folder, exc_info=fault)
            raise StorageUnavailable() from fault
        if not self._usable():
            log.error("%s cannot be written", self.folder)
            raise StorageUnavailable()

    def _hold(self) -> None:
        """The lock, again where somebody removed its file."""
        if self._lock.is_locked and not Path(self._lock.lock_file).exists():
            self._lock.release(force=True)
        if not self._lock.is_locked:
            self._lock.acquire(timeout=5)  # a sweeper may be looking whether it is held

    def _look_after(self) -> None:
        while not self._ended.wait(self._options.every):
            try:
                self.ensure()
                self.tidy(time.time())
            except StorageUnavailable:  # readiness says so
                pass
            except OSError:  # what is removed while one looks at it
                log.exception("the janitor stumbled")

    def tidy(self, now: float) -> None:
        """Removes what is too old and not open, then folders that are empty. `now` s since the epoch."""
        opened = in_use(self.folder)
        for path in sorted(self.folder.rglob("*"), reverse=True):  # what lies in a folder before the folder
            with suppress(OSError):
                about = path.lstat()
                age = now - max(about.st_mtime, about.st_ctime)
                if stat.S_ISDIR(about.st_mode):
                    if path != self.console and age > self._options.stray:
                        path.rmdir()  # only an empty one can be removed so
                elif stat.S_ISREG(about.st_mode) and age > self._lifetime(path) and path not in opened:
                    path.unlink()

    def _lifetime(self, path: Path) -> float:
        return self._options.console if path.is_relative_to(self.console) else self._options.stray


@contextmanager
def held(storage: Storage) -> Iterator[Storage]:
    """While it lasts, all temporary files of this process and its children lie in the storage. Raises StorageUnavailable."""
    before = {name: os.environ.get(name) for name in ("TMPDIR", "GRADIO_TEMP_DIR")}
    storage.begin()
    os.environ |= {"TMPDIR": str(storage.folder), "GRADIO_TEMP_DIR": str(storage.console)}
    tempfile.tempdir = str(storage.folder)
    try:
        yield storage
    finally:
        storage.end()
        tempfile.tempdir = None
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def sweep(parent: Path) -> None:
    """Removes the folders of those who no longer hold their locks: only one's own, and no links."""
    for lock_file in parent.glob(f"{PREFIX}*{LOCK}"):
        with suppress(OSError, Timeout):
            about = lock_file.lstat()
            if about.st_uid != os.getuid() or not stat.S_ISREG(about.st_mode):
                continue
            with FileLock(lock_file, timeout=0):
                log.info("removing what a process left behind that was killed")
                shutil.rmtree(lock_file.with_suffix(""), ignore_errors=True)
                lock_file.unlink()


def in_use(folder: Path) -> set[Path]:
    """Files below `folder` that this process or one it started holds open; none where there is no /proc."""
    found: set[Path] = set()
    for process in _family(os.getpid()):
        for descriptor in _listed(PROC / str(process) / "fd"):
            with suppress(OSError):
                path = descriptor.readlink()
                if path.is_relative_to(folder):
                    found.add(path)
    return found


def _family(process: int) -> Iterator[int]:
    """A process and all that it started."""
    yield process
    for task in _listed(PROC / str(process) / "task"):
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it has ended
        return []
