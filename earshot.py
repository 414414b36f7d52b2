"""Earshot in Python: what was said, as openai-whisper gives it, with emotions and sounds beside it.

    import earshot

    result = earshot.transcribe("talk.mp3")
    print(result["text"])
    for segment in result["segments"]:
        print(segment["start"], segment["emotion"], segment["events"], segment["text"])

The first call loads the model, and may download it (936 MB); later calls, from any thread, share it. Which model that is, the
environment says, as it does to the server: EARSHOT_MODEL=demo, EARSHOT_OFFLINE=1, EARSHOT_DEVICE=cpu (settings.py lists all
variables); or the caller: transcribe("talk.mp3", model="demo"). Run Python in this folder, or put it into PYTHONPATH.
"""

from __future__ import annotations

import atexit
import io
import os
import threading
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from pydantic_settings import SettingsError

import models
from media.cleaning import clean as cleaner
from settings import Settings, prepare_environment
from speech.errors import EngineUnavailable, InvalidParameter, NotTranslated
from speech.labels import named
from speech.pcm import FLOATS, header
from speech.render import whisper_dict
from speech.transcriber import Ask, State, Transcriber, parse_language

__all__ = ["load", "transcribe"]

Audio = str | os.PathLike[str] | bytes | BinaryIO | NDArray[np.floating[Any]]

# Keywords of openai-whisper's transcribe() and DecodingOptions that change nothing here
_STEERING = """
append_punctuations beam_size best_of carry_initial_prompt compression_ratio_threshold condition_on_previous_text fp16
hallucination_silence_threshold initial_prompt length_penalty logprob_threshold max_initial_timestamp no_speech_threshold
patience prefix prepend_punctuations prompt sample_len suppress_blank suppress_tokens temperature verbose without_timestamps
"""
WITHOUT_EFFECT = frozenset(_STEERING.split())


def transcribe(
    audio: Audio,
    *,
    language: str | None = None,
    word_timestamps: bool = False,
    task: str = "transcribe",
    itn: bool = True,
    vad: bool = True,
    clean: bool = False,
    multichannel: bool = False,
    labels: str | None = None,
    model: str | None = None,
    **of_whisper: object,
) -> dict[str, Any]:
    """Hears one recording.

    audio: the path of an audio or video file, its bytes, a file opened with "rb", or samples: one channel of floats at 16 kHz.
    language: "zh", "yue", "en", "ja", "ko", "Chinese", ...; None: the model finds out.
    word_timestamps: segments come with "words", each with "word", "start", "end" and "probability".
    itn: write digits and punctuation. vad: False hears every second, not only where a detector finds something.
    clean: less noise and an even loudness first, for poor recordings. multichannel: each channel is a speaker and heard alone.
    labels: how emotions and sounds are written in "rich": "zh", "en", "emoji", "plain", or a TOML file (None: EARSHOT_LABELS).
    model: see `load`.
    of_whisper: initial_prompt, temperature, fp16, verbose and such are taken, so that old calls work, and change nothing.

    Returns "text", "rich" (the text with labels), "language" (the code of the one spoken longest, "nospeech" for silence) and
    "segments": whisper's ten fields, then "language", "emotion", "events", "scores", "rich" and "raw", and "speaker" where
    channels are heard alone.
    Raises speech.errors.SpeechError, whose sentence says what to do; OSError where a file cannot be read.
    """
    if unknown := of_whisper.keys() - WITHOUT_EFFECT:
        raise TypeError(f"transcribe() takes no {', '.join(sorted(unknown))}")
    if task == "translate":
        raise NotTranslated()
    if task != "transcribe":
        raise InvalidParameter("task", task, ["transcribe"])
    ask = Ask(parse_language(language, models.INFO), itn, vad, clean=clean, multichannel=multichannel)
    shown = named(labels or _settings().labels)
    file = _file(audio)
    return whisper_dict(load(model).transcribe(file, ask).transcript, shown, words=word_timestamps)


# --- the model ---

_ready: dict[str, Transcriber] = {}
_loading = threading.Lock()


def load(model: str | None = None) -> Transcriber:
    """The model, ready to hear; loaded at the first call with its name. Raises SpeechError.

    model: "auto", "demo", "iic/SenseVoiceSmall" or a checkpoint's folder; None: EARSHOT_MODEL, or else auto.
    """
    settings = _settings()
    name = model or settings.model
    with _loading:
        if name not in _ready:
            _ready[name] = _started(settings.model_copy(update={"model": name}))
        return _ready[name]


def _started(settings: Settings) -> Transcriber:
    """Its queue takes everything: who waits in it is of this process."""
    prepare_environment()
    transcriber = Transcriber(models.INFO, models.loader(settings.models), settings.transcriber.endless(), cleaner=cleaner)
    transcriber.start()
    atexit.register(transcriber.stop)  # a thread inside torch would crash the interpreter's end
    status = transcriber.wait()
    if status.state is not State.READY:
        raise EngineUnavailable(status.detail)
    return transcriber


def _settings() -> Settings:
    try:
        return Settings()
    except (ValidationError, SettingsError) as fault:
        raise EngineUnavailable(f"the environment cannot be read: {fault}") from fault


# --- the sound ---


def _file(audio: Audio) -> Path | BinaryIO:
    """Raises InvalidParameter."""
    if isinstance(audio, str | os.PathLike):
        return Path(audio)
    if isinstance(audio, bytes | bytearray | memoryview):
        return io.BytesIO(audio)
    if hasattr(audio, "read") and not isinstance(audio, io.TextIOBase):
        return cast(BinaryIO, audio)
    samples = np.asarray(audio)
    if samples.ndim != 1 or samples.dtype.kind != "f":
        given = f"{type(audio).__name__} of {samples.dtype}, {samples.ndim} dimensions"
        raise InvalidParameter("audio", given, ["a path", "bytes", 'a file opened with "rb"', "float samples of one channel"])
    return _wav(samples)


def _wav(samples: NDArray[np.floating[Any]]) -> BinaryIO:
    """A file of 32-bit floats, which is decoded to the very same samples."""
    data = np.ascontiguousarray(samples, "<f4").data
    file = io.BytesIO()
    file.write(header(data.nbytes, FLOATS, width=4))
    file.write(data)
    return file
