"""How fast this machine multiplies matrices of the network's sizes, in each precision. Runs in a contestant's process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch.nn import functional

from models.sensevoice import Precision

from .contestants.serving import Taken

FRAMES = 1_000  # a minute of audio
LAYERS = ((512, 1536), (512, 512), (512, 2048), (2048, 512))  # inputs and outputs of the linear layers of one block
WORK = 2.0 * FRAMES * sum(width_in * width_out for width_in, width_out in LAYERS)  # operations of one pass
PASSES = 9
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@torch.inference_mode()
def seconds(precision: Precision) -> float:
    """Of one pass: WORK operations. The median of a few, after one to warm up."""
    products = [_product(precision, *layer) for layer in LAYERS]
    return statistics.median([_pass(products) for _ in range(PASSES + 1)][1:])


def measure(precisions: Sequence[str]) -> Taken:
    """The same as a contestant's action: one pass in the precision that is named."""
    return Taken(seconds(cast(Precision, precisions[0])))


def _pass(products: list[Callable[[], object]]) -> float:
    started = time.perf_counter()
    for product in products:
        product()
    return time.perf_counter() - started


def _product(precision: Precision, width_in: int, width_out: int) -> Callable[[], object]:
    if precision == "int8":
        return _bytes_product(width_in, width_out)
    inputs, weight = (torch.randn(n, width_in, dtype=DTYPES[precision]) for n in (FRAMES, width_out))
    return lambda: functional.linear(inputs, weight)


def _bytes_product(width_in: int, width_out: int) -> Callable[[], object]:
    """The product alone, as models/sensevoice/precision.py asks oneDNN for it: what goes in is in bytes already."""
    inputs = torch.randint(0, 255, (FRAMES, width_in), dtype=torch.uint8)
    packed = torch.ops.onednn.qlinear_prepack(torch.randint(-127, 127, (width_out, width_in), dtype=torch.int8), None)
    scales, zeros = torch.ones(width_out), torch.zeros(width_out, dtype=torch.int64)
    multiply = torch.ops.onednn.qlinear_pointwise.default
    return lambda: multiply(*(inputs, 1.0, 128, packed, scales, zeros), *(None, 1.0, 0, torch.float32, "none", [], ""))
