from __future__ import annotations

import logging

import pytest
import torch
from torch import nn

from models.sensevoice import Precision, precision
from models.sensevoice.layout import Packed
from models.sensevoice.network import Network, NetworkShape
from models.sensevoice.precision import HalfLinear, Int8Linear, to_bytes

CPU = torch.device("cpu")
SHAPE = NetworkShape(vocabulary=30, features=24, width=32, heads=4, inner=64, blocks=3, tp_blocks=2, kernel=5)

needs_vnni = pytest.mark.skipif(not torch.cpu._is_vnni_supported(), reason="this CPU has no VNNI: products of bytes saturate")


@pytest.fixture
def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(96, 40)


def int8(linear: nn.Linear, rectified: bool = False) -> Int8Linear:
    weight, scales = to_bytes(linear.weight)
    return Int8Linear(weight, linear.bias, scales, rectified)


def frames(n: int, width: int = 96) -> torch.Tensor:
    """Some loud, some soft: each needs a scale of its own."""
    return torch.randn(n, width, generator=torch.Generator().manual_seed(1)) * torch.logspace(-3, 3, n)[:, None]


@needs_vnni
@torch.inference_mode()
def test_bytes_say_what_floats_say_within_a_part_of_each_frames_loudest(linear: nn.Linear) -> None:
    inputs = frames(50)
    reduced, exact = int8(linear)(inputs) - linear.bias, linear(inputs) - linear.bias
    error = (reduced - exact).norm(dim=1) / exact.norm(dim=1)
    assert error.max() < 0.02


@needs_vnni
@torch.inference_mode()
def test_what_is_never_negative_has_the_whole_byte(linear: nn.Linear) -> None:
    inputs = frames(50).relu()
    exact = linear(inputs)
    plain, rectified = (int8(linear, rectified)(inputs) - exact for rectified in (False, True))
    assert rectified.norm() < 0.75 * plain.norm()


@needs_vnni
@torch.inference_mode()
def test_a_frame_is_heard_alike_in_any_company(linear: nn.Linear) -> None:
    reduced, inputs = int8(linear), frames(50)
    together = reduced(inputs)
    assert all(torch.equal(reduced(inputs[i : i + 1])[0], together[i]) for i in range(50))


@needs_vnni
@torch.inference_mode()
def test_silence_gives_the_bias(linear: nn.Linear) -> None:
    for rectified in (False, True):
        heard = int8(linear, rectified)(torch.zeros(3, 96))
        assert torch.equal(heard, linear.bias.expand(3, -1))


@torch.inference_mode()
def test_half_a_layer_is_nearly_the_whole(linear: nn.Linear) -> None:
    half, exact = HalfLinear(linear.weight, linear.bias, torch.bfloat16)(frames(50)), linear(frames(50))
    assert half.dtype == torch.bfloat16
    assert (half.float() - exact).norm() < 0.01 * exact.norm()


@pytest.mark.parametrize("reduced", ["fp32", "bf16", pytest.param("int8", marks=needs_vnni)])
@torch.inference_mode()
def test_a_reduced_network_hears_nearly_the_same(reduced: Precision) -> None:
    torch.manual_seed(0)
    network = Network(SHAPE).eval()
    layout = Packed([24, 9], network.gap, CPU)
    features, queries = torch.randn(25, 24), torch.tensor([[0, 1, 2, 14]] * 2)
    exact = network.head(network.encode(features, queries, layout))
    heard = precision.fill(Network(SHAPE).eval(), network.state_dict(), reduced)
    logits = heard.head(heard.encode(features, queries, layout))
    assert logits.dtype == torch.float32
    assert (logits - exact).norm() < 0.03 * exact.norm()
    linears = [module for module in heard.modules() if isinstance(module, nn.Linear)]
    assert bool(linears) == (reduced == "fp32")


def test_the_fastest_precision_is_taken_and_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    seconds = {"fp32": 0.003, "bf16": 0.001, "int8": 0.002}
    monkeypatch.setattr(precision, "_has_vnni", lambda: True)
    monkeypatch.setattr(precision, "_has_bf16", lambda: True)
    monkeypatch.setattr(precision, "_measured", seconds.__getitem__)
    with caplog.at_level(logging.INFO):
        assert precision.choose(CPU) == "bf16"
    assert "bf16, the fastest here" in caplog.text
    assert "int8 2.00 ms" in caplog.text


def test_what_the_cpu_lacks_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_has_vnni", lambda: False)
    monkeypatch.setattr(precision, "_has_bf16", lambda: False)
    assert precision.choose(CPU) == "fp32"
