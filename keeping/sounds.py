"""The sounds of jobs: a file of ours for each under the job's id, and beside it what was made of it for players."""

from __future__ import annotations

import os
import shutil
from collections.abc import Set
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PLAYED = 3600.0  # s that what was made for players is kept: it is made again where it is asked for
PIECE = 1 << 20  # bytes that are copied at once


class Sounds:
    """Files in one folder. Knows nothing of what a job is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, id: str) -> Path:
        """The file as it was sent."""
        return self._folder / id

    def wav(self, id: str) -> Path:
        return self._folder / f"{id}.wav"

    def peaks(self, id: str) -> Path:
        return self._folder / f"{id}.peaks"

    def keep(self, id: str, file: BinaryIO) -> None:
        """A copy, for nobody else to read. Raises OSError."""
        made = os.open(self.of(id), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(made, "wb") as kept:  # noqa: PTH123
            shutil.copyfileobj(file, kept, PIECE)

    def remove(self, id: str) -> None:
        """All that is of that job."""
        for path in self._folder.glob(f"{id}*"):
            with suppress(OSError):
                path.unlink()

    def remove_others(self, known: Set[str]) -> None:
        """All that is of no job among these. Raises OSError."""
        for path in self._folder.iterdir():
            if path.name.split(".")[0] not in known:
                path.unlink(missing_ok=True)

    def sweep(self, now: float) -> None:
        """What was made for players, and lies long enough. `now` s since the epoch."""
        for path in [*self._folder.glob("*.wav"), *self._folder.glob("*.peaks")]:
            with suppress(OSError):
                if path.stat().st_mtime < now - PLAYED:
                    path.unlink()
