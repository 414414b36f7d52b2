"""The JSON that leaves: Whisper's segments with all ten fields, and what Earshot hears beyond them."""

from __future__ import annotations

import zlib
from typing import Literal

from pydantic import BaseModel, Field

from speech.labels import Labels
from speech.render import rich, rich_segment
from speech.transcriber import Hearing, Timing
from speech.transcript import Segment, Token, Transcript, Word

_TIME, _SCORE = 3, 4  # decimals


class LanguageOut(BaseModel):
    code: str

    @staticmethod
    def all_of(transcript: Transcript) -> list[LanguageOut]:
        """The one spoken longest first."""
        return [LanguageOut(code=language) for language in transcript.languages]


class LogprobOut(BaseModel):
    """One token of the text, as OpenAI has it."""

    token: str
    bytes: list[int]
    logprob: float

    @classmethod
    def of(cls, token: Token) -> LogprobOut:
        return cls(token=token.text, bytes=list(token.text.encode()), logprob=round(token.logprob, _SCORE))

    @classmethod
    def all_of(cls, transcript: Transcript) -> list[LogprobOut]:
        return [cls.of(token) for segment in transcript.segments for token in segment.tokens]


class StreamedOut(BaseModel):
    """The segment that a delta says, beside its words."""

    start: float
    end: float
    language: str
    emotion: str
    events: list[str]

    @classmethod
    def of(cls, segment: Segment) -> StreamedOut:
        return cls(
            start=round(segment.start, _TIME),
            end=round(segment.end, _TIME),
            language=segment.language,
            emotion=segment.emotion,
            events=list(segment.events),
        )


class WordOut(BaseModel):
    word: str
    start: float
    end: float
    confidence: float | None = None

    @classmethod
    def of(cls, word: Word) -> WordOut:
        return cls(
            word=word.text,
            start=round(word.start, _TIME),
            end=round(word.end, _TIME),
            confidence=round(word.confidence, _SCORE),
        )


class ScoresOut(BaseModel):
    """Softmax of the label frames, uncalibrated."""

    language: dict[str, float]
    emotion: dict[str, float]
    event: dict[str, float]

    @classmethod
    def of(cls, segment: Segment) -> ScoresOut:
        scores = segment.scores
        return cls(
            language={str(label): round(score, _SCORE) for label, score in scores.languages.items()},
            emotion={str(label): round(score, _SCORE) for label, score in scores.emotions.items()},
            event={str(label): round(score, _SCORE) for label, score in scores.events.items()},
        )


class SegmentOut(BaseModel):
    """A Whisper segment, then what Whisper does not say."""

    id: int
    seek: int = Field(description="frames of 10 ms")
    start: float
    end: float
    text: str
    tokens: list[int]
    temperature: float = 0.0
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    rich: str
    raw: str
    language: str
    emotion: str
    events: list[str]
    scores: ScoresOut
    words: list[WordOut] | None = None

    @classmethod
    def of(cls, index: int, segment: Segment, labels: Labels, words: bool) -> SegmentOut:
        return cls(
            id=index,
            seek=round(segment.start * 100),
            start=round(segment.start, _TIME),
            end=round(segment.end, _TIME),
            text=segment.text,
            tokens=[token.id for token in segment.tokens],
            avg_logprob=round(segment.scores.avg_logprob, _SCORE),
            compression_ratio=round(compression_ratio(segment.text), _SCORE),
            no_speech_prob=round(segment.scores.no_speech, _SCORE),
            rich=rich_segment(segment, labels),
            raw=segment.raw,
            language=segment.language,
            emotion=segment.emotion,
            events=[str(event) for event in segment.events],
            scores=ScoresOut.of(segment),
            words=[WordOut.of(word) for word in segment.words] if words else None,
        )


class TimingOut(BaseModel):
    """Seconds."""

    decode: float
    vad: float
    queue: float
    engine: float
    total: float

    @classmethod
    def of(cls, timing: Timing) -> TimingOut:
        return cls(
            decode=round(timing.decode, _SCORE),
            vad=round(timing.vad, _SCORE),
            queue=round(timing.queue, _SCORE),
            engine=round(timing.engine, _SCORE),
            total=round(timing.total, _SCORE),
        )


