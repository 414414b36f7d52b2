"""What the linear layers compute in: float32, bfloat16 or float16, or 8-bit integers with float32 around them.

Everything else (norms, residuals, softmax of the labels) stays in float32. Which is the fastest differs by machine, so a
moment's measurement decides.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import Precision
from .device import device_of as device_of
from .network import Network

log = logging.getLogger(__name__)

HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}
TRIED = (256, 512, 2048)  # frames, inputs and outputs of the layer that is measured
REPEATS = 5


def choose(device: torch.device) -> Precision:
    """The precision that runs a layer of SenseVoiceSmall's fastest on this device."""
    if device.type == "cuda":  # bfloat16 has float32's range: no activation is too large for it
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    able: dict[Precision, bool] = {"int8": _has_vnni(), "bf16": _has_bf16(), "fp32": True}
    times = {precision: _measured(precision) for precision, can in able.items() if can}
    fastest = min(times, key=times.__getitem__)
    shown = ", ".join(f"{precision} {1e3 * seconds:.2f} ms" for precision, seconds in times.items())
    log.info("%s, the fastest here (a %dx%d layer over %d frames: %s)", fastest, *TRIED[1:], TRIED[0], shown)
    return fastest


@torch.inference_mode()
def _measured(precision: Precision) -> float:
    """Seconds of one layer on one thread, the least of a few runs: of its own time, whoever else is using the machine."""
    frames, width_in, width_out = TRIED
    linear = nn.Linear(width_in, width_out)
    run = linear if precision == "fp32" else layer(linear.weight, linear.bias, None, precision)
    inputs = torch.randn(frames, width_in)
    threads, times = torch.get_num_threads(), []
    torch.set_num_threads(1)
    for _ in range(REPEATS):
        started = time.thread_time()
        run(inputs)
        times.append(time.thread_time() - started)
    torch.set_num_threads(threads)
    return min(times)


def _has_vnni() -> bool:
    """Without it the product of bytes saturates, and is slow."""
    return bool(torch.cpu._is_vnni_supported())


def _has_bf16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported())


def fill(network: Network, state: Mapping[str, Tensor], precision: Precision) -> Network:
    """Gives a network its weights, those of linear layers in `precision`: a checkpoint's tensors, or those of `rounded`.

    Raises KeyError, ValueError or RuntimeError where they do not fit the network.
    """
    left = dict(state)
    for path, linear in list(network.named_modules()):
        if isinstance(linear, nn.Linear):
            if left[f"{path}.weight"].shape != linear.weight.shape:
                raise ValueError(f"{path} is of another shape")
            if precision != "fp32":
                weight, bias = left.pop(f"{path}.weight"), left.pop(f"{path}.bias")
                scales = left.pop(f"{path}.scales", None)  # of an export
                parent, _, name = path.rpartition(".")
                setattr(network.get_submodule(parent), name, layer(weight, bias, scales, precision, name))
    network.load_state_dict({name: tensor.float() for name, tensor in left.items()}, assign=True)
    return network


def layer(weight: Tensor, bias: Tensor, scales: Tensor | None, precision: Precision, name: str = "") -> nn.Module:
    """A linear layer; what it is called in the network tells what goes in and where the rest goes."""
    if precision != "int8":
        return HalfLinear(weight, bias, HALVES[precision])
    if scales is None:
        weight, scales = to_bytes(weight)
    to_attention = name == "linear_q_k_v" and _has_bf16()
    return Int8Linear(weight, bias, scales, name == "w_2", torch.bfloat16 if to_attention else torch.float32)


def rounded(state: Mapping[str, Tensor], precision: Precision) -> dict[str, Tensor]:
    """A checkpoint's tensors with the weights of linear layers as `precision` keeps them: what `export` writes."""
    kept: dict[str, Tensor] = dict(state)
    for path in [name.removesuffix(".weight") for name in state if name.endswith(".weight")]:
        weight = state[f"{path}.weight"]
        if weight.ndim == 2 and f"{path}.bias" in state:
            if precision == "int8":
                kept[f"{path}.weight"], kept[f"{path}.scales"] = to_bytes(weight)
            elif precision != "fp32":
                kept[f"{path}.weight"] = weight.to(HALVES[precision])
    return kept


def to_bytes(weight: Tensor) -> tuple[Tensor, Tensor]:
    """(outputs, inputs) as signed bytes, and what a byte of each output is worth."""
    weight = weight.detach().float()
    scales = (weight.abs().amax(1) / 127).clamp_min(torch.finfo(torch.float32).tiny)
    return (weight / scales[:, None]).round_().to(torch.int8), scales


class HalfLinear(nn.Module):
    """A linear layer in 16 bits, whatever it is given."""

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", weight.detach().to(dtype), persistent=False)
        self.register_buffer("bias", bias.detach().to(dtype), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        return functional.linear(inputs.to(self.weight.dtype), self.weight, self.bias)


class Int8Linear(nn.Module):
    """A linear layer in 8-bit integers: a scale for each output of the weights, and for each frame of what comes in.

    The scale of a frame is taken from the frame itself, so no clip is heard differently for the company it is in. The
    product is oneDNN's, exact in 32 bits: unsigned times signed bytes, AVX512-VNNI where the CPU has it.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, scales: Tensor, rectified: bool = False, out: torch.dtype = torch.float32
    ) -> None:
        """`weight` and `scales` as `to_bytes` gives them. `rectified`: nothing negative comes in, and no byte is kept for it."""
        super().__init__()
        self._packed = torch.ops.onednn.qlinear_prepack(weight, None)
        self._zeros = torch.zeros(len(scales), dtype=torch.int64)
        self._zero, self._top = (0, 255.0) if rectified else (128, 127.0)
        self._scales = scales / self._top  # what a byte is worth where the loudest value of a frame is 1
        self._bias = bias.detach().float()
        self._out = out

    def forward(self, inputs: Tensor) -> Tensor:
        frames = inputs.flatten(0, -2).float()
        loudest = (frames if self._zero == 0 else frames.abs()).amax(1, keepdim=True)
        product = _product(
            _scaled(frames, self._top / loudest, self._zero),
            *(1.0, self._zero, self._packed, self._scales, self._zeros),
            *(None, 1.0, 0, torch.float32, "none", [], ""),
        )
        return torch.addcmul(self._bias, product, loudest).to(self._out).view(*inputs.shape[:-1], -1)


_product = torch.ops.onednn.qlinear_pointwise.default  # of PT2E quantisation on x86 (torch 2.13, qlinear.cpp); pinned with torch
_MIDDLE = torch.tensor(-128.0)


def _scaled(frames: Tensor, steps: Tensor, zero: int) -> Tensor:
    """round(frames * steps) + zero as unsigned bytes, by way of signed ones: torch converts those eight times as fast.

    A silent frame has endless steps and comes out as anything; it is multiplied by its loudest value, nothing.
    """
    scaled = frames * steps if zero else torch.addcmul(_MIDDLE, frames, steps)
    return scaled.round_().to(torch.int8).view(torch.uint8).bitwise_xor_(128)
