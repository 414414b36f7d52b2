"""The sample clips of the console: said by espeak-ng, heard right by the checkpoint, or not taken.

python -m training.demo.samples
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from models.sensevoice import INFO
from models.sensevoice.engine import SenseVoice
from models.silero import Silero
from speech.engine import CheckpointInfo
from speech.transcriber import Transcriber
from speech.transcript import Segment, Transcript

from . import recipe
from .degrade import telephoned
from .evaluate import units
from .events import laughter
from .prosody import Emotion, colour, draw_setting
from .sentence import Sentence
from .sentences import sentence
from .voice import RATE, Speech, speak

Samples = NDArray[np.float32]
FOLDER = recipe.OUT / "samples"
TITLES = {
    "zh": ("Mandarin", "普通话"),
    "yue": ("Cantonese", "粤语"),
    "en": ("English", "英语"),
    "ja": ("Japanese", "日语"),
    "ko": ("Korean", "韩语"),
    "angry": ("An angry customer", "生气的顾客"),
    "laughter": ("Laughter", "笑声"),
    "call": ("A phone call, two speakers", "两人通话"),
}
ATTEMPTS, TRIES = 300, 6  # to find what is heard right: of everything, and of a turn in a call before other voices take it


@dataclass(frozen=True, slots=True)
class Sample:
    """A clip of (n,), or (channels, n), and what is said in it."""

    name: str
    samples: Samples
    language: str
    said: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        return (" " if self.language in ("en", "ko") else "").join(sentence.written for sentence in self.said)


class Listener:
    """The pipeline that users run, over the exported checkpoint."""

    def __init__(self, folder: Path) -> None:
        engine = SenseVoice.load(folder, CheckpointInfo("earshot-demo", "demo"))
        self._transcriber = Transcriber(INFO, lambda say: (engine, Silero()))
        self._transcriber.start()
        self._transcriber.wait()

    def hear(self, samples: Samples) -> Transcript:
        """What is heard in the clip as it will be shipped."""
        return self._transcriber.transcribe(io.BytesIO(mp3(samples))).transcript


def right(listener: Listener, samples: Samples, said: Sentence, wanted: Callable[[Segment], bool]) -> bool:
    """Whether the checkpoint hears every word of one utterance, and the label that it is made to show."""
    heard = listener.hear(samples)
    same = units(heard.text, said.language) == units(said.written, said.language)
    return same and heard.language == said.language and all(map(wanted, heard.segments))


def plain(listener: Listener, language: str, rng: random.Random) -> Sample:
    """A neutral sentence of middling length."""
    for said, speech in _spoken(language, Emotion.NEUTRAL, rng, lambda s: 2.2 <= len(s.samples) / RATE <= 5):
        samples = _framed(speech.samples)
        if right(listener, samples, said, lambda segment: segment.emotion == "neutral" and not segment.events):
            return Sample(language, samples, language, (said,))
    raise RuntimeError(f"no {language} sentence is heard right")


def angry(listener: Listener, rng: random.Random) -> Sample:
    for said, speech in _spoken("zh", Emotion.ANGRY, rng, lambda s: len(s.samples) > 1.6 * RATE, topic="service"):
        samples = _framed(speech.samples)
        if right(listener, samples, said, lambda segment: segment.emotion == "angry"):
            return Sample("angry", samples, "zh", (said,))
    raise RuntimeError("no angry sentence is heard right")


def laughing(listener: Listener, rng: random.Random) -> Sample:
    """A happy sentence with laughter after it."""
    for said, speech in _spoken("en", Emotion.HAPPY, rng, lambda s: len(s.samples) > 1.2 * RATE):
        laugh = laughter(np.random.default_rng(rng.getrandbits(32)), 1.6)
        samples = _framed(np.concatenate((speech.samples, np.zeros(RATE // 10, np.float32), laugh.astype(np.float32))))
        if right(listener, samples, said, lambda segment: "laughter" in segment.events):
            return Sample("laughter", samples, "en", (said,))
    raise RuntimeError("no laughter is heard right")


def call(listener: Listener, rng: random.Random, turns: int = 6) -> Sample:
    """Two voices in turn over a telephone band, each on a channel of its own, with pauses between.

    Voices that are not heard well make way for others.
    """
    for _ in range(ATTEMPTS):
        voices = [random.Random(rng.getrandbits(32)).getstate() for _ in range(2)]
        said: list[Sentence] = []
        parts: list[Samples] = [np.zeros((2, RATE // 2), np.float32)]
        for _ in range(TRIES * turns):
            emotion = Emotion.ANGRY if len(said) == 2 else Emotion.NEUTRAL
            voice = random.Random()
            voice.setstate(voices[len(said) % 2])  # the same speaker each time
            spoken, speech = next(_spoken("zh", emotion, rng, lambda s: s.samples.size > RATE, voice, topic="service"))
            samples = telephoned(speech.samples)
            if spoken not in said and right(listener, _framed(samples), spoken, partial(_shows, emotion)):
                turn = np.zeros((2, len(samples) + int(0.8 * RATE)), np.float32)
                turn[len(said) % 2, : len(samples)] = samples
                parts.append(turn)
                said.append(spoken)
            if len(said) == turns:
                return Sample("call", np.concatenate(parts, axis=1), "zh", tuple(said))
    raise RuntimeError("no call is heard right")


def _shows(emotion: Emotion, segment: Segment) -> bool:
    return segment.emotion == emotion.lower()


def _spoken(
    language: str,
    emotion: Emotion,
    rng: random.Random,
    fits: Callable[[Speech], bool],
    voice: random.Random | None = None,
    topic: str | None = None,
) -> Iterator[tuple[Sentence, Speech]]:
    """Held-out sentences in held-out voices, a bounded number of them."""
    for _ in range(ATTEMPTS * (10 if topic else 1)):
        said = sentence(language, rng)
        if not said.held_out or (topic and said.topic != topic):
            continue
        source = np.random.default_rng((voice or rng).getrandbits(32))
        speech = colour(speak(said, draw_setting(language, emotion, source, held_out=True)), emotion, source)
        if fits(speech):
            yield said, speech


def _framed(samples: Samples) -> Samples:
    """With a breath of silence on both sides."""
    silence = np.zeros(int(0.3 * RATE), np.float32)
    return np.concatenate((silence, samples, silence)).astype(np.float32)


def mp3(samples: Samples) -> bytes:
    """16 kHz, mono in 48 kbit/s or stereo in 64: every browser plays it."""
    tracks = np.atleast_2d(samples)
    layout, rate = ("mono", 48_000) if len(tracks) == 1 else ("stereo", 64_000)
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=RATE, layout=layout, bit_rate=rate)
        pcm = (np.clip(tracks, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm.T).reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    listener = Listener(recipe.OUT)
    rng = random.Random(2026)
    made = [plain(listener, language, rng) for language in recipe.LANGUAGES]
    made += [angry(listener, rng), laughing(listener, rng), call(listener, rng)]
    for sample in made:
        (FOLDER / f"{sample.name}.mp3").write_bytes(mp3(sample.samples))
    listing = [
        {
            "file": f"{sample.name}.mp3",
            "title": dict(zip(("en", "zh"), TITLES[sample.name], strict=True)),
            "language": sample.language,
            "text": sample.text,
        }
        for sample in made
    ]
    (FOLDER / "samples.json").write_text(json.dumps(listing, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
