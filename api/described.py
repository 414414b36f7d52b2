"""What OpenAPI says of answers beyond their schemas: an example of each, made by the code that answers, and every fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from speech.audio import MediaInfo
from speech.containers import DEFAULTS
from speech.errors import (
    AudioTooLarge,
    AudioTooLong,
    AudioTooShort,
    BodyTooLarge,
    CorruptAudio,
    DeadlineExceeded,
    DecoderCrashed,
    DecodingTooSlow,
    EmptyAudio,
    EngineOutOfMemory,
    EngineUnavailable,
    FileTooLarge,
    HostNotAllowed,
    InferenceFailed,
    InvalidApiKey,
    MalformedMultipart,
    MissingFile,
    ModelLoading,
    NoAudioStream,
    OriginNotAllowed,
    QueueFull,
    RateLimited,
    ShuttingDown,
    SlowRequest,
    SpeechError,
    StorageFull,
    StorageUnavailable,
    TooManyFiles,
    TooManyParts,
    UndecodableAudio,
    UnsupportedChannels,
    UnsupportedCodec,
    UnsupportedRate,
    UrlNotSupported,
    WrongContentType,
)
from speech.transcriber import Hearing, Timing
from speech.transcript import Emotion, Event, Language, Scores, Segment, Token, Transcript, Word

from .deps import ApiOptions
from .errors import LARGEST_FIELD, MOST_FIELDS, answer
from .schemas import ErrorOut

Responses = dict[int | str, dict[str, Any]]

LANGUAGES = ("zh", "yue", "en", "ja", "ko", "auto")  # as an example's sentence names them


UNHEARD: tuple[SpeechError, ...] = (
    MissingFile(),
    UrlNotSupported("url"),
    TooManyFiles(),
    TooManyParts(MOST_FIELDS),
    MalformedMultipart(),
    WrongContentType("application/json"),
    BodyTooLarge(LARGEST_FIELD),
    SlowRequest(30.0),
    HostNotAllowed("evil.example"),
    OriginNotAllowed(),
    InvalidApiKey(),
    RateLimited("requests with this key", retry_after=5),
    EmptyAudio(),
    UndecodableAudio(),
    CorruptAudio(),
    DecoderCrashed(),
    NoAudioStream(),
    UnsupportedCodec(),
    UnsupportedRate(1_000, DEFAULTS.lowest_rate, DEFAULTS.highest_rate),
    UnsupportedChannels(16, DEFAULTS.channels),
    AudioTooShort(0.02, DEFAULTS.shortest),
    AudioTooLarge(DEFAULTS.decoded),
    DecodingTooSlow(DEFAULTS.seconds),
    AudioTooLong(DEFAULTS.longest),
    FileTooLarge(ApiOptions().upload),
    QueueFull("32 requests", retry_after=30),
    InferenceFailed(),
    ModelLoading(),
    EngineUnavailable("model.pt is missing"),
    ShuttingDown(),
    EngineOutOfMemory(),
    DeadlineExceeded(600.0),
    StorageFull(),
    StorageUnavailable(),
)  # what may come of every file


def success(description: str, **examples: object) -> Responses:
    """`responses` of a route whose 200 is JSON: an example under each name."""
    return {200: {"description": description, "content": {"application/json": shown(**examples)}}}


def faults(*examples: SpeechError) -> Responses:
    """`responses` of a route that may fail in these ways: each under its status, with its code, sentence and headers."""
    found: Responses = {}
    for example in examples:
        given = answer(example)
        told = found.setdefault(given.status_code, {"model": ErrorOut, "content": {given.media_type: shown()}})
        codes = told["content"][given.media_type]["examples"]
        codes[example.code] = {"value": json.loads(bytes(given.body))}
        told["description"] = ", ".join(codes)
        headers = {name: value for name, value in given.headers.items() if not name.startswith("content-")}
        if headers:
            told["headers"] = promised(headers)
    return dict(sorted(found.items()))


def shown(**examples: object) -> dict[str, Any]:
    """A media type's examples by their names."""
    return {"examples": {name: {"value": value} for name, value in examples.items()}}


def promised(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}, "example": value} for name, value in headers.items()}


def _segment(start: float, text: str, emotion: Emotion, *events: Event) -> Segment:
    words = [character for character in text if character.isalnum()]
    each = 0.3  # s
    return Segment(
        text=text,
        start=start,
        end=start + each * len(words),
        language=Language.ZH,
        emotion=emotion,
        events=events,
        words=tuple(Word(word, start + i * each, start + (i + 1) * each, 0.98) for i, word in enumerate(words)),
        tokens=tuple(Token(9_000 + i, word, -0.02) for i, word in enumerate(words)),
        scores=Scores({Language.ZH: 0.99}, {emotion: 0.93}, dict.fromkeys(events, 0.88), 0.01, -0.02),
        raw="…",
    )


HEARD = Hearing(
    Transcript(
        (
            _segment(0.4, "今天天气真好啊！", Emotion.HAPPY, Event.LAUGHTER),
            _segment(3.1, "我们出去走走吧。", Emotion.NEUTRAL),
        ),
        duration=5.6,
    ),
    MediaInfo(5.6, 48_000, 2, "mp3", "mp3", 128_000, 89_600),
    warnings=(),
    timing=Timing(decode=0.012, vad=0.021, queue=0.002, engine=0.094, total=0.131),
)


def binary(kind: str, description: str) -> Responses:
    return {200: {"description": description, "content": {kind: {"schema": {"type": "string", "format": "binary"}}}}}
