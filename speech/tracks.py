"""A recording whose channels are people, as a call with one of them on each side. Knows nothing of files or engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, tee

import numpy as np
from numpy.typing import NDArray

from .audio import SAMPLE_RATE
from .mixing import Samples

SPEAKERS = "ABCDEFGH"  # of the first channel, the second, and so on
FRAME = SAMPLE_RATE // 10  # samples in which a channel is looked for in the others
ALIKE = 0.95  # correlation from which on two channels carry the same sound
LOUDER = 4.0  # times the power by which it is surely the other's own (6 dB)
SOFTEST = 1e-6  # power of a sound that counts as one (-60 dB of full scale)


class Tracks:
    """Pieces (channels, n) as a track of (n,) for each speaker: what one has that another says louder is silent in it.

    Without that a voice that both channels carry would be heard twice: in calls that were mixed once, or over a bad line.
    One channel alone is nobody's. `warnings` are there when all was iterated.
    """

    def __init__(self, pieces: Iterable[Samples]) -> None:
        coming = iter(pieces)
        first = next(coming, np.zeros((1, 0), np.float32))
        self.speakers = tuple(SPEAKERS[: len(first)]) if len(first) > 1 else ("",)
        self._own = np.zeros(len(first), bool)  # which have a sound of their own
        self._pieces = map(self._parted, chain([first], coming))

    def __iter__(self) -> Iterator[Iterator[Samples]]:
        """In one thread, all of them about as far: what one is ahead of another is kept in memory."""
        copies = tee(self._pieces, len(self.speakers))
        return (_nth(number, copy) for number, copy in enumerate(copies))

    @property
    def warnings(self) -> tuple[str, ...]:
        if len(self.speakers) == 1:
            return ("one_channel: the file has one channel, so speakers are not told apart",)
        if self._own.sum() == 1:
            return (f"one_voice: only channel {int(self._own.argmax()) + 1} has a sound of its own",)
        return ()

    def _parted(self, piece: Samples) -> Samples:
        if len(piece) == 1:
            return piece
        power, others = frames_of_others(piece)
        self._own |= ((power > SOFTEST) & ~others).any(axis=1)
        silent = np.repeat(others, FRAME, axis=1)[:, : piece.shape[1]]
        return np.where(np.pad(silent, ((0, 0), (0, piece.shape[1] - silent.shape[1])), mode="edge"), np.float32(0), piece)


def _nth(number: int, pieces: Iterable[Samples]) -> Iterator[Samples]:
    return (piece[number] for piece in pieces)


def frames_of_others(piece: Samples) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(channels, frames): the power, and whether another channel is where that sound is from. What is left over is no frame.

    Of two channels that carry the same as loud, the first has it: always the same one, or its words would fall apart.
    """
    n_channels, n_samples = piece.shape
    size = min(FRAME, n_samples)
    framed = piece[:, : n_samples // size * size].reshape(n_channels, -1, size)
    framed = framed - framed.mean(axis=2, keepdims=True)
    both = np.einsum("cft,dft->cdf", framed, framed) / size
    power = np.einsum("ccf->cf", both)
    alike = np.abs(both) > ALIKE * np.sqrt(power[:, None] * power[None]) + 1e-12
    first = np.arange(n_channels)
    earlier = (first[None] < first[:, None])[:, :, None]  # [c, d]: d comes before c
    louder = np.where(earlier, power[None] * LOUDER >= power[:, None], power[None] > power[:, None] * LOUDER)
    return power, (alike & louder & (first[:, None] != first[None])[:, :, None]).any(axis=1)
