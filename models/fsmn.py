"""FunASR's fsmn-vad: where somebody speaks. Knows nothing of what is said."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from speech.audio import SAMPLE_RATE, Waveform
from speech.errors import CheckpointCorrupt, EngineUnavailable
from speech.spans import Span

from .checkpoints import refuse_unsafe_environment
from .loudness import LoudnessOptions, beside

if TYPE_CHECKING:
    from funasr import AutoModel
    from torch import Tensor

NETWORK = "FsmnVADStreaming"
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


def check_folder(folder: Path) -> None:
    """Cheap: whether all files are there."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise EngineUnavailable(f"{folder} is not fsmn-vad: {', '.join(missing)} missing. Set EARSHOT_VAD_FOLDER")


def _model(folder: Path, options: FsmnOptions) -> AutoModel:
    """Put together here from three files. FunASR given the folder would make whichever of its models a config.yaml names,
    run code that lies beside it where that says trust_remote_code, and look a folder that is not there up in a hub."""
    check_folder(folder)
    refuse_unsafe_environment()
    config, weights = _config(folder / "config.yaml"), _weights(folder / "model.pt")
    from funasr import AutoModel

    model = AutoModel(
        model=NETWORK,
        model_conf=config["model_conf"],
        encoder="FSMN",
        encoder_conf=config["encoder_conf"],
        frontend="WavFrontendOnline",
        frontend_conf={**config["frontend_conf"], "cmvn_file": str(folder / "am.mvn")},
        device="cpu",
        disable_update=True,
        disable_pbar=True,
        log_level="ERROR",
        trust_remote_code=False,
        max_end_silence_time=round(options.end_silence * 1000),
        max_single_segment_time=round(options.longest * 1000),  # counts here only, not in generate
    )
    try:
        model.model.load_state_dict(weights)
    except RuntimeError as fault:
        raise CheckpointCorrupt(str(folder / "model.pt"), "it does not fit config.yaml") from fault
    return model


def _config(file: Path) -> Mapping[str, Mapping[str, object]]:
    """The three groups that are asked for; what else it says is not heeded."""
    try:
        config = yaml.safe_load(file.read_text("utf-8"))
        return {group: dict(config[group]) for group in ("model_conf", "encoder_conf", "frontend_conf")}
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as fault:
        raise CheckpointCorrupt(str(file), f"it cannot be read ({type(fault).__name__})") from fault


def _weights(file: Path) -> Mapping[str, Tensor]:
    import torch

    try:
        weights: Mapping[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as fault:
        raise CheckpointCorrupt(str(file), f"it cannot be read as weights alone ({type(fault).__name__})") from fault
    return weights
