"""The video on the page, with the captions that the page shows: as a person has corrected them, not as they were heard.

It may take hours, and neither a browser nor a proxy waits so long for a silent answer: the page is told every second how far it
is, a line of JSON each, and fetches the film when it is there.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from speech.calls import Call, call_in
from speech.errors import InvalidParameter, MissingFile, SpeechError
from speech.films import Captioner, Captions, Film, HowFar
from speech.labels import Labels
from speech.transcriber import Transcriber

from . import present
from .exports import Shown, transcript
from .intake import Intake
from .samples import Sample
from .unforeseen import Unforeseen
from .uploads import choose

log = logging.getLogger(__name__)

PATH = "/console/film"
DONE = PATH + "/{token}"
PACE = 1.0  # s between two lines at most
KEPT, MOST = 600.0, 4  # s that a film waits to be fetched, and how many of one caller do: the oldest goes

News = float | Film | SpeechError  # seconds that are done, and how it ended


class Wanted(BaseModel):
    """`source` as the source widget says it, `shown` as the page shows it."""

    source: dict[str, str | int]
    shown: Shown
    mode: Captions = Captions.SOFT
    labels: str


@dataclass(frozen=True, slots=True)
class Made:
    """A film that waits for its page, and only for that one."""

    film: Film
    name: str
    caller: str
    timer: threading.Timer  # forgets it


class Films:
    def __init__(
        self,
        captioner: Captioner,
        transcriber: Transcriber,
        intake: Intake,
        samples: Sequence[Sample],
        styles: Mapping[str, Labels],
    ) -> None:
        self._captioner, self._transcriber = captioner, transcriber
        self._intake, self._samples, self._styles = intake, samples, styles
        self._made: dict[str, Made] = {}

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        app.add_api_route(PATH, self.make, methods=["POST"], include_in_schema=False, response_model=None)
        app.add_api_route(DONE, self.fetch, methods=["GET"], include_in_schema=False, response_model=None)

    def make(self, wanted: Wanted, request: Request) -> StreamingResponse:
        """Lines: {"seconds"} that are done, in the end {"film"}, by which it is fetched, or {"error"}. Raises SpeechError.

        Ends early where the page has left.
        """
        if wanted.labels not in self._styles:
            raise InvalidParameter("labels", wanted.labels, self._styles)
        source = {key: value for key, value in wanted.source.items() if key != "turn"}
        choice = choose(source, self._samples, self._intake.find)
        call = call_in(request.scope.get("state", {}))
        self._transcriber.vet(choice.path, call)
        self._captioner.check(choice.path, call)
        shown, labels = transcript(wanted.shown), self._styles[wanted.labels]

        def film(how_far: HowFar) -> Film:
            return self._captioner.caption(choice.path, shown, labels, wanted.mode, call, how_far)

        lines = self._lines(film, choice.name, call)
        return StreamingResponse(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})

    def fetch(self, token: str, request: Request) -> StreamingResponse:
        """Once. Raises MissingFile."""
        made = self._made.get(token)
        if made is None or made.caller != call_in(request.scope.get("state", {})).caller or not self._made.pop(token, None):
            raise MissingFile()
        made.timer.cancel()
        film = made.film
        return StreamingResponse(film.pieces(), media_type=film.media_type, headers=film.headers(made.name))

    def _lines(self, make: Callable[[HowFar], Film], name: str, call: Call) -> Iterator[str]:
        """The film is made in a thread of its own, which ends soon after the page has left."""
        news: SimpleQueue[News] = SimpleQueue()
        threading.Thread(target=_work, args=(make, news), name="film", daemon=True).start()
        told: News = 0.0
        while isinstance(told, float):
            yield _line(seconds=round(told, 1))
            told = _next(news, told)
        if isinstance(told, Film):
            yield _line(film=self._keep(told, name, call.caller))
        else:
            yield _line(error=present.failure(told))

    def _keep(self, film: Film, name: str, caller: str) -> str:
        own = [token for token, made in self._made.copy().items() if made.caller == caller]
        for oldest in own[: 1 - MOST]:
            self._forget(oldest)
        token = secrets.token_urlsafe(24)
        timer = threading.Timer(KEPT, self._forget, [token])
        timer.daemon = True
        self._made[token] = Made(film, name, caller, timer)
        timer.start()
        return token

    def _forget(self, token: str) -> None:
        if made := self._made.pop(token, None):
            made.timer.cancel()
            made.film.file.close()


def _work(make: Callable[[HowFar], Film], news: SimpleQueue[News]) -> None:
    try:
        news.put(make(news.put))
    except SpeechError as fault:
        news.put(fault)
    except Exception:
        unforeseen = Unforeseen()
        log.exception("a film failed (%s)", unforeseen.reference)
        news.put(unforeseen)


def _next(news: SimpleQueue[News], known: News) -> News:
    """What is known is said again where nothing comes: the connection must not fall silent."""
    try:
        return news.get(timeout=PACE)
    except Empty:
        return known


def _line(**told: object) -> str:
    return json.dumps(told) + "\n"
