"""The JSON that leaves: Whisper's segments with all ten fields, and what Earshot hears beyond them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from speech.labels import Labels
from speech.render import rich, segment_dict
from speech.transcriber import Hearing, Timing
from speech.transcript import Emotion, Event, Segment, Token, Transcript, Word

_TIME, _SCORE = 3, 4  # decimals


class LanguageOut(BaseModel):
    code: str = Field(description="zh, yue, en, ja, ko or und")

    @staticmethod
    def all_of(transcript: Transcript) -> list[LanguageOut]:
        """The one spoken longest first."""
        return [LanguageOut(code=language) for language in transcript.languages]


class LogprobOut(BaseModel):
    """One token of the text, as OpenAI has it."""

    token: str
    bytes: list[int] = Field(description="of its UTF-8")
    logprob: float

    @classmethod
    def of(cls, token: Token) -> LogprobOut:
        return cls(token=token.text, bytes=list(token.text.encode()), logprob=round(token.logprob, _SCORE) + 0.0)  # never -0.0

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
    speaker: str | None = Field(None, description="where speakers are told apart")

    @classmethod
    def of(cls, segment: Segment) -> StreamedOut:
        return cls(
            start=round(segment.start, _TIME),
            end=round(segment.end, _TIME),
            language=segment.language,
            emotion=segment.emotion,
            events=list(segment.events),
            speaker=segment.speaker or None,
        )


class WordOut(BaseModel):
    word: str = Field(description="one word, or one character of Chinese and Japanese")
    start: float = Field(description="seconds")
    end: float = Field(description="seconds")
    confidence: float | None = Field(None, description="mean probability of its characters, 0 to 1")

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

    language: dict[str, float] = Field(description="by code")
    emotion: dict[str, float] = Field(description="by name")
    event: dict[str, float] = Field(description="by name")


class SegmentOut(BaseModel):
    """A Whisper segment, then what Whisper does not say."""

    id: int = Field(description="from 0, in the order of time")
    seek: int = Field(description="frames of 10 ms")
    start: float = Field(description="seconds")
    end: float = Field(description="seconds")
    text: str = Field(description="the words; empty for a sound without any")
    tokens: list[int] = Field(description="the model's own numbers")
    temperature: float = Field(0.0, description="nothing is drawn at random here")
    avg_logprob: float = Field(description="mean log probability of the tokens")
    compression_ratio: float = Field(description="bytes of the text over their zlib size; 0 for no text")
    no_speech_prob: float = Field(description="0 to 1")
    rich: str = Field(description="the words with labels for emotion and sounds")
    raw: str = Field(description="the model's own tagged words")
    language: str = Field(description="zh, yue, en, ja, ko, und or nospeech")
    emotion: str = Field(description="one of " + ", ".join(Emotion))
    events: list[str] = Field(description="of " + ", ".join(Event))
    scores: ScoresOut
    speaker: str | None = Field(None, description="A, B, … by the file's channels, where it was asked for")
    words: list[WordOut] | None = None

    @classmethod
    def of(cls, index: int, segment: Segment, labels: Labels, words: bool) -> SegmentOut:
        return cls.model_validate(segment_dict(index, segment, labels, words=words))


class TimingOut(BaseModel):
    """Seconds."""

    decode: float = Field(description="of decoding the file")
    vad: float = Field(description="of finding speech")
    queue: float = Field(description="until the first clip was taken up")
    engine: float = Field(description="this request's share of the network's work")
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

    text: str = Field(description="readable rich text with labels")
    raw: str = Field(description="the model's own tagged words")
    plain: str = Field(description="the words alone")
    language: str = Field(description="code of the language spoken longest; nospeech for silence")
    duration: float = Field(description="seconds")
    segments: list[SegmentOut] = Field(description="in the order of time; none for silence")
    warnings: list[str] = Field(description="what was odd about the file: a code, a colon and words")
    engine: str
    checkpoint: str = Field(description="the weights that answered")
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
    seconds: int = Field(description="of audio, at least 1")

    @classmethod
    def of(cls, transcript: Transcript) -> Usage:
        return cls(seconds=max(1, round(transcript.duration)))


class OpenAIWord(BaseModel):
    word: str
    start: float = Field(description="seconds")
    end: float = Field(description="seconds")


class VerboseOut(BaseModel):
    """OpenAI's verbose_json, with what their clients keep as extra fields."""

    task: Literal["transcribe"] = "transcribe"
    language: str = Field(description="full English name in lower case")
    language_code: str = Field(description="of the language spoken longest; nospeech for silence")
    duration: float = Field(description="seconds")
    text: str
    rich_text: str = Field(description="the words with labels for emotion and sounds")
    raw_text: str = Field(description="the model's own tagged words")
    names: dict[str, str] | None = Field(None, description="what a person calls the speakers, by letter; of jobs alone")
    segments: list[SegmentOut] | None = Field(None, description="unless words alone were asked for")
    words: list[OpenAIWord] | None = Field(None, description="where they were asked for")
    logprobs: list[LogprobOut] | None = Field(None, description="where they were asked for")
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
            names=dict(transcript.names) or None,
            segments=segments(transcript, labels, words=False) if whole else None,
            words=said if words else None,
            logprobs=LogprobOut.all_of(transcript) if logprobs else None,
            usage=Usage.of(transcript),
        )


