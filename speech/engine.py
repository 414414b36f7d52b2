"""The contracts between the pipeline and whatever holds weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from .audio import Waveform
from .lulls import lulls
from .spans import Span
from .transcript import Language, Transcript


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What is known of an engine before its weights load."""

    name: str  # as "sensevoice-small"
    languages: tuple[Language, ...]  # those that may be asked for
    sample_rate: int  # Hz
    longest_clip: float  # s it hears well at once


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """Which weights were taken, in words for logs, probes and people."""

    name: str  # "iic/SenseVoiceSmall", "earshot-demo", or the folder's name
    source: str  # "folder", "cache", "download" or "demo"
    detail: str = ""  # the revision, or why the demo was taken

    @property
    def demo(self) -> bool:
        return self.source == "demo"


@dataclass(frozen=True, slots=True)
class Device:
    """Where an engine runs, and the memory there in bytes: of a GPU what all its users have, of a CPU this process's."""

    name: str  # "CPU", or as the GPU calls itself
    used: int
    total: int


@dataclass(frozen=True, slots=True)
class Clip:
    """One stretch of audio to hear at once, and what is asked of it."""

    waveform: Waveform
    language: Language | None = None  # None: the engine finds out
    itn: bool = True  # inverse text normalisation: digits and punctuation
    among: frozenset[Language] = frozenset()  # those it may find out; none: all that it hears
    wanted: Span | None = None  # the part whose words are asked for, s of the clip; the rest is there to understand it by


def halved(clip: Clip) -> tuple[Clip, Clip, float]:
    """The two parts of a clip, cut where it is quietest near its middle, and where in it the second begins, in s."""
    waveform = clip.waveform
    middle = Span(waveform.duration / 3, waveform.duration * 2 / 3)
    quiet = max(lulls(waveform, middle), key=lambda lull: lull.length, default=middle)
    cut = (quiet.start + quiet.end) / 2
    return _part(clip, Span(0.0, cut)), _part(clip, Span(cut, waveform.duration)), cut


def _part(clip: Clip, span: Span) -> Clip:
    wanted = clip.wanted
    if wanted is not None:
        start = min(max(wanted.start, span.start), span.end)
        wanted = Span(start - span.start, min(max(wanted.end, start), span.end) - span.start)
    return replace(clip, waveform=clip.waveform.cut(span), wanted=wanted)


class Engine(Protocol):
    """Hears clips. `infer` is called by one thread only."""

    info: EngineInfo
    checkpoint: CheckpointInfo
    pads: bool  # whether each clip of a batch costs as much as the longest
    at_once: float  # s of audio, padding counted, beyond which a larger batch gains nothing or does not fit

    def infer(self, clips: Sequence[Clip]) -> list[Transcript]:
        """One transcript a clip, in their order, times from the start of each clip; of what is `wanted` alone.

        Raises EngineOutOfMemory where smaller batches may pass, EngineUnavailable where none will until a new process
        begins. Any other exception is taken for the fault of one of the clips.
        """
        ...

    def device(self) -> Device:
        """For any thread."""
        ...


class Vad(Protocol):
    """Finds where somebody may be speaking. May be called by several threads."""

    name: str

    def segment(self, waveform: Waveform) -> list[Span]:
        """Stretches that are not silence, in the order of time."""
        ...
