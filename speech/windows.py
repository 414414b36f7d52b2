"""A recording of any length, window by window: no more of it is held than it takes to cut it well. Knows nothing of speech."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .audio import SAMPLE_RATE, Waveform
from .mixing import Samples
from .spans import Span

Cutter = Callable[[Waveform, float], list[Span]]  # where the clips of a waveform lie, behind so many seconds of it


@dataclass(frozen=True, slots=True)
class WindowOptions:
    first: float = 30.0  # s of the first window: its words come soon
    length: float = 120.0  # s that later ones bring
    guard: float = 1.0  # s before the end of a window in which nothing is settled: what follows may belong to it


@dataclass(frozen=True, slots=True)
class Piece:
    """One clip's place in the recording, and its sound with `before` seconds of what comes before it."""

    place: Span
    waveform: Waveform
    before: float = 0.0
    speaker: str = ""  # whose it is, where that is known


@dataclass(frozen=True, slots=True)
class Window:
    """The clips that are settled once `read` seconds of the recording are. None that comes later begins before `until`."""

    pieces: tuple[Piece, ...]
    read: float
    last: bool
    until: float = 0.0


def windows(
    samples: Iterable[Samples],
    cut: Cutter,
    options: WindowOptions | None = None,
    context: float = 0.0,
    start: float = 0.0,
) -> Iterator[Window]:
    """Cuts a recording at 16 kHz as it comes, of which the samples are what follows `start` s. What may go on behind a
    window's end waits for the next one.

    `context` seconds on both sides of a clip go with it, where the samples have them. At least one window is given.
    """
    options = options or WindowOptions()
    origin = round(start * SAMPLE_RATE)
    held, begin = np.zeros(0, np.float32), 0  # origin: where in the recording `held` begins; begin: what is not cut
    for block, last in _blocks(samples, options):
        held = np.concatenate((held, block))
        waveform = Waveform(held)
        places = cut(waveform, begin / SAMPLE_RATE)
        reach = waveform.duration if last else waveform.duration - max(options.guard, context)
        settled = [place for place in places if last or place.end <= reach]
        pieces = tuple(_piece(waveform, place, origin / SAMPLE_RATE, context) for place in settled)
        waiting = [place.start for place in places[len(settled) :]]
        done = waiting[0] if waiting else max([reach, *(place.end for place in settled)])
        cut_to = min(round(max(done, begin / SAMPLE_RATE) * SAMPLE_RATE), len(held))
        yield Window(pieces, (origin + len(held)) / SAMPLE_RATE, last, (origin + cut_to) / SAMPLE_RATE)
        kept = max(cut_to - round(context * SAMPLE_RATE), 0)
        held, origin, begin = held[kept:].copy(), origin + kept, cut_to - kept


def abreast(tracks: Mapping[str, Iterable[Window]]) -> Iterator[Window]:
    """The windows of tracks of one length, each by its speaker, as those of one recording: clips in the order of time."""
    held: list[Piece] = []
    for row in zip(*tracks.values(), strict=True):
        held += [replace(piece, speaker=name) for name, window in zip(tracks, row, strict=True) for piece in window.pieces]
        held.sort(key=lambda piece: piece.place.start)
        last, until = row[0].last, min(window.until for window in row)
        ready = [piece for piece in held if last or piece.place.start < until]
        held = held[len(ready) :]
        yield Window(tuple(ready), row[0].read, last, until)


def stretch(samples: Iterable[Samples], within: Span | None) -> Iterator[Samples]:
    """Of pieces (n,) or (tracks, n) those within a span. What follows is decoded too: a fault in it is still the file's."""
    if within is None:
        yield from samples
        return
    first, last, at = round(within.start * SAMPLE_RATE), round(within.end * SAMPLE_RATE), 0
    for piece in samples:
        kept = piece[..., max(first - at, 0) : max(last - at, 0)]
        at += piece.shape[-1]
        if kept.size:
            yield kept


def _blocks(samples: Iterable[Samples], options: WindowOptions) -> Iterator[tuple[Samples, bool]]:
    """The samples in blocks of just the options' lengths, the last one whatever is left, and whether it is the last."""
    size = round(options.first * SAMPLE_RATE)
    parts: list[Samples] = []
    gathered = 0
    for part in samples:
        while gathered + len(part) > size:  # only now is it known that there is more
            head, part = part[: size - gathered], part[size - gathered :]
            yield np.concatenate([*parts, head]), False
            parts, gathered, size = [], 0, round(options.length * SAMPLE_RATE)
        parts.append(part)
        gathered += len(part)
    yield np.concatenate([np.zeros(0, np.float32), *parts]), True


def _piece(waveform: Waveform, place: Span, origin: float, context: float) -> Piece:
    around = Span(max(place.start - context, 0.0), min(place.end + context, waveform.duration))
    where = Span(origin + place.start, origin + place.end)
    return Piece(where, waveform.cut(around), place.start - around.start)
