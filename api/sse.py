"""A transcript as server-sent events, as OpenAI streams them: increments as segments are heard, then all of it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from anyio import to_thread
from pydantic import BaseModel

from speech.calls import Call
from speech.errors import InferenceFailed, SpeechError
from speech.transcriber import Ask, Hearing, Progress, Transcriber
from speech.transcript import Segment, space_between

from .errors import envelope, status_of
from .schemas import LanguageOut, LogprobOut, SpokenOut, StreamedOut

log = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
DONE = "data: [DONE]\n\n"
PING = 10.0  # s of silence after which a comment keeps proxies from hanging up

Step = Progress | Hearing | SpeechError


@dataclass(frozen=True, slots=True)
class Extras:
    """What is told beside the words: the log probability of each token; a segment with its speaker after each delta."""

    logprobs: bool = False
    diarized: bool = False


def frames(listener: Transcriber, file: BinaryIO, ask: Ask, call: Call, extras: Extras) -> AsyncIterator[str]:
    """The body of the answer. What is wrong with the file's beginning is raised here, while a status can still tell it."""
    steps = listener.listen(file, ask, call)
    first = next(steps)
    return _frames(first, steps, call, extras)


async def _frames(step: Step, steps: Iterator[Step], call: Call, extras: Extras) -> AsyncIterator[str]:
    """When whoever reads is gone, so is the work that was not begun."""
    said = Said(extras)
    try:
        while True:
            for event in said.events(step):
                yield event
            if not isinstance(step, Progress):
                break
            coming = asyncio.ensure_future(to_thread.run_sync(_next, steps))
            while not (await asyncio.wait({coming}, timeout=PING))[0]:
                yield ": ping\n\n"
            step = coming.result()
        yield DONE
    finally:
        call.leave()


def _next(steps: Iterator[Step]) -> Step:
    """A fault too is an answer: the status has long been sent."""
    try:
        return next(steps)
    except SpeechError as error:
        return error
    except Exception:
        log.exception("a stream broke off")
        return InferenceFailed()


class Said:
    """All that was said so far: the deltas, joined, are the text at the end."""

    def __init__(self, extras: Extras) -> None:
        self._extras = extras
        self._text = ""
        self._n_segments = 0

    def events(self, step: Step) -> Iterator[str]:
        if isinstance(step, SpeechError):
            yield _event(envelope(str(step), status_of(step), step.code, step.param))
        elif isinstance(step, Hearing):
            yield self._done(step)
        else:
            for segment in step.segments:
                if text := segment.text.strip():
                    yield self._delta(segment, text)
                    if self._extras.diarized:
                        yield _event(SpokenOut.of(self._n_segments, segment).model_dump())
                    self._n_segments += 1

    def _delta(self, segment: Segment, text: str) -> str:
        delta = space_between(self._text, text) + text
        self._text += delta
        value: dict[str, object] = {"type": "transcript.text.delta", "delta": delta}
        if self._extras.diarized:
            value["segment_id"] = SpokenOut.name(self._n_segments)
        if self._extras.logprobs:
            value["logprobs"] = _dumped(LogprobOut.of(token) for token in segment.tokens)
        return _event({**value, "segment": StreamedOut.of(segment).model_dump(exclude_none=True)})

    def _done(self, hearing: Hearing) -> str:
        value: dict[str, object] = {"type": "transcript.text.done", "text": self._text}
        if self._extras.logprobs:
            value["logprobs"] = _dumped(LogprobOut.all_of(hearing.transcript))
        return _event({**value, "languages": _dumped(LanguageOut.all_of(hearing.transcript))})


def _dumped(values: Iterable[BaseModel]) -> list[dict[str, object]]:
    return [value.model_dump() for value in values]


def _event(value: Mapping[str, object]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
