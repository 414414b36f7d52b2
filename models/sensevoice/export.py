"""Reduced weights beside a checkpoint, so that a start need neither read the full ones nor round them."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from speech.errors import CheckpointCorrupt, CheckpointMissing

from . import Precision, precision

log = logging.getLogger(__name__)

ENDS = 1 << 20  # bytes at both ends of a file that, with its size, tell it from another


def export(folder: Path, reduced: Precision = "int8") -> Path:
    """Writes model.<precision>.pt beside model.pt, whole or not at all; the file's path.

    Raises CheckpointMissing, CheckpointCorrupt, or OSError where the folder cannot be written.
    """
    weights = folder / "model.pt"
    if not weights.is_file():
        raise CheckpointMissing(str(folder), weights.name)
    try:
        state = precision.rounded(_read(weights), reduced)
    except Exception as error:
        raise CheckpointCorrupt(weights.name, f"it cannot be read ({type(error).__name__})") from error
    target = _beside(weights, reduced)
    temporary = target.with_suffix(".part")
    with temporary.open("wb") as file:
        torch.save({"of": _fingerprint(weights), "state_dict": state}, file)
    temporary.replace(target)
    return target


def state(weights: Path, reduced: Precision) -> Mapping[str, Tensor]:
    """The tensors of a checkpoint: what was exported in that precision, where it is of these very weights, else model.pt's."""
    exported = _beside(weights, reduced)
    if exported.is_file():
        try:
            found = torch.load(exported, map_location="cpu", weights_only=True, mmap=True)
            if found["of"] == _fingerprint(weights):
                log.info("weights from %s", exported.name)
                kept: Mapping[str, Tensor] = found["state_dict"]
                return kept
            log.warning("%s is not of the %s beside it and is left alone", exported.name, weights.name)
        except Exception:
            log.warning("%s cannot be read and is left alone", exported.name, exc_info=True)
    return _read(weights)


def _read(weights: Path) -> Mapping[str, Tensor]:
    """Weights only, never code, read as they are used."""
    found = torch.load(weights, map_location="cpu", weights_only=True, mmap=True)
    tensors: Mapping[str, Tensor] = found.get("state_dict", found)  # funasr's trainer wraps what its releases do not
    return tensors


def _beside(weights: Path, reduced: Precision) -> Path:
    return weights.with_name(f"{weights.stem}.{reduced}.pt")


def _fingerprint(file: Path) -> str:
    """Of its size and its two ends: enough to tell one training's weights from another's, within milliseconds."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        first = opened.read(ENDS)
        opened.seek(max(size - ENDS, 0), os.SEEK_SET)
        return hashlib.sha256(b"%d" % size + first + opened.read()).hexdigest()
