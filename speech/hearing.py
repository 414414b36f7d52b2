"""What is asked of a recording and what comes of it: the values that pass between a caller and the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .audio import MediaInfo
from .engine import CheckpointInfo, EngineInfo
from .errors import UnknownLanguage
from .spans import Span
from .transcript import Language, Segment, Transcript


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller wants of a recording.

    `language` None: the engine finds out, `among` these where there are any. `vad` False: all of it is heard, overlapping,
    and no word is lost to a detector. `within`: that part of the recording alone. `clean`: noise is reduced and loudness
    evened out before it is heard, for poor recordings. `multichannel`: each channel is a speaker and heard alone;
    `diarized`: the same, and a file of one channel is refused.
    """

    language: Language | None = None
    itn: bool = True
    vad: bool = True
    among: frozenset[Language] = frozenset()
    within: Span | None = None
    clean: bool = False
    multichannel: bool = False
    diarized: bool = False

    @property
    def apart(self) -> bool:
        """Whether channels are heard alone."""
        return self.multichannel or self.diarized


class State(StrEnum):
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"  # to load
    BROKEN = "broken"  # it was ready, and hangs or is lost: only a new process is sure to mend it
    DRAINING = "draining"  # what runs goes on to its end, nothing new is taken
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Status:
    """Where the engine stands, in words for probes and people."""

    state: State
    detail: str = ""
    checkpoint: CheckpointInfo | None = None
    vad: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the seconds of a request went."""

    decode: float
    vad: float
    queue: float  # until the first clip was taken up
    engine: float  # this request's share of the forward passes
    total: float


@dataclass(frozen=True, slots=True)
class Progress:
    """`heard` of `duration` seconds are done; `segments` are those that came since the last progress, in their places."""

    heard: float
    duration: float
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """A finished transcript, what the file was, what was odd about it, and what it cost."""

    transcript: Transcript
    media: MediaInfo
    warnings: tuple[str, ...]
    timing: Timing


def parse_language(text: str | None, info: EngineInfo, param: str = "language") -> Language | None:
    """The language a user wrote: a code (zh, zh-CN, yue, en-US), a full name (chinese, Cantonese), auto or nothing.

    Raises UnknownLanguage, which names `param`. Never takes an unknown one for "auto".
    """
    wanted = (text or "").strip().lower().replace("_", "-")
    if wanted in ("", "auto"):
        return None
    code = {"zh-hk": "yue", "zh-yue": "yue", "mandarin": "zh"}.get(wanted, wanted)
    for language in info.languages:
        if code in (language.value, language.full_name) or code.split("-")[0] == language.value:
            return language
    raise UnknownLanguage(text or "", [*info.languages, "auto"], param)
