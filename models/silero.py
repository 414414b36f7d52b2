"""Silero's voice activity detector in ONNX: where somebody speaks. Knows nothing of what is said.

The model file comes with the package silero-vad 6.2.3 (MIT), which is not imported: that would bring torch and torchaudio.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from speech.audio import SAMPLE_RATE, Waveform
from speech.errors import EngineUnavailable
from speech.spans import Span, pad

from .loudness import LoudnessOptions, beside

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = NDArray[np.float32]

# The form for whole recordings: many windows in one call, the same numbers to the bit as silero_vad.onnx, 2.1 times as fast.
MODEL = "silero_vad_16k_sequence.onnx"
WINDOW = 512  # samples, 32 ms: a probability each (silero_vad 6.2.3, sequence_vad.py: RATE_CONFIG)
CONTEXT = 64  # samples before a window that the model sees too (ibid.)
CALL = 256  # windows a call: the fastest of 64 to 3750 here, and 2 MB
STATE = (1, 1, 128)  # shape of each of the LSTM's two states


@dataclass(frozen=True, slots=True)
class SileroOptions:
    """Silero's own defaults (silero_vad 6.2.3, utils_vad.py: get_speech_timestamps)."""

    threshold: float = 0.5  # probability from which speech begins
    release: float = 0.35  # probability below which it ends: threshold - 0.15
    shortest: float = 0.25  # s of speech; less is a click
    gap: float = 0.1  # s of silence that end it
    margin: float = 0.03  # s kept on both sides
    sounds: LoudnessOptions | None = field(default_factory=LoudnessOptions)  # None: speech alone


class Silero:
    """A detector. One session for all threads: what a call remembers is its own."""

    name = "silero"

    def __init__(self, options: SileroOptions | None = None) -> None:
        self.options = options or SileroOptions()
        self._session = _session(_model_file())

    def segment(self, waveform: Waveform) -> list[Span]:
        """Speech, and beside it what is loud enough to be laughter, applause or music. 16 kHz only."""
        return beside(waveform, self.speech(waveform), self.options.sounds)

    def speech(self, waveform: Waveform) -> list[Span]:
        if waveform.rate != SAMPLE_RATE:
            raise ValueError(f"Silero hears {SAMPLE_RATE} Hz, not {waveform.rate}")
        options = self.options
        found = stretches(self.probabilities(waveform).tolist(), options, waveform.duration)
        long_enough = [span for span in found if span.length > options.shortest]
        return pad(long_enough, options.margin, waveform.duration)

    def probabilities(self, waveform: Waveform) -> Floats:
        """Of speech, one a window; the last window may reach beyond the end."""
        hidden, cell = np.zeros(STATE, np.float32), np.zeros(STATE, np.float32)
        found = [np.zeros(0, np.float32)]
        for block in _blocks(waveform.samples):
            values, hidden, cell = self._session.run(["speech_probs", "hn", "cn"], {"input": block, "h": hidden, "c": cell})
            found.append(values)
        return np.concatenate(found)


def stretches(probabilities: Iterable[float], options: SileroOptions, duration: float) -> list[Span]:
    """Hysteresis: from the first window over `threshold` to the first under `release` that silence of `gap` follows."""
    spans: list[Span] = []
    start: float | None = None
    end: float | None = None  # where speech may have ended
    for index, probability in enumerate(probabilities):
        now = index * WINDOW / SAMPLE_RATE
        if probability >= options.threshold:
            start, end = now if start is None else start, None
        elif start is not None and probability < options.release:
            end = now if end is None else end
            if now - end >= options.gap:
                spans.append(Span(start, end))
                start, end = None, None
    return spans if start is None else [*spans, Span(start, duration)]


def _blocks(samples: Floats) -> Iterator[Floats]:
    """(windows, CONTEXT + WINDOW) of at most CALL windows, silence before the first and after the last."""
    for start in range(0, len(samples), CALL * WINDOW):
        piece = samples[max(start - CONTEXT, 0) : start + CALL * WINDOW]
        n_windows = -(-(min(start + CALL * WINDOW, len(samples)) - start) // WINDOW)
        padded = np.zeros(CONTEXT + n_windows * WINDOW, np.float32)
        before = 0 if start else CONTEXT
        padded[before : before + len(piece)] = piece
        windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + WINDOW)[::WINDOW]
        yield np.ascontiguousarray(windows)


def _model_file() -> Path:
    spec = find_spec("silero_vad")
    file = Path(spec.origin).parent / "data" / MODEL if spec and spec.origin else None
    if file is None or not file.is_file():
        raise EngineUnavailable("the package silero-vad 6.2.3 is not installed whole. Run pip install silero-vad==6.2.3")
    return file


def _session(file: Path) -> InferenceSession:
    """Since 1.29 onnxruntime tells Microsoft which model is run on which machine, and keeps an identifier in ~/.cache; by this
    variable alone does it do neither. It is read once, when the library is loaded (onnxruntime, pull request 27379)."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; the packaged file makes it warn of an unused initialiser
    return InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