class SpokenOut(BaseModel):
    """OpenAI's diarized segment."""

    type: Literal["transcript.text.segment"] = "transcript.text.segment"
    id: str = Field(description="seg_0, seg_1, …")
    start: float = Field(description="seconds")
    end: float = Field(description="seconds")
    speaker: str = Field(description="A for the file's first channel, B for the second, and so on")
    text: str
    language: str
    emotion: str
    events: list[str]

    @staticmethod
    def name(index: int) -> str:
        return f"seg_{index}"

    @classmethod
    def of(cls, index: int, segment: Segment) -> SpokenOut:
        told = StreamedOut.of(segment).model_dump()
        return cls(id=cls.name(index), text=segment.text.strip(), **told)

    @classmethod
    def all_of(cls, transcript: Transcript) -> list[SpokenOut]:
        """Sounds without words are nobody's."""
        said = [segment for segment in transcript.segments if segment.text.strip()]
        return [cls.of(index, segment) for index, segment in enumerate(said)]


class DiarizedOut(BaseModel):
    """OpenAI's diarized_json: who says what, where the file has a channel for each."""

    task: Literal["transcribe"] = "transcribe"
    duration: float = Field(description="seconds")
    text: str
    segments: list[SpokenOut] = Field(description="in the order of time")
    usage: Usage

    @classmethod
    def of(cls, transcript: Transcript) -> DiarizedOut:
        return cls(
            duration=round(transcript.duration, _TIME),
            text=transcript.text,
            segments=SpokenOut.all_of(transcript),
            usage=Usage.of(transcript),
        )


class JsonOut(BaseModel):
    """OpenAI's json, and the same text with its labels."""

    text: str
    languages: list[LanguageOut] = Field(description="the one spoken longest first; none for silence")
    logprobs: list[LogprobOut] | None = Field(None, description="where they were asked for")
    usage: Usage
    rich_text: str = Field(description="the words with labels for emotion and sounds")
    raw_text: str = Field(description="the model's own tagged words")

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
    created: int = Field(description="when this server started, in seconds since 1970")
    owned_by: str
    checkpoint: str | None = Field(None, description="the weights that answer, and where they came from")


class ModelsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelOut]


class Fault(BaseModel):
    message: str = Field(description="for people: what is wrong, the limit, and the way out")
    type: Literal["invalid_request_error", "rate_limit_error", "server_error"]
    param: str | None = Field(description="the field that is at fault, where one is")
    code: str = Field(description="for programs: it stays the same")
    request_id: str | None = Field(None, description="the same as in the header x-request-id, and in the server's log")


class ErrorOut(BaseModel):
    """Every answer that is not a success, in OpenAI's shape."""

    error: Fault


def segments(transcript: Transcript, labels: Labels, words: bool) -> list[SegmentOut]:
    return [SegmentOut.of(i, segment, labels, words) for i, segment in enumerate(transcript.segments)]
