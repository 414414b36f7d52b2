from __future__ import annotations

import pytest
import torch

from models.sensevoice import faults
from speech.errors import EngineOutOfMemory, EngineUnavailable


def raised_by_the_cpu() -> BaseException:
    with pytest.raises(RuntimeError) as told:
        torch.empty(2**50)
    return told.value


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError(), raised_by_the_cpu()])
def test_a_lack_of_memory_is_known_by_its_name(error: BaseException) -> None:
    assert isinstance(faults.known(error), EngineOutOfMemory)


@pytest.mark.parametrize(
    "error",
    [RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors"), torch.AcceleratorError("unknown", 719)],
)
def test_a_lost_device_is_known_by_its_name(error: BaseException) -> None:
    fault = faults.known(error)
    assert isinstance(fault, EngineUnavailable)
    assert "\n" not in str(fault)


def test_any_other_fault_keeps_its_name() -> None:
    assert faults.known(RuntimeError("shape mismatch")) is None
