from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import earshot
from models import ModelOptions
from speech.audio import decode
from speech.calls import Call
from speech.errors import (
    EmptyAudio,
    EngineUnavailable,
    InvalidParameter,
    NotTranslated,
    SpeechError,
    UndecodableAudio,
    UnknownLanguage,
)
from speech.mixing import Samples
from speech.transcriber import Loader, State
from tests.fakes import LINES, FakeEngine, FakeVad
from tests.sounds import encode, noise, tone

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "models" / "demo" / "samples"
TEN = ["id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio", "no_speech_prob"]
OURS = ["language", "emotion", "events", "scores", "rich", "raw"]


class Loads:
    """Stands where models are loaded: which were, and what hears."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.engine = FakeEngine()
        self.broken = ""

    def loader(self, options: ModelOptions) -> Loader:
        def load(say: Callable[[str], None]) -> tuple[FakeEngine, FakeVad]:
            self.names.append(options.checkpoint.model)
            if self.broken:
                raise RuntimeError(self.broken)
            return self.engine, FakeVad()

        return load


@pytest.fixture
def loads(nothing_of_this_machine: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loads]:
    made = Loads()
    monkeypatch.setattr(earshot, "_ready", {})
    monkeypatch.setattr(earshot.models, "loader", made.loader)
    yield made
    for transcriber in earshot._ready.values():
        transcriber.stop()


WAV = encode(tone(duration=6.0))  # three stretches of speech to FakeVad


# --- the shape ---


def test_the_answer_has_whispers_shape(loads: Loads) -> None:
    result = earshot.transcribe(WAV)
    assert list(result) == ["text", "rich", "language", "segments"]
    assert [list(segment) for segment in result["segments"]] == [TEN + OURS] * 3
    assert [segment["id"] for segment in result["segments"]] == [0, 1, 2]
    json.dumps(result)


def test_texts_of_segments_and_of_words_joined_are_the_text(loads: Loads) -> None:
    loads.engine.lines = LINES[1:2]
    result = earshot.transcribe(WAV, word_timestamps=True)
    texts = [segment["text"] for segment in result["segments"]]
    assert result["text"] == "".join(texts) == " ".join([LINES[1].text] * 3)
    for segment in result["segments"]:
        assert list(segment) == [*TEN, *OURS, "words"]
        assert "".join(word["word"] for word in segment["words"]) == segment["text"]
        assert {key for word in segment["words"] for key in word} == {"word", "start", "end", "probability"}


def test_what_whisper_does_not_hear_stands_in_the_segments(loads: Loads) -> None:
    loads.engine.lines = LINES[3:4]
    result = earshot.transcribe(WAV)
    segment = result["segments"][0]
    assert (segment["language"], segment["emotion"], segment["events"]) == ("ko", "surprised", ["laughter"])
    assert segment["scores"] == {"language": {"ko": 0.9}, "emotion": {"surprised": 0.8}, "event": {"laughter": 0.7}}
    assert segment["raw"] == f"[ko][surprised]{LINES[3].text}"
    assert segment["rich"] == f"[惊讶]{LINES[3].text}[笑声]"
    assert result["language"] == "ko"


def test_channels_can_be_speakers(loads: Loads) -> None:
    talk = encode(np.concatenate([noise(-20, duration=6.0, seed=seed) for seed in (1, 2)]))
    said = earshot.transcribe(talk, multichannel=True, word_timestamps=True)["segments"]
    assert {segment["speaker"] for segment in said} == {"A", "B"}
    assert all("speaker" not in segment for segment in earshot.transcribe(talk)["segments"])


def test_a_poor_recording_can_be_cleaned_first(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned: list[int] = []

    def cleaner(pieces: Iterable[Samples], call: Call) -> Iterator[Samples]:
        cleaned.append(1)
        yield from pieces

    monkeypatch.setattr(earshot, "cleaner", cleaner)
    assert earshot.transcribe(WAV, clean=True)["segments"]
    assert cleaned


def test_silence_is_an_empty_text(loads: Loads) -> None:
    loads.engine.lines = ()
    assert earshot.transcribe(WAV) == {"text": "", "rich": "", "language": "nospeech", "segments": []}


# --- what is asked ---


def test_paths_bytes_files_and_samples_are_heard_alike(loads: Loads) -> None:
    path = Path("a.wav")
    path.write_bytes(WAV)
    samples = decode(path).waveform.samples
    with path.open("rb") as file:
        answers = [earshot.transcribe(audio) for audio in ("a.wav", path, WAV, file, io.BytesIO(WAV), samples)]
        assert not file.closed
    assert answers == answers[:1] * 6
    assert answers[0]["text"]


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", ">f4"])
def test_samples_are_heard_as_they_are(dtype: str) -> None:
    samples = noise(-10)[0].astype(dtype)[::2]
    file = earshot._file(samples)
    assert not isinstance(file, Path)
    assert np.array_equal(decode(file).waveform.samples, samples.astype("float32"))


@pytest.mark.parametrize(
    "audio",
    [None, 3, [1, 2], np.zeros((2, 16_000), np.float32), np.zeros(16_000, np.int16), io.StringIO("text")],
    ids=["nothing", "a number", "a list of integers", "two channels", "integers", "a text file"],
)
def test_what_is_no_sound_is_refused_in_a_sentence(loads: Loads, audio: Any) -> None:
    with pytest.raises(InvalidParameter, match="Allowed: a path, bytes"):
        earshot.transcribe(audio)
    assert not loads.names


def test_a_file_that_cannot_be_heard_says_why(loads: Loads) -> None:
    with pytest.raises(FileNotFoundError):
        earshot.transcribe("missing.wav")
    with pytest.raises(UndecodableAudio):
        earshot.transcribe(b"not audio, only words " * 50)
    with pytest.raises(EmptyAudio):
        earshot.transcribe(b"")


@pytest.mark.parametrize(("named", "line"), [("ja", LINES[2]), ("Korean", LINES[3]), ("zh-HK", LINES[4])])
def test_the_language_reaches_the_engine(loads: Loads, named: str, line: Any) -> None:
    assert earshot.transcribe(tone()[0], language=named)["text"] == line.text


def test_a_language_it_does_not_hear_is_refused(loads: Loads) -> None:
    with pytest.raises(UnknownLanguage, match="'de'"):
        earshot.transcribe(WAV, language="de")


def test_old_calls_of_whisper_work(loads: Loads) -> None:
    usual: dict[str, Any] = {
        "verbose": False,
        "temperature": (0.0, 0.2),
        "fp16": False,
        "initial_prompt": "Earshot",
        "condition_on_previous_text": False,
        "beam_size": 5,
        "no_speech_threshold": 0.6,
        "task": "transcribe",
    }
    assert earshot.transcribe(WAV, **usual) == earshot.transcribe(WAV)


def test_what_whisper_can_and_this_cannot_is_refused(loads: Loads) -> None:
    with pytest.raises(NotTranslated, match="does not translate"):
        earshot.transcribe(WAV, task="translate")
    with pytest.raises(InvalidParameter, match="task cannot be 'x'"):
        earshot.transcribe(WAV, task="x")
    with pytest.raises(TypeError, match="clip_timestamps"):
        earshot.transcribe(WAV, clip_timestamps="0,2")
    assert not loads.names


def test_numbers_detector_and_labels_are_the_callers(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    loads.engine.lines = LINES[:1]
    plain = LINES[0].text.replace("，", "").replace("！", "")
    assert [s["text"] for s in earshot.transcribe(WAV, itn=False, vad=False)["segments"]] == [plain]
    assert earshot.transcribe(tone()[0], labels="en")["rich"] == f"[happy]{LINES[0].text}"
    monkeypatch.setenv("EARSHOT_LABELS", "emoji")
    assert earshot.transcribe(tone()[0])["rich"] == f"{LINES[0].text}😊"
    with pytest.raises(InvalidParameter, match="labels cannot be 'loud'"):
        earshot.transcribe(WAV, labels="loud")


# --- the model ---


def test_the_model_loads_at_the_first_call_and_once_for_all_threads(loads: Loads) -> None:
    assert not loads.names
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(earshot.transcribe, [WAV] * 48))
    assert loads.names == ["auto"]
    assert answers == answers[:1] * 48


def test_each_model_is_loaded_once_by_its_name(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_MODEL", "demo")
    for name in (None, "demo", "/models/mine", None, "/models/mine"):
        earshot.transcribe(WAV, model=name)
    assert loads.names == ["demo", "/models/mine"]
    assert earshot.load("demo") is earshot.load()
    assert earshot.load().status.state is State.READY


def test_a_model_that_does_not_load_says_why_and_is_tried_again(loads: Loads) -> None:
    loads.broken = "the disk is full"
    with pytest.raises(EngineUnavailable, match="the disk is full"):
        earshot.load()
    loads.broken = ""
    assert earshot.transcribe(WAV)["text"]
    assert len(loads.names) == 2


def test_a_setting_that_cannot_be_is_named(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DEVICE", "abacus")
    with pytest.raises(SpeechError, match=r"(?s)device.*abacus"):
        earshot.transcribe(WAV)


# --- with the bundled demo checkpoint ---


def test_a_newcomers_line_works_from_the_checkout() -> None:
    line = "import earshot; print(earshot.transcribe('models/demo/samples/zh.mp3')['text'])"
    known = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    environment = {**known, "EARSHOT_OFFLINE": "1", "EARSHOT_MODEL": "demo", "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run([sys.executable, "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    said = next(sample["text"] for sample in json.loads((SAMPLES / "samples.json").read_text()) if sample["file"] == "zh.mp3")
    assert SequenceMatcher(None, run.stdout.strip(), said).ratio() > 0.9
    assert run.stderr == ""


def test_the_demo_hears_a_file_and_its_samples_alike(nothing_of_this_machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earshot, "_ready", {})
    file = SAMPLES / "en.mp3"
    result = earshot.transcribe(file, word_timestamps=True, model="demo")
    assert earshot.transcribe(decode(file).waveform.samples, word_timestamps=True, model="demo") == result
    words = [word for segment in result["segments"] for word in segment["words"]]
    assert "".join(word["word"] for word in words) == result["text"]
    assert all(0 <= word["start"] <= word["end"] and 0 < word["probability"] <= 1 for word in words)
    assert result["language"] == "en"
    earshot.load("demo").stop()
