from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from models.sensevoice.layout import Layout, Packed, Padded, positions
from models.sensevoice.network import N_QUERIES, Attention, Network, NetworkShape

CPU = torch.device("cpu")
SMALL = NetworkShape(vocabulary=30, features=12, width=16, heads=4, inner=32, blocks=3, tp_blocks=2, kernel=5)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network(SMALL).eval()


def queries(n_clips: int) -> Tensor:
    return torch.tensor([[0, 1, 2, 14]] * n_clips)


@torch.inference_mode()
def alone(network: Network, clip: Tensor) -> Tensor:
    logits: Tensor = network(clip[None], torch.tensor([len(clip)]), queries(1))
    return logits[0]


def test_a_clip_gives_four_label_frames_and_one_for_each_of_its_own(network: Network) -> None:
    assert alone(network, torch.randn(7, 12)).shape == (N_QUERIES + 7, 30)
    assert alone(network, torch.randn(0, 12)).shape == (N_QUERIES, 30)


def test_padding_changes_nothing(network: Network) -> None:
    clips = [torch.randn(n, 12) for n in (9, 4, 1, 0, 8)]
    batch = torch.full((5, 9, 12), 1e3)  # what lies behind a clip must not matter
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    with torch.inference_mode():
        logits = network(batch, torch.tensor([len(clip) for clip in clips]), queries(5))
    for row, clip in zip(logits, clips, strict=True):
        torch.testing.assert_close(row[: N_QUERIES + len(clip)], alone(network, clip), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("made", [lambda lengths: Packed(lengths, 2, CPU), lambda lengths: Padded(lengths, CPU)])
def test_clips_are_encoded_as_each_is_alone(network: Network, made: Callable[[list[int]], Layout]) -> None:
    clips = [torch.randn(n, 12) for n in (9, 4, 1, 0, 8)]
    layout = made([N_QUERIES + len(clip) for clip in clips])
    with torch.inference_mode():
        hidden = network.encode(torch.cat(clips), queries(5), layout)
        logits = network.head(hidden).split(layout.lengths)
    for part, clip in zip(logits, clips, strict=True):
        torch.testing.assert_close(part, alone(network, clip), atol=1e-4, rtol=1e-4)


def test_packed_clips_lie_as_far_apart_as_the_memory_reaches(network: Network) -> None:
    assert network.gap == 2  # of a kernel of 5
    assert Packed([3, 1, 2], network.gap, CPU).shape == (1, 3 + 2 + 1 + 2 + 2)


def test_what_is_laid_out_can_be_taken_back() -> None:
    frames = torch.randn(6, 3)
    for layout in (Packed([3, 1, 2], 2, CPU), Padded([3, 1, 2], CPU)):
        laid = layout.lay(frames)
        assert laid.shape == (*layout.shape, 3)
        assert torch.equal(layout.take(laid), frames)
        assert torch.equal(layout.silence(laid + 1), layout.lay(frames + 1))  # of ones where no frame lay


def test_a_mask_that_hides_nothing_changes_nothing(network: Network) -> None:
    hidden = torch.randn(2, 6, 16)
    block = network.encoder.encoders[0]
    masked = Padded([6, 6], CPU)
    masked._mask = torch.ones(2, 1, 1, 6, dtype=torch.bool)
    with torch.inference_mode():
        torch.testing.assert_close(block(hidden, masked), block(hidden, Padded([6, 6], CPU)))


@pytest.mark.parametrize("n_frames", [5, 200])
def test_attention_in_bfloat16_is_that_of_float32_nearly(n_frames: int) -> None:
    query, key, value = torch.randn(3, 1, n_frames, 16)
    packed = Packed([n_frames], 2, CPU)
    half = packed.attend(query.bfloat16(), key.bfloat16(), value.bfloat16(), 2)
    torch.testing.assert_close(half.float(), packed.attend(query, key, value, 2), atol=0.05, rtol=0.05)


def test_the_query_is_heard(network: Network) -> None:
    clip = torch.randn(1, 5, 12)
    with torch.inference_mode():
        auto = network(clip, torch.tensor([5]), torch.tensor([[0, 1, 2, 14]]))
        english = network(clip, torch.tensor([5]), torch.tensor([[4, 1, 2, 14]]))
    assert not torch.allclose(auto, english)


def test_positions_are_sines_then_cosines_counted_from_one() -> None:
    found = positions(3, 8, CPU)
    for frame in range(3):
        rates = [10_000 ** (-i / 3) for i in range(4)]
        expected = [math.sin((frame + 1) * rate) for rate in rates] + [math.cos((frame + 1) * rate) for rate in rates]
        assert found[frame].tolist() == pytest.approx(expected, abs=1e-5)


def test_attention_is_the_softmax_of_scaled_products(network: Network) -> None:
    attention = Attention(NetworkShape(vocabulary=1, width=8, heads=2, kernel=3), 8).eval()
    hidden = torch.randn(1, 5, 8)
    with torch.inference_mode():
        query, key, value = attention.linear_q_k_v(hidden)[0].split(8, dim=-1)
        heads = []
        for part in (slice(0, 4), slice(4, 8)):
            weights = torch.softmax(query[:, part] @ key[:, part].T / math.sqrt(4), dim=-1)
            heads.append(weights @ value[:, part])
        expected = attention.linear_out(torch.cat(heads, -1))[None] + attention.memory(value[None])
        torch.testing.assert_close(attention(hidden, Padded([5], CPU)), expected)


@pytest.mark.parametrize(("shift", "reach"), [(0, [-1, 0, 1]), (1, [-2, -1, 0])])
def test_the_memory_sums_its_neighbours_and_the_frame_itself(shift: int, reach: list[int]) -> None:
    attention = Attention(NetworkShape(vocabulary=1, width=1, heads=1, kernel=3, shift=shift), 1)
    torch.nn.init.constant_(attention.fsmn_block.weight, 1.0)
    values = [1.0, 10.0, 100.0, 1000.0]
    remembered = attention.memory(torch.tensor(values)[None, :, None])[0, :, 0].tolist()
    assert remembered == [
        values[i] + sum(values[i + step] for step in reach if 0 <= i + step < len(values)) for i in range(len(values))
    ]


def test_the_memory_forgets_what_lies_behind_a_clip() -> None:
    attention = Attention(NetworkShape(vocabulary=1, width=1, heads=1, kernel=3), 1)
    torch.nn.init.constant_(attention.fsmn_block.weight, 1.0)
    value = torch.tensor([1.0, 10.0, 1e6])[None, :, None]
    silenced = Padded([2], CPU, columns=3).silence(value)
    assert attention.memory(silenced)[0, :2, 0].tolist() == [12.0, 21.0]


def test_its_tensors_are_named_as_in_the_released_checkpoint() -> None:
    small = NetworkShape(vocabulary=3, features=8, width=4, heads=2, inner=4, kernel=3)
    names = list(Network(small).state_dict())
    assert len(names) == 917
    assert {
        "embed.weight",
        "encoder.encoders0.0.self_attn.linear_q_k_v.weight",
        "encoder.encoders0.0.self_attn.fsmn_block.weight",
        "encoder.encoders.48.self_attn.linear_out.bias",
        "encoder.tp_encoders.19.feed_forward.w_2.bias",
        "encoder.tp_encoders.0.norm2.weight",
        "encoder.after_norm.weight",
        "encoder.tp_norm.bias",
        "ctc.ctc_lo.weight",
    } <= set(names)


def test_a_shape_is_read_from_encoder_conf() -> None:
    conf = {"output_size": 256, "attention_heads": 8, "linear_units": 1024, "num_blocks": 6, "tp_blocks": 1, "kernel_size": 7}
    assert NetworkShape.of(conf, 100) == NetworkShape(100, width=256, heads=8, inner=1024, blocks=6, tp_blocks=1, kernel=7)
    assert NetworkShape.of({}, 25_055) == NetworkShape(25_055)
    assert NetworkShape.of({"sanm_shfit": 2}, 5).shift == 2
    with pytest.raises(TypeError, match="num_blocks"):
        NetworkShape.of({"num_blocks": "fifty"}, 5)
