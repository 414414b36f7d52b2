"""Our engine, on the CPU: python -m benchmarks.contestants.ours CHECKPOINT PRECISION

packed CLIP…     as many clips in one forward pass as the engine says
single CLIP…     one by one
forward CLIP…    one by one, nothing but the encoder
matmul PRECISION one pass over the matrix products of a block
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from settings import prepare_environment
from speech.audio import SAMPLE_RATE, Waveform
from speech.engine import CheckpointInfo, Clip

from .serving import Action, Samples, Taken, read_all, serve, timed


def main() -> None:
    prepare_environment()
    serve(_load)


def _load() -> Mapping[str, Action]:
    import torch

    from benchmarks import matmul
    from models.sensevoice import Precision, SenseVoiceOptions
    from models.sensevoice.engine import SenseVoice
    from models.sensevoice.network import N_QUERIES

    precision = cast(Precision, sys.argv[2])
    options = SenseVoiceOptions(device="cpu", precision=precision)
    engine = SenseVoice.load(Path(sys.argv[1]), CheckpointInfo("bench", "folder"), options)

    def hear(batches: Sequence[Sequence[Samples]]) -> None:
        for batch in batches:
            engine.infer([Clip(Waveform(samples)) for samples in batch])

    def packed(paths: Sequence[str]) -> Taken:
        batches = together(read_all(paths), engine.at_once)
        return timed(lambda: hear(batches))

    def single(paths: Sequence[str]) -> Taken:
        clips = read_all(paths)
        return timed(lambda: hear([[clip] for clip in clips]))

    @torch.inference_mode()
    def forward(paths: Sequence[str]) -> Taken:
        taken = 0.0
        for samples in read_all(paths):
            frames, lengths = engine._frontend([samples])
            layout = engine._layout([N_QUERIES + length for length in lengths])
            queries = torch.tensor([range(N_QUERIES)])
            started = time.perf_counter()
            engine._network.encode(frames, queries, layout)
            taken += time.perf_counter() - started
        return Taken(taken)

    return {"packed": packed, "single": single, "forward": forward, "matmul": matmul.measure}


def together(clips: Sequence[Samples], most: float) -> list[list[Samples]]:
    """In their order, `most` seconds in each batch together."""
    batches: list[list[Samples]] = []
    for clip in clips:
        if batches and sum(map(len, batches[-1])) + len(clip) <= most * SAMPLE_RATE:
            batches[-1].append(clip)
        else:
            batches.append([clip])
    return batches


if __name__ == "__main__":
    main()
