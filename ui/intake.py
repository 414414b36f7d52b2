"""Files that browsers send. Each lies under a name of ours, and whoever sent it knows a token instead of a path."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from speech.errors import EmptyAudio, MissingFile

from .uploads import Choice, bare

T = TypeVar("T")

PATH = "/console/upload"
NAME = "x-file-name"  # percent-encoded
FOLDER = "uploads"  # below the cache, where no address leads
WRITERS = 4  # files that are written to at once, beside the threads that hear


class Intake:
    """The route and what came by it. `cache` is asked every time: the folder may be made anew."""

    def __init__(self, cache: Callable[[], Path]) -> None:
        self._cache = cache
        self._choices: dict[str, Choice] = {}
        self._writers = CapacityLimiter(WRITERS)

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        app.add_api_route(PATH, self.upload, methods=["POST"], include_in_schema=False, response_model=None)

    async def upload(self, request: Request) -> JSONResponse:
        """The body is the file; nothing of it is left where it breaks off. Raises EmptyAudio, and OSError for a full disk."""
        token = secrets.token_urlsafe(24)
        path = await self._run(self._place, token)
        try:
            size = await self._write(request, path)
            if size == 0:
                raise EmptyAudio()
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
        self._choices[token] = Choice(path, bare(unquote(request.headers.get(NAME, ""))))
        return JSONResponse({"token": token})

    def find(self, token: str) -> Choice:
        """Raises MissingFile for what was never sent, or was removed since."""
        choice = self._choices.get(token)
        if choice is None or not choice.path.is_file():
            raise MissingFile()
        return choice

    async def _write(self, request: Request, path: Path) -> int:
        """Bytes that came."""
        size = 0
        file = await self._run(_open, path)
        try:
            async for chunk in request.stream():
                if chunk:
                    size += await self._run(file.write, chunk)
        finally:
            await self._run(file.close)
        return size

    def _place(self, token: str) -> Path:
        """Where a new file comes to lie; of those that are gone nothing is remembered."""
        for known, choice in list(self._choices.items()):  # other uploads come meanwhile
            if not choice.path.is_file():
                self._choices.pop(known, None)
        folder = self._cache() / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return folder / hashlib.sha256(token.encode()).hexdigest()

    async def _run(self, step: Callable[..., T], *args: object) -> T:
        return await to_thread.run_sync(step, *args, limiter=self._writers)


def _open(path: Path) -> BinaryIO:
    return path.open("xb", buffering=0)
