"""Every refusal a request may meet, by code and status: made from the faults themselves, so that no list of them grows old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from speech.errors import CheckpointError, NoGpu, OpenDoor, SpeechError

from .errors import CODES, STATUSES

BEFORE = (CheckpointError, NoGpu, OpenDoor)  # told before the door is open, or as the engine's state


@dataclass(frozen=True, slots=True, order=True)
class Code:
    status: int
    code: str


def codes() -> list[Code]:
    """By their statuses. A code may stand under two of them."""
    ours = {Code(_status(kind), kind.code) for kind in _kinds(SpeechError) if "code" in vars(kind)}
    return sorted(ours | {Code(status, code) for status, code in CODES.items()})


def _kinds(base: type[SpeechError]) -> Iterator[type[SpeechError]]:
    yield base
    for kind in base.__subclasses__():
        if not issubclass(kind, BEFORE):
            yield from _kinds(kind)


def _status(kind: type[SpeechError]) -> int:
    return next((status for known, status in STATUSES if issubclass(kind, known)), 500)
