"""Our engine beside FunASR's own: the same frames to the bit, the same words, the same probabilities.

The released weights are not here, so the network has random ones, in the released shape and with the released tokenizer:
whatever the weights say, both must hear the same. The figures stand in docs/faithfulness.md.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from numpy.typing import NDArray

from models.sensevoice import features
from models.sensevoice.engine import SenseVoice
from speech.audio import decode
from speech.engine import CheckpointInfo, Clip
from speech.spans import Span

ROOT = Path(__file__).parents[3]
DATA = ROOT / "../shared/data"  # the released files but the weights, and other people's recordings, beside the project
RELEASED = DATA / "sensevoice-small"
DEMO = ROOT / "models/demo"
LONGEST = 30.0  # s
PADDED = 60.0  # s of one batch

pytestmark = [
    pytest.mark.reference,
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / "speech").exists(), reason="needs the recordings beside the project"),
]


@dataclass(frozen=True)
class Theirs:
    """FunASR's AutoModel, asked as its own `generate` asks it; only without dither, which would make each run differ."""

    model: Any
    tokenizer: Any
    frontend: Any

    @classmethod
    def load(cls, folder: Path) -> Theirs:
        from funasr import AutoModel

        made = AutoModel(
            model=str(folder), device="cpu", ncpu=torch.get_num_threads(), disable_update=True, disable_pbar=True, log_level="ERROR"
        )
        made.kwargs["frontend"].dither = 0.0
        return cls(made.model, made.kwargs["tokenizer"], made.kwargs["frontend"])

    def raw(self, clips: Sequence[Clip]) -> list[str]:
        with torch.inference_mode():
            answers, _ = self.model.inference(
                data_in=[torch.from_numpy(clip.waveform.samples) for clip in clips],
                key=[str(i) for i in range(len(clips))],
                tokenizer=self.tokenizer,
                frontend=self.frontend,
                device="cpu",
                language="auto",
                use_itn=True,
            )
        return [answer["text"] for answer in answers]

    def frames(self, clip: Clip) -> NDArray[np.float32]:
        samples = torch.from_numpy(clip.waveform.samples)[None]
        frames, _ = self.frontend(samples, torch.tensor([samples.shape[1]]))
        return np.asarray(frames[0])
