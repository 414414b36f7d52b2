"""sherpa-onnx over the same checkpoint, exported and in 8 bits: PYTHON -m benchmarks.contestants.sherpa FOLDER

single CLIP…   one by one
batched CLIP…  four of like length at once
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.machine import cores

from .serving import Action, Samples, Taken, read_all, serve, timed

RATE = 16_000  # Hz
AT_ONCE = 4  # clips


def _load() -> Mapping[str, Action]:
    import sherpa_onnx  # type: ignore[import-not-found]  # it lives in a Python of its own

    folder = Path(sys.argv[1])
    recognizer = sherpa_onnx.OfflineRecognizer.from_sense_voice(
        model=str(folder / "model.int8.onnx"), tokens=str(folder / "tokens.txt"), num_threads=cores(), use_itn=True
    )

    def hear(batches: Sequence[Sequence[Samples]]) -> None:
        for clips in batches:
            streams = [recognizer.create_stream() for _ in clips]
            for stream, samples in zip(streams, clips, strict=True):
                stream.accept_waveform(RATE, samples)
            recognizer.decode_streams(streams)

    def single(paths: Sequence[str]) -> Taken:
        clips = read_all(paths)
        return timed(lambda: hear([[clip] for clip in clips]))

    def batched(paths: Sequence[str]) -> Taken:
        clips = sorted(read_all(paths), key=len)
        return timed(lambda: hear([clips[i : i + AT_ONCE] for i in range(0, len(clips), AT_ONCE)]))

    return {"single": single, "batched": batched}


if __name__ == "__main__":
    serve(_load)
