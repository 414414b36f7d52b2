"""Any open file as a descriptor that another process may read. Knows nothing of sound."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def readable(file: Path | BinaryIO) -> Iterator[int]:
    """A descriptor for `file`, from its start, that is closed in the end; `file` stays open. Raises OSError.

    What lies in memory is copied into a file without a name; what lies on a disk is not copied.
    """
    if isinstance(file, Path):
        with file.open("rb", buffering=0) as opened:
            yield opened.fileno()
        return
    own = _descriptor(file)
    found = _copied(file) if own is None else _reopened(own)
    try:
        yield found
    finally:
        os.close(found)


def rewinds(descriptor: int) -> bool:
    """Whether it can be read a second time."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _descriptor(file: BinaryIO) -> int | None:
    """The file's own, if what it gives is what lies there: a GzipFile has one too, but of what is still packed."""
    if isinstance(file, tempfile.SpooledTemporaryFile):
        return None if file.name is None else file.fileno()  # without a name it is in memory, and fileno would write it out
    opened = getattr(file, "raw", file)
    if isinstance(opened, io.FileIO):
        file.flush()
        return opened.fileno()
    return None


def _reopened(descriptor: int) -> int:
    """To be read only, and from a place of its own: a broken decoder can neither shorten the file nor move in it."""
    with suppress(OSError):
        if rewinds(descriptor):
            return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    again = os.dup(descriptor)
    if rewinds(again):
        os.lseek(again, 0, os.SEEK_SET)
    return again


def _copied(file: BinaryIO) -> int:
    if file.seekable():
        file.seek(0)
    copy = _nameless()
    try:
        with os.fdopen(copy, "wb", closefd=False) as writer:
            shutil.copyfileobj(file, writer, 1 << 20)
        os.lseek(copy, 0, os.SEEK_SET)
    except BaseException:
        os.close(copy)
        raise
    return copy


def _nameless() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("audio")
    with tempfile.TemporaryFile() as made:  # where memory has no files (macOS)
        return os.dup(made.fileno())
