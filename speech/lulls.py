"""Where a long stretch of sound is quietest: the places to cut it when nobody pauses. Knows nothing of speech."""

from __future__ import annotations

import numpy as np

from .audio import Waveform
from .spans import Span

FRAME = 0.02  # s over which loudness is taken
SHARE = 0.15  # of the frames that count as quiet


def lulls(waveform: Waveform, span: Span) -> list[Span]:
    """Runs of the quietest frames of `span`, in the order of time; none where all of it is alike."""
    samples = waveform.cut(span).samples
    size = round(FRAME * waveform.rate)
    n_frames = len(samples) // size
    if not n_frames:
        return []
    power = np.square(samples[: n_frames * size].reshape(n_frames, size)).mean(axis=1)
    quiet = (power <= np.quantile(power, SHARE)).astype(np.int8)
    if quiet.all():
        return []
    edges = np.flatnonzero(np.diff(quiet, prepend=0, append=0)).reshape(-1, 2) * FRAME
    return [Span(span.start + float(start), span.start + float(end)) for start, end in edges]
