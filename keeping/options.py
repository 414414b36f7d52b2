"""What jobs may cost, and for how long they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

DAY = 24 * 3600.0  # s


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Nobody is called where there are no hosts."""

    hosts: tuple[str, ...] = ()  # names that may be called, each with a port where it is not the usual one
    secret: bytes = field(default=b"", repr=False)
    timeout: float = 10.0  # s
    pauses: tuple[float, ...] = (2.0, 10.0)  # s before the second try and the third


@dataclass(frozen=True, slots=True)
class KeepingOptions:
    home: Path  # a folder of our own
    waiting: int = 1000  # jobs that may wait or run
    per_owner: int = 500  # of these, jobs of one owner with a name
    bytes: int = 20_000_000_000  # of all sounds that are kept
    sound: float = DAY  # s that a sound is kept after its job has ended; 0: it goes with the end
    text: float = 7 * DAY  # s that a job with its transcript is kept after its end
    at_once: int = 2  # jobs that run
    upload: int = 500_000_000  # bytes of one file
    sweep: float = 60.0  # s between two looks for what was kept long enough
    folders: tuple[Path, ...] = ()  # whose files may be heard where they lie
    webhook: WebhookOptions = field(default_factory=WebhookOptions)
