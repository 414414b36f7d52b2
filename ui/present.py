"""What the widgets show, as JSON for the browser: codes and numbers, which the browser puts into words. Knows no widget.

Texts go in as data and come out through textContent; nothing here is ever read as HTML.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from speech.audio import MediaInfo
from speech.errors import AudioError, RequestError, ServiceError, SpeechError
from speech.places import locate
from speech.transcriber import Status
from speech.transcript import Scores, Segment

from .listening import Heard, Phase
from .samples import Sample
from .unforeseen import Unforeseen

log = logging.getLogger(__name__)

Piece = list[str | float]  # [text] between words, [text, start, end, confidence] for a word


class StatusView(TypedDict):
    state: str
    detail: str
    checkpoint: str
    demo: bool
    vad: str
    waiting: float


class MediaView(TypedDict):
    name: str
    key: str  # the same for the same bytes: what a person did to this recording is remembered under it
    duration: float
    rate: int
    channels: int
    codec: str
    container: str
    size: int | None
    peaks: list[int]
    source: dict[str, str]  # as the page says it where it wants more of this file


class ProgressView(TypedDict):
    phase: str
    heard: float
    duration: float
    elapsed: float
    hearing: float  # s of these since the file was open
    others: int
    queued: float
    silent: bool
    warnings: list[str]
    code: NotRequired[str]
    message: NotRequired[str]
    reference: NotRequired[str]
    fault: NotRequired[str]  # whose it is: "audio", "request" or "service"
    wait: NotRequired[int]


class ScoresView(TypedDict):
    language: dict[str, float]
    emotion: dict[str, float]
    event: dict[str, float]
    no_speech: float
    avg_logprob: float


class SegmentView(TypedDict):
    """All that exports need of a segment: they are made from what the page shows."""

    start: float
    end: float
    language: str
    emotion: str
    events: list[str]
    pieces: list[Piece]
    scores: ScoresView
    raw: str
    speaker: str  # nothing where nobody is told apart


class SampleView(TypedDict):
    file: str
    title: dict[str, str]
    language: str


def status(now: Status, waiting: float) -> StatusView:
    """`waiting`: seconds of audio in the queue."""
    checkpoint = now.checkpoint
    return StatusView(
        state=now.state,
        detail=now.detail,
        checkpoint=checkpoint.name if checkpoint else "",
        demo=checkpoint is not None and checkpoint.demo,
        vad=now.vad,
        waiting=round(waiting),
    )


def media(name: str, key: str, info: MediaInfo, peaks: Sequence[int], source: Mapping[str, str]) -> MediaView:
    return MediaView(
        name=name,
        key=key,
        duration=round(info.duration, 3),
        rate=info.rate,
        channels=info.channels,
        codec=codec_name(info.codec),
        container=container_name(info.container),
        size=info.size,
        peaks=list(peaks),
        source=dict(source),
    )


def codec_name(codec: str) -> str:
    """FFmpeg's name as people write it: "pcm_s16le" is PCM 16 bit."""
    if codec.startswith("pcm_") and (digits := "".join(c for c in codec.split("_")[1] if c.isdigit())):
        return f"PCM {digits} bit"
    return _CODECS.get(codec, codec.upper())


_CODECS = {
    "opus": "Opus",
    "vorbis": "Vorbis",
    "pcm_mulaw": "G.711 µ-law",
    "pcm_alaw": "G.711 A-law",
    "wmav2": "WMA",
    "amr_nb": "AMR",
}


def container_name(container: str) -> str:
    """FFmpeg names a family, as "mov,mp4,m4a,3gp,3g2,mj2"; people know one of it."""
    return _CONTAINERS.get(container, container.split(",")[0].upper())


_CONTAINERS = {
    "mov,mp4,m4a,3gp,3g2,mj2": "MP4 / MOV",
    "matroska,webm": "MKV / WebM",
    "ogg": "Ogg",
    "mpegts": "MPEG-TS",
    "mpeg": "MPEG-PS",
}


def progress(heard: Heard, warnings: Sequence[str] = ()) -> ProgressView:
    """`warnings` are the pipeline's; only their codes are shown."""
    if heard.error:
        return failure(heard.error)
    total = heard.hearing.timing.total if heard.hearing else heard.elapsed
    return ProgressView(
        phase=heard.phase,
        heard=round(heard.heard, 1),
        duration=round(heard.duration, 1),
        elapsed=round(total, 2),
        hearing=round(max(0.0, heard.elapsed - (heard.elapsed if heard.opened is None else heard.opened)), 2),
        others=heard.others,
        queued=round(heard.queued, 1),
        silent=heard.phase is Phase.DONE and not any(one.text.strip() or one.events for one in heard.segments),
        warnings=[warning.partition(":")[0] for warning in warnings],
    )


def failure(error: SpeechError) -> ProgressView:
    """`reference` is under which the log has it."""
    view = progress(Heard(Phase.FAILED))
    view["code"], view["message"], view["fault"] = error.code, str(error), _fault(error)
    if isinstance(error, ServiceError) and error.retry_after:
        view["wait"] = error.retry_after
    view["reference"] = error.reference if isinstance(error, Unforeseen) else noted(error)
    return view


def noted(error: SpeechError) -> str:
    """The name of a fault in the log, for who asks about it."""
    reference = secrets.token_hex(4)
    log.info("told to a page: %s (%s)", error.code, reference)
    return reference


def _fault(error: SpeechError) -> str:
    return "audio" if isinstance(error, AudioError) else "request" if isinstance(error, RequestError) else "service"


def lines(segments: Sequence[Segment]) -> str:
    """One line of JSON a segment. A string that only grows is cheap: Gradio sends its new end, and looks at no value inside.

    As nested values, 1800 segments kept a browser busy for minutes (Gradio 6.31).
    """
    return "".join(json.dumps(segment(one), ensure_ascii=False).replace("<", "\\u003c") + "\n" for one in segments)


def segment(said: Segment) -> SegmentView:
    return SegmentView(
        start=round(said.start, 3),
        end=round(said.end, 3),
        language=said.language,
        emotion=said.emotion,
        events=[event.value for event in said.events],
        pieces=pieces(said),
        scores=_scores(said.scores),
        raw=said.raw,
        speaker=said.speaker,
    )


def _scores(scores: Scores) -> ScoresView:
    return ScoresView(
        language={name.value: round(score, 4) for name, score in scores.languages.items()},
        emotion={name.value: round(score, 4) for name, score in scores.emotions.items()},
        event={name.value: round(score, 4) for name, score in scores.events.items()},
        no_speech=round(scores.no_speech, 4),
        avg_logprob=round(scores.avg_logprob, 4),
    )


def pieces(said: Segment) -> list[Piece]:
    """The text cut into words, which have times, and what stands between them, which has none."""
    text, cursor = said.text.strip(), 0
    cut: list[Piece] = []
    for (begin, end), word in zip(locate(text, said.words), said.words, strict=True):
        if begin < end:
            cut += [[text[cursor:begin]]] if cursor < begin else []
            cut.append([text[begin:end], round(word.start, 3), round(word.end, 3), round(word.confidence, 4)])
            cursor = end
    return cut + ([[text[cursor:]]] if cursor < len(text) else [])


def samples(listed: Sequence[Sample]) -> list[SampleView]:
    return [SampleView(file=one.path.name, title=dict(one.title), language=one.language) for one in listed]
