"""SenseVoiceSmall's network: stacked fbank frames in, CTC logits out.

The same function over the same weights as funasr 1.4.16's `SenseVoiceEncoderSmall` and `CTC.ctc_lo`, parameter names
included, written without its import. Knows nothing of audio, tokens or text.

Architecture: SAN-M, https://arxiv.org/abs/2006.01713.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

N_QUERIES = 4  # frames before the audio: language, emotion, event, itn
QUERY_TABLE = 16  # rows of the query embedding (funasr SenseVoiceSmall.embed)


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """The sizes that a checkpoint's config.yaml and tokens.json fix."""

    vocabulary: int
    features: int = 560  # 80 mel bands x 7 stacked frames
    width: int = 512
    heads: int = 4
    inner: int = 2048
    blocks: int = 50
    tp_blocks: int = 20
    kernel: int = 11
    shift: int = 0  # sanm_shfit: how far the memory looks back beyond the centre
    dropout: float = 0.0

    @classmethod
    def of(cls, encoder: Mapping[str, object], vocabulary: int) -> NetworkShape:
        """From the `encoder_conf` of a config.yaml."""

        def size(key: str, default: int) -> int:
            value = encoder.get(key, default)
            if not isinstance(value, int):
                raise TypeError(f"encoder_conf.{key} must be a whole number, not {value!r}")
            return value

        return cls(
            vocabulary=vocabulary,
            width=size("output_size", 512),
            heads=size("attention_heads", 4),
            inner=size("linear_units", 2048),
            blocks=size("num_blocks", 50),
            tp_blocks=size("tp_blocks", 20),
            kernel=size("kernel_size", 11),
            shift=size("sanm_shfit", 0),
        )


class Network(nn.Module):
    """Query embedding, encoder and CTC head."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(QUERY_TABLE, shape.features)
        self.encoder = Encoder(shape)
        self.ctc = nn.ModuleDict({"ctc_lo": nn.Linear(shape.width, shape.vocabulary)})

    def forward(self, features: Tensor, lengths: Tensor, queries: Tensor) -> Tensor:
        """CTC logits (batch, N_QUERIES + frames, vocabulary).

        `features` is (batch, frames, 560), padded at the end; `lengths` (batch,) counts the real frames of each clip;
        `queries` (batch, N_QUERIES) are rows of the query table.
        """
        frames = torch.cat((self.embed(queries), features), dim=1)
        logits: Tensor = self.ctc["ctc_lo"](self.encoder(frames, lengths + N_QUERIES))
        return logits


class Encoder(nn.Module):
    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.scale = math.sqrt(shape.width)
        self.encoders0 = nn.ModuleList([Block(shape, shape.features)])
        self.encoders = nn.ModuleList(Block(shape, shape.width) for _ in range(shape.blocks - 1))
        self.tp_encoders = nn.ModuleList(Block(shape, shape.width) for _ in range(shape.tp_blocks))
        self.after_norm = nn.LayerNorm(shape.width)
        self.tp_norm = nn.LayerNorm(shape.width)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """(batch, frames, features) -> (batch, frames, width); frames at or past a clip's length mean nothing."""
        padded = frames.size(1)
        inside = None  # no mask where there is no padding: the faster kernels, the same numbers
        if int(lengths.min()) < padded:
            inside = torch.arange(padded, device=frames.device) < lengths[:, None]
        hidden = frames * self.scale + positions(padded, frames.size(2), frames)
        for block in self.encoders0:
            hidden = block(hidden, inside)
        for block in self.encoders:
            hidden = block(hidden, inside)
        hidden = self.after_norm(hidden)
        for block in self.tp_encoders:
            hidden = block(hidden, inside)
        normed: Tensor = self.tp_norm(hidden)
        return normed


class Block(nn.Module):
    """Attention with a memory, then a feed-forward pair; both pre-normed. A change of width has no residual."""

    def __init__(self, shape: NetworkShape, width_in: int) -> None:
        super().__init__()
        self.self_attn = Attention(shape, width_in)
        self.feed_forward = FeedForward(shape)
        self.norm1 = nn.LayerNorm(width_in)
        self.norm2 = nn.LayerNorm(shape.width)
        self.dropout = nn.Dropout(shape.dropout)
        self.residual = width_in == shape.width

    def forward(self, hidden: Tensor, inside: Tensor | None) -> Tensor:
        heard = self.dropout(self.self_attn(self.norm1(hidden), inside))
        if self.residual:
            heard = hidden + heard
        out: Tensor = heard + self.dropout(self.feed_forward(self.norm2(heard)))
        return out


class Attention(nn.Module):
    """Scaled dot-product attention plus an FSMN memory: a depthwise convolution over the values."""

    def __init__(self, shape: NetworkShape, width_in: int) -> None:
        super().__init__()
        self.heads = shape.heads
        self.linear_q_k_v = nn.Linear(width_in, 3 * shape.width)
        self.linear_out = nn.Linear(shape.width, shape.width)
        self.fsmn_block = nn.Conv1d(shape.width, shape.width, shape.kernel, groups=shape.width, bias=False)
        before = (shape.kernel - 1) // 2 + shape.shift
        self.padding = (before, shape.kernel - 1 - before)

    def forward(self, normed: Tensor, inside: Tensor | None) -> Tensor:
        query, key, value = self.linear_q_k_v(normed).chunk(3, dim=-1)
        context = functional.scaled_dot_product_attention(
            self.by_head(query),
            self.by_head(key),
            self.by_head(value),
            attn_mask=None if inside is None else inside[:, None, None, :],
        )
        out: Tensor = self.linear_out(context.transpose(1, 2).flatten(2)) + self.memory(value, inside)
        return out

    def by_head(self, part: Tensor) -> Tensor:
        """(batch, frames, width) -> (batch, heads, frames, width / heads)."""
        return part.view(*part.shape[:2], self.heads, -1).transpose(1, 2)

    def memory(self, value: Tensor, inside: Tensor | None) -> Tensor:
        if inside is not None:
            value = value * inside[:, :, None].to(value.dtype)
        remembered: Tensor = self.fsmn_block(functional.pad(value.transpose(1, 2), self.padding)).transpose(1, 2)
        return remembered + value


class FeedForward(nn.Module):
    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.w_1 = nn.Linear(shape.width, shape.inner)
        self.w_2 = nn.Linear(shape.inner, shape.width)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        out: Tensor = self.w_2(self.dropout(functional.relu(self.w_1(hidden))))
        return out


def positions(frames: int, depth: int, like: Tensor) -> Tensor:
    """Sinusoidal positions 1..frames, (1, frames, depth), sines before cosines.

    Source: funasr 1.4.16 sense_voice/model.py, SinusoidalPositionEncoder.
    """
    index = torch.arange(1, frames + 1, device=like.device, dtype=torch.float32)
    step = math.log(10_000) / (depth / 2 - 1)
    rates = torch.exp(torch.arange(depth // 2, device=like.device, dtype=torch.float32) * -step)
    angles = index[:, None] * rates[None, :]
    return torch.cat((angles.sin(), angles.cos()), dim=1)[None].to(like.dtype)
