"""What torch raises, as the batcher knows it: no room for a batch, or a device that is lost for this process."""

from __future__ import annotations

import torch

from speech.errors import EngineOutOfMemory, EngineUnavailable

# Words of torch 2.13's RuntimeErrors that have no type of their own
NO_ROOM = ("can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")  # c10/core/impl/alloc_cpu.cpp; cuBLAS
LOST = ("CUDA error", "CUBLAS_STATUS_EXECUTION_FAILED", "unspecified launch failure")  # every later call fails as well


def known(error: BaseException) -> EngineOutOfMemory | EngineUnavailable | None:
    """The error by the name that Engine.infer gives it; None for any other."""
    said = str(error)
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in said for words in NO_ROOM):
        return EngineOutOfMemory()
    if isinstance(error, torch.AcceleratorError) or any(words in said for words in LOST):
        first = said.partition("\n")[0]
        return EngineUnavailable(f"its device is lost to this process ({first})")
    return None


def free_memory() -> None:
    """Gives back what torch keeps of the GPU's memory for later."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
