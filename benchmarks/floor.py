"""The least that hearing may cost: the network's multiplications over the rate at which this machine multiplies.

Counted are the linear layers, attention and its memory: two operations a multiplication with its addition. Norms,
activations, the frontend, decoding and everything around the network are not, so that the distance shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from models.sensevoice.features import HOP, STRIDE, WINDOW
from models.sensevoice.network import N_QUERIES, NetworkShape
from models.sensevoice.tokenizer import Tokenizer

from .machine import BF16


@dataclass(frozen=True, slots=True)
class Work:
    """Floating point operations, or as many of integers."""

    linear: float
    attention: float

    def seconds(self, linear_rate: float, attention_rate: float) -> float:
        """At so many operations a second."""
        return self.linear / linear_rate + self.attention / attention_rate


def frames_of(n_samples: int) -> int:
    """What the network is given for a clip at 16 kHz, the frames of its four queries counted."""
    n_mels = 1 + max(n_samples - WINDOW, 0) // HOP
    return -(-n_mels // STRIDE) + N_QUERIES


def work(shape: NetworkShape, frames: Iterable[int]) -> Work:
    """Of clips of so many frames each."""
    linear = attention = 0
    blocks = shape.blocks + shape.tp_blocks
    for n in frames:
        linear += n * (
            _linear(shape, shape.features) + (blocks - 1) * _linear(shape, shape.width) + shape.width * shape.vocabulary
        )
        attention += n * blocks * shape.width * (2 * n + shape.kernel)  # scores, their sum over values, the memory
    return Work(2.0 * linear, 2.0 * attention)


def _linear(shape: NetworkShape, width_in: int) -> int:
    """Multiplications of one block for one frame: query, key and value, the way out, the feed-forward pair."""
    return width_in * 3 * shape.width + shape.width * shape.width + 2 * shape.width * shape.inner


def attention_precision(precision: str, instructions: Sequence[str]) -> str:
    """What attention is computed in when the linear layers are in `precision`: never in integers."""
    if precision != "int8":
        return precision
    return "bf16" if BF16 in instructions else "fp32"


def shape_of(checkpoint: Path) -> NetworkShape:
    """From the files beside the weights."""
    encoder = yaml.safe_load((checkpoint / "config.yaml").read_text("utf-8"))["encoder_conf"]
    return NetworkShape.of(encoder, len(Tokenizer(next(checkpoint.glob("*.bpe.model")))))
