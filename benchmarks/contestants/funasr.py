"""FunASR as its documentation calls it: python -m benchmarks.contestants.funasr CHECKPOINT [VAD]

single CLIP…  AutoModel.generate, one by one
long FILE     the same with its voice activity detector, for recordings of any length
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence

from .serving import Action, Taken, read, read_all, serve, timed

ASKED = {"language": "auto", "use_itn": True}
IN_PIECES = {"batch_size_s": 60, "merge_vad": True, "merge_length_s": 15}


def _load() -> Mapping[str, Action]:
    logging.disable(logging.WARNING)
    from funasr import AutoModel

    checkpoint, *vad = sys.argv[1:]
    detector = {"vad_model": vad[0], "vad_kwargs": {"max_single_segment_time": 30_000}} if vad else {}
    model = AutoModel(model=checkpoint, device="cpu", disable_update=True, disable_pbar=True, **detector)

    def single(paths: Sequence[str]) -> Taken:
        clips = read_all(paths)
        return timed(lambda: [model.generate(input=clip, **ASKED) for clip in clips])

    def long(paths: Sequence[str]) -> Taken:
        samples = read(paths[0])
        return timed(lambda: model.generate(input=samples, cache={}, **ASKED, **IN_PIECES))

    return {"single": single, "long": long}


if __name__ == "__main__":
    serve(_load)
