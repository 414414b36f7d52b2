"""Values as bytes and back, without loss: transcripts compressed, the small ones as JSON that people can read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from speech.hearing import Ask
from speech.jobs import Gist
from speech.spans import Span
from speech.transcript import Emotion, Event, Language, Scores, Segment, Token, Transcript, Word

Json = Any  # as it was read

SHORT, MOST = 40_000, 1000  # bytes of a transcript whose outline is remembered (half an hour or so), and how many are
BARE: Mapping[str, Json] = {"words": (), "tokens": (), "scores": ({}, {}, {}, 0.0, 0.0), "raw": ""}


def transcript_bytes(transcript: Transcript) -> bytes:
    segments = [_segment(each) for each in transcript.segments]
    return _packed({"duration": transcript.duration, "names": dict(transcript.names), "segments": segments})


def read_transcript(data: bytes) -> Transcript:
    return _read(_unpacked(data))


def read_outline(data: bytes) -> Transcript:
    """Without words, tokens, scores and the engine's own words. That of the same bytes is remembered, unless it is long."""
    return _remembered(data) if len(data) <= SHORT else _outline(data)


def segments_bytes(segments: tuple[Segment, ...]) -> bytes:
    return _packed([_segment(each) for each in segments])


def read_segments(data: bytes) -> tuple[Segment, ...]:
    return tuple(map(_read_segment, _unpacked(data)))


def ask_json(ask: Ask) -> str:
    within = [ask.within.start, ask.within.end] if ask.within else None
    told = {"language": ask.language, "itn": ask.itn, "vad": ask.vad, "clean": ask.clean, "multichannel": ask.multichannel}
    return json.dumps({**told, "among": sorted(ask.among), "within": within})


def read_ask(text: str) -> Ask:
    told = json.loads(text)
    return Ask(
        language=Language(told["language"]) if told["language"] else None,
        itn=told["itn"],
        vad=told["vad"],
        among=frozenset(map(Language, told["among"])),
        within=Span(*told["within"]) if told["within"] else None,
        clean=told["clean"],
        multichannel=told.get("multichannel", False),  # of jobs from before it could be asked for
    )


def gist_json(gist: Gist) -> str:
    return json.dumps({"language": gist.language, "emotion": gist.emotion, "events": gist.events, "segments": gist.segments})


def read_gist(text: str) -> Gist | None:
    if not text:
        return None
    told = json.loads(text)
    events = {Event(name): times for name, times in told["events"].items()}
    return Gist(Language(told["language"]), Emotion(told["emotion"]), events, told["segments"])


def _outline(data: bytes) -> Transcript:
    return _read(_unpacked(data), BARE)


_remembered = lru_cache(maxsize=MOST)(_outline)


def _read(told: Json, without: Mapping[str, Json] = MappingProxyType({})) -> Transcript:
    segments = tuple(_read_segment({**each, **without}) for each in told["segments"])
    return Transcript(segments, told["duration"], told.get("names", {}))  # none in those from before they could be given


def _packed(told: Json) -> bytes:
    return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _unpacked(data: bytes) -> Json:
    return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))


def _segment(segment: Segment) -> Mapping[str, Json]:
    """Floats are written so that they are read as they were."""
    scores = segment.scores
    return {
        "text": segment.text,
        "start": segment.start,
        "end": segment.end,
        "language": segment.language,
        "emotion": segment.emotion,
        "events": segment.events,
        "words": [[word.text, word.start, word.end, word.confidence] for word in segment.words],
        "tokens": [[token.id, token.text, token.logprob] for token in segment.tokens],
        "scores": [dict(scores.languages), dict(scores.emotions), dict(scores.events), scores.no_speech, scores.avg_logprob],
        "raw": segment.raw,
        "speaker": segment.speaker,
    }


def _read_segment(told: Json) -> Segment:
    languages, emotions, events, no_speech, avg_logprob = told["scores"]
    return Segment(
        text=told["text"],
        start=told["start"],
        end=told["end"],
        language=Language(told["language"]),
        emotion=Emotion(told["emotion"]),
        events=tuple(map(Event, told["events"])),
        words=tuple(Word(*word) for word in told["words"]),
        tokens=tuple(Token(*token) for token in told["tokens"]),
        scores=Scores(
            {Language(name): score for name, score in languages.items()},
            {Emotion(name): score for name, score in emotions.items()},
            {Event(name): score for name, score in events.items()},
            no_speech,
            avg_logprob,
        ),
        raw=told["raw"],
        speaker=told.get("speaker", ""),
    )
