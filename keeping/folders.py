"""Folders of the server whose files may be heard where they lie. Who asks knows names below them, and no paths."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from speech.errors import FolderPathNotAllowed
from speech.folder import audio_files, may_be_audio
from speech.jobs import FolderFile, Listing

MOST = 10_000  # files that are listed


class Folders:
    """Each is known by its own name; the second of the same name is NAME-2."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots: dict[str, Path] = {}
        for root in roots:
            name, number = root.name or "root", 2
            while name in self._roots:
                name, number = f"{root.name}-{number}", number + 1
            self._roots[name] = root

    def listing(self, most: int = MOST) -> Listing:
        found: list[FolderFile] = []
        for name, root in self._roots.items():
            for path in audio_files(root):
                with suppress(OSError, UnicodeEncodeError):  # gone since, or a name that no JSON can say
                    shown = PurePosixPath(name, path.relative_to(root)).as_posix()
                    shown.encode()
                    if path.is_file():
                        found.append(FolderFile(shown, path.stat().st_size))
                if len(found) > most:
                    return Listing(tuple(found[:most]), whole=False)
        return Listing(tuple(found))

    def find(self, name: str) -> Path:
        """The file of a name that `listing` may give. Raises FolderPathNotAllowed for everything else."""
        first, _, rest = name.partition("/")
        root, parts = self._roots.get(first), rest.split("/")
        if root is None or "\0" in name or any(not part or part.startswith(".") for part in parts):
            raise FolderPathNotAllowed()
        path = root.joinpath(*parts)
        try:
            home, end = root.resolve(), path.resolve(strict=True)
            allowed = end.is_relative_to(home) and may_be_audio(path, home)
        except (OSError, RuntimeError, ValueError) as fault:
            raise FolderPathNotAllowed() from fault
        if not allowed:
            raise FolderPathNotAllowed()
        return end
