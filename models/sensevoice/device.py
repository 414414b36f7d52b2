"""Where the network runs, and whether it can: a driver may be there and broken, a GPU there and not to be used."""

from __future__ import annotations

import logging
import warnings

import torch

from speech.errors import NoGpu

from . import SenseVoiceOptions

log = logging.getLogger(__name__)

NO_GPU = "torch finds no GPU"
CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def device_of(options: SenseVoiceOptions) -> torch.device:
    """CUDA where "auto" finds that it works; the CPU, with a warning, where a driver is broken. Raises NoGpu for "cuda"."""
    if options.device == "cpu":
        return CPU
    found, reason = _try_cuda()
    if found:
        return CUDA
    if options.device == "cuda":
        raise NoGpu(reason)
    if reason != NO_GPU and torch.version.cuda:
        log.warning("going on with the CPU: there may be a GPU, but %s. Set EARSHOT_DEVICE=cpu where that is right", reason)
    return CPU


def _try_cuda() -> tuple[bool, str]:
    """Whether a number can be kept on a GPU, and why not: torch says it in a warning, or when asked to compute."""
    if torch.version.cuda is None:
        return False, f"torch {torch.__version__} is a build without CUDA"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if not available:
        return False, _first_sentence(str(said[0].message)) if said else NO_GPU
    try:
        torch.ones(1, device=CUDA).add_(1).item()
    except RuntimeError as fault:  # no kernel for this card, or another process has it for itself
        return False, _first_sentence(str(fault))
    return True, ""


def _first_sentence(words: str) -> str:
    """Of torch's paragraphs, as "CUDA initialization: The NVIDIA driver on your system is too old (found …). Please …"."""
    line = words.strip().partition("\n")[0].removeprefix("CUDA initialization: ")
    return line.partition(". ")[0].removesuffix(".")
