"""What the console is told when it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from speech.films import Captioner
from speech.jobs import Jobs
from speech.labels import DEFAULT_STYLE, STYLES, Labels, style

OFFERED = ("zh", "en", "emoji", "plain")  # "raw" has a tab of its own


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal of the API."""

    code: str
    status: int


@dataclass(frozen=True, slots=True)
class Service:
    """What the API tab tells of the server behind it. What is None is not known, and not told."""

    keyed: bool = False  # whoever asks needs a key
    jobs: bool = False  # there are jobs, and so calls to inspect
    longest: float | None = None  # s of one recording
    waiting: float | None = None  # s of audio in the queue
    requests: int | None = None  # at once
    per_key: int | None = None  # of these, of one key
    rate: int | None = None  # requests a minute of one key
    deadline: float | None = None  # s in which a request must be answered
    film: float | None = None  # s in which a video must be answered with its captions
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """`labels` is the style that is chosen at first: a built-in one by its name, or a table of the user's own."""

    samples: Path | None = None  # a folder with samples.json; may be absent or empty
    labels: str | Labels = DEFAULT_STYLE
    upload: int = 500_000_000  # bytes of one upload
    kept: int = 3600  # s an upload, its sound and its exports stay on disk
    seats: int = 200  # sessions that are remembered at once
    service: Service = field(default_factory=Service)
    captioner: Captioner | None = None  # puts captions into videos, where that is offered
    jobs: Jobs | None = None  # whose recordings are heard again and whose transcripts are corrected, where there are any
    styles: Mapping[str, Labels] = field(init=False)

    def __post_init__(self) -> None:
        """Raises InvalidParameter for a style that does not exist."""
        own = {self.style: self.labels if isinstance(self.labels, Labels) else style(self.labels)}
        object.__setattr__(self, "styles", {name: STYLES[name] for name in OFFERED} | own)

    @property
    def style(self) -> str:
        """The name under which the first style is offered."""
        if isinstance(self.labels, str):
            return self.labels
        return next((name for name, labels in STYLES.items() if labels == self.labels), "own")
