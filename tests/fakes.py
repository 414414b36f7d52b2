"""Engines without weights: what is heard follows from the samples alone, so the same clip is always answered the same way."""

from __future__ import annotations

import math
import re
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from speech.audio import Waveform
from speech.batching import BatcherOptions
from speech.cleaning import Cleaner
from speech.engine import CheckpointInfo, Clip, Device, EngineInfo
from speech.errors import EngineOutOfMemory, EngineUnavailable
from speech.spans import Span
from speech.transcriber import Transcriber, TranscriberOptions
from speech.transcript import Emotion, Event, Language, Scores, Segment, Token, Transcript, Word

INFO = EngineInfo(
    name="sensevoice-small",
    languages=(Language.ZH, Language.YUE, Language.EN, Language.JA, Language.KO),
    sample_rate=16_000,
    longest_clip=30.0,
)
CHECKPOINT = CheckpointInfo("fake/SenseVoiceSmall", "folder")
DEVICE = Device("Fake GPU", used=2_100_000_000, total=24_000_000_000)
DEMO = CheckpointInfo("earshot-demo", "demo", "no other checkpoint was found")


@dataclass(frozen=True, slots=True)
class Line:
    """Something the fake engine can hear."""

    text: str
    language: Language
    emotion: Emotion = Emotion.NEUTRAL
    events: tuple[Event, ...] = ()
    unsure: str = ""  # words or characters of the text it is not sure of


LINES = (
    Line("今天天气真好啊，我们出去走走吧！", Language.ZH, Emotion.HAPPY),
    Line("I told you twice, and nothing has happened since.", Language.EN, Emotion.ANGRY),
    Line("すみません、電車が遅れています。", Language.JA, Emotion.SAD),
    Line("정말요? 믿을 수가 없네요!", Language.KO, Emotion.SURPRISED, (Event.LAUGHTER,)),
    Line("唔該晒，你真係幫咗我好多。", Language.YUE, Emotion.HAPPY, (Event.APPLAUSE,)),
    Line("The meeting starts at 9:30 in room 4.", Language.EN, Emotion.NEUTRAL, (Event.BGM,)),
    Line("你们上次也是这么说的，到现在都没有人来。", Language.ZH, Emotion.ANGRY),
)


def opened() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@dataclass
class FakeEngine:
    """Hears one of `lines` in every clip. `rtf`: s it sleeps per s of audio. `fails` says which clips raise.

    `room`: s of audio above which a batch finds no memory. `lost`: why the device is gone. While `gate` is shut it hangs.
    """

    lines: Sequence[Line] = LINES
    rtf: float = 0.0
    fails: Callable[[Clip], bool] = lambda clip: False
    info: EngineInfo = INFO
    checkpoint: CheckpointInfo = CHECKPOINT
    pads: bool = True
    at_once: float = 60.0
    room: float = math.inf
    lost: str = ""
    gate: threading.Event = field(default_factory=opened)
    batches: list[int] = field(default_factory=list)  # how many clips came at once, call by call

    def infer(self, clips: Sequence[Clip]) -> list[Transcript]:
        self.batches.append(len(clips))
        seconds = sum(clip.waveform.duration for clip in clips)
        time.sleep(self.rtf * seconds)
        self.gate.wait(60)
        if self.lost:
            raise EngineUnavailable(self.lost)
        if seconds > self.room:
            raise EngineOutOfMemory()
        if any(self.fails(clip) for clip in clips):
            raise RuntimeError("the fake engine was told to fail")
        return [self.hear(clip) for clip in clips]

    def device(self) -> Device:
        return DEVICE

    def hear(self, clip: Clip) -> Transcript:
        """The line that the samples choose, of those in the language asked for where there are any."""
        told = {clip.language} if clip.language else clip.among
        lines = [line for line in self.lines if line.language in told] or self.lines
        duration = clip.waveform.duration
        if not lines:
            return Transcript((), duration)
        line = lines[zlib.crc32(clip.waveform.samples.tobytes()) % len(lines)]
        return Transcript((_segment(line, duration, clip.itn),), duration)


def _segment(line: Line, duration: float, itn: bool) -> Segment:
    texts = [line.text] if line.language.spaced else list(line.text)
    names = [name for text in texts for name in _names(text)]
    each = duration / max(len(names), 1)
    doubted = line.unsure.split() if line.language.spaced else line.unsure
    return Segment(
        text=line.text if itn else re.sub(r"[^\w\s]", "", line.text),
        start=0.0,
        end=duration,
        language=line.language,
        emotion=line.emotion,
        events=line.events,
        words=tuple(Word(name, i * each, (i + 1) * each, 0.4 if name in doubted else 0.9) for i, name in enumerate(names)),
        tokens=tuple(Token(i, name, -0.1) for i, name in enumerate(names)),
        scores=Scores({line.language: 0.9}, {line.emotion: 0.8}, dict.fromkeys(line.events, 0.7), 0.01, -0.1),
        raw=f"[{line.language}][{line.emotion}]{line.text}",
    )


def _names(text: str) -> list[str]:
    """The words of a text, without the marks around them."""
    stripped = (word.strip(".,!?，。！？、") for word in text.split())
    return [word for word in stripped if word]


@dataclass
class FakeVad:
    """Hears speech in the first `speech` of every `period` s, whatever the samples are; the pauses are wide enough to cut at."""

    name: str = "fake-vad"
    period: float = 2.0
    speech: float = 1.2

    def segment(self, waveform: Waveform) -> list[Span]:
        starts = [self.period * i for i in range(int(waveform.duration / self.period) + 1)]
        found = [(start, min(start + self.speech, waveform.duration)) for start in starts]
        return [Span(start, end) for start, end in found if end - start > 0.05]


def fake_transcriber(
    engine: FakeEngine | None = None,
    vad: FakeVad | None = None,
    options: TranscriberOptions | None = None,
    *,
    demo: bool = False,
    loading: threading.Event | None = None,
    broken: str = "",
    cleaner: Cleaner | None = None,
    start: bool = True,
) -> Transcriber:
    """A transcriber over fakes, ready when this returns. With `loading` it loads until the event is set.

    `broken` says why it cannot load.
    """
    engine = engine or FakeEngine()
    if demo:
        engine = replace(engine, checkpoint=DEMO)

    def load(say: Callable[[str], None]) -> tuple[FakeEngine, FakeVad]:
        if loading:
            say("downloading model.pt: 42 of 936 MB")
            loading.wait(60)
        if broken:
            raise RuntimeError(broken)
        return engine, vad or FakeVad()

    options = options or TranscriberOptions(batcher=BatcherOptions(wait=0.0))
    transcriber = Transcriber(engine.info, load, options, cleaner=cleaner)
    if start:
        transcriber.start()
        transcriber.wait(0 if loading else 10)
    return transcriber