class TranscribeOut(BaseModel):
    """The answer of POST /transcribe."""

    text: str = Field(description="readable rich text with labels", examples=["[开心]今天天气真好啊！[笑声]"])
    raw: str = Field(description="the model's own tagged words")
    plain: str = Field(description="the words alone")
    language: str = Field(description="code of the language spoken longest; nospeech for silence")
    duration: float = Field(description="seconds")
    segments: list[SegmentOut]
    warnings: list[str]
    engine: str
    checkpoint: str
    timing: TimingOut

    @classmethod
    def of(cls, hearing: Hearing, labels: Labels, words: bool, engine: str, checkpoint: str) -> TranscribeOut:
        transcript = hearing.transcript
        return cls(
            text=rich(transcript, labels),
            raw=transcript.raw,
            plain=transcript.text,
            language=transcript.language,
            duration=round(transcript.duration, _TIME),
            segments=segments(transcript, labels, words),
            warnings=list(hearing.warnings),
            engine=engine,
            checkpoint=checkpoint,
            timing=TimingOut.of(hearing.timing),
        )


class Usage(BaseModel):
    type: Literal["duration"] = "duration"
    seconds: int

    @classmethod
    def of(cls, transcript: Transcript) -> Usage:
        return cls(seconds=max(1, round(transcript.duration)))


class OpenAIWord(BaseModel):
    word: str
    start: float
    end: float


class VerboseOut(BaseModel):
    """OpenAI's verbose_json, with what their clients keep as extra fields."""

    task: Literal["transcribe"] = "transcribe"
    language: str = Field(description="full English name in lower case")
    language_code: str
    duration: float
    text: str
    rich_text: str
    raw_text: str
    segments: list[SegmentOut] | None = None
    words: list[OpenAIWord] | None = None
    logprobs: list[LogprobOut] | None = None
    usage: Usage

    @classmethod
    def of(cls, transcript: Transcript, labels: Labels, words: bool, whole: bool, logprobs: bool) -> VerboseOut:
        """`words`, `whole` and `logprobs` say which of words, segments and tokens were asked for."""
        said = [OpenAIWord(**WordOut.of(w).model_dump(exclude={"confidence"})) for s in transcript.segments for w in s.words]
        return cls(
            language=transcript.language.full_name,
            language_code=transcript.language,
            duration=round(transcript.duration, _TIME),
            text=transcript.text,
            rich_text=rich(transcript, labels),
            raw_text=transcript.raw,
            segments=segments(transcript, labels, words=False) if whole else None,
            words=said if words else None,
            logprobs=LogprobOut.all_of(transcript) if logprobs else None,
            usage=Usage.of(transcript),
        )


class JsonOut(BaseModel):
    """OpenAI's json, and the same text with its labels."""

    text: str
    languages: list[LanguageOut]
    logprobs: list[LogprobOut] | None = None
    usage: Usage
    rich_text: str
    raw_text: str

    @classmethod
    def of(cls, transcript: Transcript, labels: Labels, logprobs: bool) -> JsonOut:
        return cls(
            text=transcript.text,
            languages=LanguageOut.all_of(transcript),
            logprobs=LogprobOut.all_of(transcript) if logprobs else None,
            usage=Usage.of(transcript),
            rich_text=rich(transcript, labels),
            raw_text=transcript.raw,
        )


class ModelOut(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str
    checkpoint: str | None = Field(None, description="the weights that answer, and where they came from")


class ModelsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelOut]


def segments(transcript: Transcript, labels: Labels, words: bool) -> list[SegmentOut]:
    return [SegmentOut.of(i, segment, labels, words) for i, segment in enumerate(transcript.segments)]


def compression_ratio(text: str) -> float:
    """Bytes over their zlib size, as whisper's DecodingResult has it: high where text repeats itself. 0 for no text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
