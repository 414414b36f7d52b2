"""How much there is to multiply."""

from __future__ import annotations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import DEMO
from benchmarks.floor import Work, attention_precision, frames_of, shape_of, work
from models.sensevoice.features import stacking
from models.sensevoice.network import N_QUERIES, Network, NetworkShape

SMALL = NetworkShape(vocabulary=50, features=56, width=32, heads=4, inner=64, blocks=3, tp_blocks=1)


@pytest.mark.parametrize("n_samples", [1, 400, 559, 560, 16_000, 240_000])
def test_a_clip_has_as_many_frames_as_the_frontend_makes_of_it(n_samples: int) -> None:
    n_mels = 1 + (max(n_samples, 400) - 400) // 160
    assert frames_of(n_samples) == len(stacking(n_mels)) + N_QUERIES


def test_the_count_is_torchs_own_but_for_the_memory() -> None:
    """Of the memory, a convolution, torch counts what is padded too."""
    n = 20
    written_out = sdpa_kernel(SDPBackend.MATH)  # the counter does not know the CPU's fused kernel
    with FlopCounterMode(display=False) as counter, torch.inference_mode(), written_out:
        Network(SMALL)(
            torch.zeros(1, n - N_QUERIES, 56), torch.tensor([n - N_QUERIES]), torch.zeros(1, N_QUERIES, dtype=torch.long)
        )
    memory = 2 * n * 4 * SMALL.width * SMALL.kernel
    counted = sum(count for name, count in counter.get_flop_counts()["Global"].items() if "conv" not in str(name))
    found = work(SMALL, [n])
    assert found.linear + found.attention - memory == pytest.approx(counted)


def test_clips_are_added_and_attention_grows_with_the_square() -> None:
    once, both, longer = work(SMALL, [10]), work(SMALL, [10, 10]), work(SMALL, [20])
    assert (both.linear, both.attention) == (2 * once.linear, 2 * once.attention)
    assert longer.linear == both.linear
    assert longer.attention > both.attention


def test_each_part_takes_its_own_rate() -> None:
    assert Work(linear=100.0, attention=30.0).seconds(linear_rate=50.0, attention_rate=10.0) == 5.0


def test_attention_is_never_in_integers() -> None:
    assert attention_precision("int8", ["avx512_bf16"]) == "bf16"
    assert attention_precision("int8", ["avx512_vnni"]) == "fp32"
    assert attention_precision("bf16", []) == "bf16"


def test_the_shape_is_read_from_the_files_beside_the_weights() -> None:
    assert shape_of(DEMO) == NetworkShape(vocabulary=2600, width=256, inner=1024, blocks=6, tp_blocks=1)
