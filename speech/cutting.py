"""Where the clips of a recording lie. Knows nothing of files or engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import spans
from .audio import Waveform
from .engine import Vad
from .lulls import lulls
from .spans import Span


@dataclass(frozen=True, slots=True)
class CutOptions:
    """How stretches of speech become clips."""

    gap: float = 0.4  # s: neighbours closer than this are one clip
    comfortable: float = 12.0  # s: as long as together they stay within this
    margin: float = 0.15  # s kept around speech, so that no soft consonant is lost
    unpaused: float = 20.0  # s of a clip where no detector says who speaks
    context: float = 2.0  # s that are heard there on both sides of it


def speech(waveform: Waveform, vad: Vad, longest: float, options: CutOptions) -> list[Span]:
    """What a detector finds, put together over short gaps, and cut at pauses where it is longer than `longest` s."""
    found = vad.segment(waveform)
    padded = spans.pad(found, options.margin, waveform.duration)
    together = spans.merge(padded, options.gap, options.comfortable)
    pauses = spans.gaps(found)
    return [piece for span in together for piece in _pieces(waveform, span, longest, pauses)]


def everything(waveform: Waveform, start: float, options: CutOptions) -> list[Span]:
    """All from `start` on without a gap, cut where it is quietest."""
    whole = Span(min(start, waveform.duration), waveform.duration)
    return _pieces(waveform, whole, options.unpaused, []) if whole.length else []


def _pieces(waveform: Waveform, span: Span, longest: float, pauses: Sequence[Span]) -> list[Span]:
    """A span that is too long, cut where the detector heard a pause, or else where it is quietest."""
    if span.length <= longest:
        return [span]
    within = [pause for pause in pauses if span.start < pause.start and pause.end < span.end]
    return spans.split(span, longest, within or lulls(waveform, span))
