"""SenseVoiceSmall's network: stacked fbank frames in, CTC logits out.

The same function over the same weights as funasr 1.4.16's `SenseVoiceEncoderSmall` and `CTC.ctc_lo`, parameter names
included, written without its import. The residual stream stays in float32 whatever the linear layers compute in
(precision.py puts others in their place). Knows nothing of audio, tokens or text.

Architecture: SAN-M, https://arxiv.org/abs/2006.01713.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .layout import Layout, Padded

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

    @property
    def encoder_conf(self) -> dict[str, int]:
        """What `of` reads: the part of config.yaml's `encoder_conf` that fixes a shape."""
        return {
            "output_size": self.width,
            "attention_heads": self.heads,
            "linear_units": self.inner,
            "num_blocks": self.blocks,
            "tp_blocks": self.tp_blocks,
            "kernel_size": self.kernel,
            "sanm_shfit": self.shift,
        }

    @property
    def reach(self) -> tuple[int, int]:
        """How many frames the memory looks back, and ahead."""
        back = (self.kernel - 1) // 2 + self.shift
        return back, self.kernel - 1 - back

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
        """CTC logits (batch, N_QUERIES + frames, vocabulary), as training wants them.

        `features` is (batch, frames, 560), padded at the end; `lengths` (batch,) counts the real frames of each clip;
        `queries` (batch, N_QUERIES) are rows of the query table.
        """
        frames = torch.cat((self.embed(queries), features), dim=1)
        layout = Padded((lengths + N_QUERIES).tolist(), frames.device, frames.size(1))
        logits: Tensor = self.ctc["ctc_lo"](self.encoder(frames, layout))
        return logits

    def encode(self, features: Tensor, queries: Tensor, layout: Layout) -> Tensor:
        """What the CTC head is given, (all frames, width), clip by clip, each with its label frames first.

        `features` (all frames without those of the queries, 560) lie clip by clip; `queries` is (clips, N_QUERIES).
        """
        asked = self.embed(queries)
        clips = torch.split(features, [length - N_QUERIES for length in layout.lengths])
        frames = torch.cat([part for pair in zip(asked, clips, strict=True) for part in pair])
        return layout.take(self.encoder(layout.lay(frames), layout))

    @property
    def gap(self) -> int:
        """Columns between packed clips, so that the memory of neither reaches the other."""
        return max(self.shape.reach)

    def head(self, hidden: Tensor) -> Tensor:
        """(frames, width) -> logits (frames, vocabulary), float32."""
        logits: Tensor = self.ctc["ctc_lo"](hidden)
        return logits.float()


class Encoder(nn.Module):
    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.scale = math.sqrt(shape.width)
        self.encoders0 = nn.ModuleList([Block(shape, shape.features)])
        self.encoders = nn.ModuleList(Block(shape, shape.width) for _ in range(shape.blocks - 1))
        self.tp_encoders = nn.ModuleList(Block(shape, shape.width) for _ in range(shape.tp_blocks))
        self.after_norm = nn.LayerNorm(shape.width)
        self.tp_norm = nn.LayerNorm(shape.width)

    def forward(self, frames: Tensor, layout: Layout) -> Tensor:
        """(rows, columns, features) -> (rows, columns, width); where no frame lies it means nothing."""
        hidden = frames * self.scale + layout.positions(frames.size(2))
        for block in self.encoders0:
            hidden = block(hidden, layout)
        for block in self.encoders:
            hidden = block(hidden, layout)
        hidden = self.after_norm(hidden)
        for block in self.tp_encoders:
            hidden = block(hidden, layout)
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

    def forward(self, hidden: Tensor, layout: Layout) -> Tensor:
        heard: Tensor = self.dropout(self.self_attn(self.norm1(hidden), layout))
        if self.residual:
            heard += hidden
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
        self.reach = shape.reach

    def forward(self, normed: Tensor, layout: Layout) -> Tensor:
        query, key, value = self.linear_q_k_v(normed).chunk(3, dim=-1)
        context = layout.attend(query, key, value, self.heads)
        out: Tensor = self.linear_out(context) + self.memory(layout.silence(value))
        return out

    def memory(self, value: Tensor) -> Tensor:
        """(rows, columns, width): a depthwise convolution along the columns, and the value itself."""
        back, ahead = self.reach
        even = min(back, ahead)
        # As a picture of one row whose channels lie innermost: no transposition, four times as fast on a CPU.
        picture = functional.pad(value, (0, 0, back - even, ahead - even)).transpose(1, 2).unsqueeze(2)
        weight = self.fsmn_block.weight.unsqueeze(2).to(value.dtype)
        remembered = functional.conv2d(picture, weight, padding=(0, even), groups=value.size(2))
        return remembered.squeeze(2).transpose(1, 2) + value


class FeedForward(nn.Module):
    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.w_1 = nn.Linear(shape.width, shape.inner)
        self.w_2 = nn.Linear(shape.inner, shape.width)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        out: Tensor = self.w_2(self.dropout(functional.relu(self.w_1(hidden), inplace=True)))
        return out
