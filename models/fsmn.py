"""FunASR's fsmn-vad: where somebody speaks. Knows nothing of what is said."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from speech.audio import SAMPLE_RATE, Waveform
from speech.errors import EngineUnavailable
from speech.spans import Span

from .checkpoints import refuse_unsafe_environment
from .loudness import LoudnessOptions, beside

if TYPE_CHECKING:
    from funasr import AutoModel

FILES = ("config.yaml", "model.pt", "am.mvn")
SHORTEST = 0.1  # s; FunASR 1.4.16 divides by the number of its 25 ms frames, none in a blink


@dataclass(frozen=True, slots=True)
class FsmnOptions:
    """As the model was released (iic/speech_fsmn_vad_zh-cn-16k-common-pytorch, config.yaml)."""

    end_silence: float = 0.8  # s of silence that end speech
    longest: float = 60.0  # s after which speech is cut, even in a word
    sounds: LoudnessOptions | None = field(default_factory=LoudnessOptions)  # None: speech alone


class Fsmn:
    """A detector. One caller at a time: AutoModel.generate writes into itself."""

    name = "fsmn"

    def __init__(self, folder: Path, options: FsmnOptions | None = None) -> None:
        self.options = options or FsmnOptions()
        self._lock = threading.Lock()
        self._model = _model(folder, self.options)

    def segment(self, waveform: Waveform) -> list[Span]:
        """Speech, and beside it what is loud enough to be laughter, applause or music. 16 kHz only."""
        return beside(waveform, self.speech(waveform), self.options.sounds)

    def speech(self, waveform: Waveform) -> list[Span]:
        if waveform.rate != SAMPLE_RATE:
            raise ValueError(f"fsmn-vad hears {SAMPLE_RATE} Hz, not {waveform.rate}")
        if waveform.duration < SHORTEST:
            return []
        with self._lock:
            # dynamic_silence is on by default and joins what end_silence would part (one span of 60 s for FunASR's own example)
            (answer,) = self._model.generate(waveform.samples, cache={}, dynamic_silence=False)
        found = [Span(start / 1000, min(end / 1000, waveform.duration)) for start, end in answer["value"]]
        return [span for span in found if span.length > 0]


def _model(folder: Path, options: FsmnOptions) -> AutoModel:
    """Checked before FunASR sees it: a folder that is not there would be looked up in a hub."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise EngineUnavailable(f"{folder} is not fsmn-vad: {', '.join(missing)} missing. Set EARSHOT_VAD_FOLDER")
    refuse_unsafe_environment()
    from funasr import AutoModel

    return AutoModel(
        model=str(folder),
        device="cpu",
        disable_update=True,
        disable_pbar=True,
        log_level="ERROR",
        max_end_silence_time=round(options.end_silence * 1000),
        max_single_segment_time=round(options.longest * 1000),  # counts here only, not in generate
    )
