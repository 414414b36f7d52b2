"""How the frames of several clips lie in one tensor of (rows, columns, width), frames along the columns.

A frame is heard by itself nearly everywhere; only attention, the memory's silence and the positions ask where a clip
begins and ends. Knows nothing of weights.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn import functional

WRITTEN_OUT = 96  # frames from which a CPU does bfloat16 attention faster by two products than by the fused kernel: twice at 250


class Layout(ABC):
    """Where each frame of each clip lies. `lengths` counts the clips' frames, at least one each."""

    shape: tuple[int, int]  # rows, columns

    def __init__(self, lengths: Sequence[int], starts: Sequence[int], shape: tuple[int, int], device: torch.device) -> None:
        self.lengths, self.starts, self.shape, self.device = list(lengths), list(starts), shape, device
        clips = zip(starts, lengths, strict=True)
        places = torch.cat([torch.arange(start, start + length) for start, length in clips])
        empty = torch.ones(shape[0] * shape[1], dtype=torch.bool)
        empty[places] = False
        self._places, self._empty = places.to(device), empty.nonzero()[:, 0].to(device)

    def lay(self, frames: Tensor) -> Tensor:
        """(all frames, width), clip by clip, to (rows, columns, width) with zeros where no frame lies."""
        laid = frames.new_zeros(self.shape[0] * self.shape[1], frames.size(1))
        return laid.index_copy(0, self._places, frames).view(*self.shape, -1)

    def take(self, laid: Tensor) -> Tensor:
        """The way back."""
        return laid.flatten(0, 1)[self._places]

    @abstractmethod
    def silence(self, laid: Tensor) -> Tensor:
        """The same with zeros where no frame lies. May change what it is given."""

    @abstractmethod
    def positions(self, width: int) -> Tensor:
        """(1 or rows, columns, width) float32: the sinusoidal position of each frame in its clip, counted from 1."""

    @abstractmethod
    def attend(self, query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
        """What each frame takes from its clip: three times (rows, columns, width) to one."""


class Padded(Layout):
    """A row a clip, zeros behind it: one kernel for all, for devices that are bound by launches, and for training."""

    def __init__(self, lengths: Sequence[int], device: torch.device, columns: int = 0) -> None:
        longest = max(columns, *lengths)
        super().__init__(lengths, [row * longest for row in range(len(lengths))], (len(lengths), longest), device)
        self._mask: Tensor | None = None  # none where there is no padding: the faster kernels, the same numbers
        if min(lengths) < longest:
            inside = torch.arange(longest) < torch.tensor(self.lengths)[:, None]
            self._mask = inside[:, None, None, :].to(device)

    def silence(self, laid: Tensor) -> Tensor:
        if self._mask is None:
            return laid
        return laid.flatten(0, 1).index_fill(0, self._empty, 0.0).view(laid.shape)

    def positions(self, width: int) -> Tensor:
        return positions(self.shape[1], width, self.device)[None]

    def attend(self, query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
        query, key, value = (_by_head(part, heads) for part in (query, key, value))
        return _attention(query, key, value, self._mask).transpose(1, 2).flatten(2)


class Packed(Layout):
    """All clips in one row with `gap` empty columns behind each: nothing is computed for another clip's length."""

    def __init__(self, lengths: Sequence[int], gap: int, device: torch.device) -> None:
        ends = list(accumulate(length + gap for length in lengths))
        starts = [end - gap - length for end, length in zip(ends, lengths, strict=True)]
        super().__init__(lengths, starts, (1, ends[-1] - gap), device)

    def silence(self, laid: Tensor) -> Tensor:
        return laid.index_fill_(1, self._empty, 0.0) if len(self._empty) else laid

    def positions(self, width: int) -> Tensor:
        return self.lay(torch.cat([positions(length, width, self.device) for length in self.lengths]))

    def attend(self, query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
        context = torch.zeros_like(query)
        for start, length in zip(self.starts, self.lengths, strict=True):
            clip = (_by_head(part[:, start : start + length], heads) for part in (query, key, value))
            context[:, start : start + length] = _attention(*clip).transpose(1, 2).flatten(2)
        return context


def _by_head(part: Tensor, heads: int) -> Tensor:
    """(rows, columns, width) -> (rows, heads, columns, width / heads)."""
    return part.view(*part.shape[:2], heads, -1).transpose(1, 2)


def _attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """Scaled dot-product attention (rows, heads, columns, width / heads), by whichever way is the faster on this device."""
    slow = query.device.type == "cpu" and query.dtype == torch.bfloat16 and query.size(2) >= WRITTEN_OUT
    if slow and mask is None and not query.requires_grad:
        weights = (query / math.sqrt(query.size(3))) @ key.transpose(2, 3)
        return weights.softmax(-1) @ value
    return functional.scaled_dot_product_attention(query, key, value, mask)


def positions(frames: int, width: int, device: torch.device) -> Tensor:
    """Sinusoidal positions 1..frames, (frames, width), sines before cosines.

    Source: funasr 1.4.16 sense_voice/model.py, SinusoidalPositionEncoder.
    """
    return _table(1 << (frames - 1).bit_length(), width, device)[:frames]


@lru_cache(maxsize=8)
def _table(frames: int, width: int, device: torch.device) -> Tensor:
    index = torch.arange(1, frames + 1, device=device, dtype=torch.float32)
    step = math.log(10_000) / (width / 2 - 1)
    rates = torch.exp(torch.arange(width // 2, device=device, dtype=torch.float32) * -step)
    angles = index[:, None] * rates[None, :]
    return torch.cat((angles.sin(), angles.cos()), dim=1)
