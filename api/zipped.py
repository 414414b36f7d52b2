"""A ZIP that is sent as it is made: nothing of it is kept, however much is in it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath


class _Pipe:
    """What was written since it was last emptied."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """`files` are names that are safe and their content; a second of the same name gets a number."""
    pipe, names = _Pipe(), set[str]()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it writes and never seeks
        for name, content in files:
            archive.writestr(unique(name, names), content)
            yield pipe.taken()
    yield pipe.taken()


def unique(name: str, names: set[str]) -> str:
    """The name, with a number where `names` has it already, in whatever case: a.txt, a-2.txt. It is put to them."""
    path, number, found = PurePosixPath(name), 2, name
    while found.casefold() in names:
        found, number = f"{path.stem}-{number}{path.suffix}", number + 1
    names.add(found.casefold())
    return found
