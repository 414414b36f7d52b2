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

    Without that a voice that both channels carry would be heard twice: in calls that were mixed once, or over a bad line. What
    comes late, or in much noise of the channel's own, is not known again. One channel alone is nobody's. `warnings` are there
    when all was iterated.
    """

    def __init__(self, pieces: Iterable[Samples]) -> None:
        coming = iter(pieces)
        first = next(coming, np.zeros((1, 0), np.float32))
        self.speakers = tuple(SPEAKERS[: len(first)]) if len(first) > 1 else ("",)
        self._own = np.zeros(len(first), bool)  # which have a sound of their own
        self._pieces = _parted(chain([first], coming), self._own)  # nothing in it knows of this object, so that it goes with it

    def __iter__(self) -> Iterator[Iterator[Samples]]:
        """In one thread, all of them about as far: what one is ahead of another is kept in memory."""
        copies = tee(self._pieces, len(self.speakers))
        return (_nth(number, copy) for number, copy in enumerate(copies))

    @property
    def warnings(self) -> tuple[str, ...]:
        if len(self.speakers) == 1:
            return ("one_channel: the sound has one channel, so speakers are not told apart",)
        if self._own.sum() == 1:
            return (f"one_voice: only channel {int(self._own.argmax()) + 1} has a sound of its own",)
        return ()


def _nth(number: int, pieces: Iterable[Samples]) -> Iterator[Samples]:
    return (piece[number] for piece in pieces)


def _parted(pieces: Iterable[Samples], own: NDArray[np.bool_]) -> Iterator[Samples]:
    """In whole frames, whatever the pieces are, and the rest at the end. Marks in `own` who has a sound of his own."""
    rest = np.zeros((len(own), 0), np.float32)
    for piece in pieces:
        joined = np.concatenate((rest, piece), axis=1)
        whole = joined.shape[1] // FRAME * FRAME
        rest = joined[:, whole:]
        if whole:
            yield _apart(joined[:, :whole], FRAME, own)
    if rest.size:
        yield _apart(rest, rest.shape[1], own)


def _apart(samples: Samples, size: int, own: NDArray[np.bool_]) -> Samples:
    """Frames of so many samples, without what is another's."""
    if len(samples) == 1:
        return samples
    power, silent = frames_of_others(samples.reshape(len(samples), -1, size))
    own |= ((power > SOFTEST) & ~silent).any(axis=1)
    return np.where(np.repeat(silent, size, axis=1), np.float32(0), samples)


def frames_of_others(frames: Samples) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Of (channels, frames, n): (channels, frames) of the power, and of whether that sound is another channel's.

    Of those that carry the same, one has it: the loudest, or the first that is nearly as loud. Always the same one, or its
    words would fall apart between them.
    """
    n_channels, n_frames, size = frames.shape
    centred = frames - frames.mean(axis=2, keepdims=True)
    both = np.einsum("cft,dft->cdf", centred, centred) / size
    power = np.einsum("ccf->cf", both)
    alike = np.abs(both) > ALIKE * np.sqrt(power[:, None] * power[None]) + 1e-12
    places = np.arange(n_frames)
    left, silent = np.ones((n_channels, n_frames), bool), np.zeros((n_channels, n_frames), bool)
    for _ in range(n_channels):  # a sound a turn, the loudest of those that are left
        loudest = np.where(left, power, -1.0).argmax(axis=0)
        same = left & alike[:, loudest, places]
        same[loudest, places] |= left[loudest, places]
        owner = (same & (power * LOUDER >= power[loudest, places])).argmax(axis=0)
        silent |= same
        silent[owner, places] &= ~same[owner, places]
        left &= ~same
    return power, silent
