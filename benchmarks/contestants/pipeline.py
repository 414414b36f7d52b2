"""Our whole pipeline, from a file to its segments: python -m benchmarks.contestants.pipeline CHECKPOINT PRECISION

hear FILE         one recording, from the file to the last segment
matmul PRECISION  one pass over the matrix products of a block
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import models
from settings import Settings, prepare_environment
from speech.transcriber import Progress, State, Transcriber

from .serving import Action, Taken, serve


def main() -> None:
    prepare_environment()
    serve(_load)


def _load() -> Mapping[str, Action]:
    from benchmarks import matmul
    from models.sensevoice import Precision

    precision = cast(Precision, sys.argv[2])
    settings = Settings(model=sys.argv[1], device="cpu", precision=precision, offline=True)
    transcriber = Transcriber(models.INFO, models.loader(settings.models), settings.transcriber)
    transcriber.start()
    status = transcriber.wait()
    if status.state is not State.READY:
        raise SystemExit(status.detail)

    def hear(paths: Sequence[str]) -> Taken:
        started = time.perf_counter()
        first = 0.0
        for step in transcriber.listen(Path(paths[0])):
            if not first and isinstance(step, Progress) and step.heard:
                first = time.perf_counter() - started
        return Taken(time.perf_counter() - started, first)

    return {"hear": hear, "matmul": matmul.measure}


if __name__ == "__main__":
    main()
