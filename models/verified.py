"""Remembers the sha256 of files that were read whole, so that 936 MB are read once and not at every start.

A file is the one that was read as long as its path, its size and both of its times are the same: nobody but root can
set the second, which changes with every write. Knows nothing of what a file should be.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from .manifest import sha256_of

log = logging.getLogger(__name__)

LARGE = 100_000_000  # bytes whose reading takes so long that the log says why


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when it was read."""

    size: int  # bytes
    mtime_ns: int
    ctime_ns: int
    sha256: str


class Verified:
    """What is remembered in one folder. Where that cannot be written, every file is read at every start."""

    def __init__(self, home: Path) -> None:
        self._file = home.expanduser() / "verified.json"

    def sha256(self, path: Path) -> str:
        """Of the file's content as it is now."""
        key, known = str(path.resolve()), self._read()
        before = path.stat()
        if key in known and known[key] == _seen(before, known[key].sha256):
            return known[key].sha256
        if before.st_size > LARGE:
            log.info("reading all of %s once, to compare its sha256", path.name)
        digest = sha256_of(path)
        if _seen(path.stat(), digest) == _seen(before, digest):  # nobody wrote meanwhile
            self._write({**known, key: _seen(before, digest)})
        return digest

    def _read(self) -> dict[str, Seen]:
        """Nothing where the file is missing, damaged or of another version: then all is read anew."""
        try:
            entries = json.loads(self._file.read_text("utf-8")).items()
            return {str(path): Seen(**facts) for path, facts in entries}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, seen: Mapping[str, Seen]) -> None:
        """Whole or not at all. Files that are gone are forgotten."""
        kept = {path: asdict(facts) for path, facts in seen.items() if Path(path).is_file()}
        temporary = None
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._file.parent, prefix=".verified-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file, indent=1)
            Path(temporary).replace(self._file)
        except OSError as fault:
            log.info("%s cannot be written (%s): the weights are read whole at every start", self._file, fault.strerror)
            if temporary:
                with suppress(OSError):
                    Path(temporary).unlink()


def _seen(status: os.stat_result, digest: str) -> Seen:
    return Seen(status.st_size, status.st_mtime_ns, status.st_ctime_ns, digest)
