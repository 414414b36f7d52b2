"""The JSON of calls to listen to: moments, measures, charts, verdicts, and an example of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from speech.jobs import Job, Verdict
from speech.quality import (
    Judged,
    Measure,
    Rule,
    emotion_share,
    emotions_per_minute,
    events_per_minute,
    language_share,
    score,
    speaker_share,
)
from speech.spans import Span
from speech.transcript import Transcript

LATEST = 1e7  # s: no recording is longer


@dataclass(frozen=True, slots=True)
class Inspected:
    """One job, and each rule's measure with what people said of its moments, in the order of the rules."""

    job: Job
    names: Mapping[str, str]  # of its speakers
    measures: tuple[tuple[Measure, tuple[Judged, ...]], ...]

    def of(self, rule: Rule) -> tuple[Measure, tuple[Judged, ...]]:
        return next(found for found in self.measures if found[0].rule == rule)

    def rank(self, rule: Rule) -> tuple[float, float, float]:
        """The worst first: by seconds in moments that stand, then by the most that came together; the newest of equals."""
        measured, moments = self.of(rule)
        return (-score(moments), -measured.peak, -self.job.created)


class RuleOut(BaseModel):
    """At least `seconds` of the label within any `within` seconds."""

    name: str = Field(description="its label, and whose: angry, or angry@B")
    seconds: float
    within: float


class MomentOut(BaseModel):
    """Times are seconds of the recording."""

    rule: str
    start: float
    end: float
    seconds: float = Field(description="of the label in it")
    text: str = Field(description="of the longest segment with the label")
    text_start: float = Field(description="where that segment begins")
    text_end: float
    language: str
    speaker: str = Field(description="of that segment; nothing where speakers are not told apart")
    confirmed: bool | None = Field(description="what a person has said of it; null: nothing yet")

    @classmethod
    def of(cls, said: Judged) -> MomentOut:
        moment = said.moment
        return cls(
            rule=moment.rule.name,
            start=round(moment.start, 3),
            end=round(moment.end, 3),
            seconds=round(moment.seconds, 3),
            text=moment.worst.text.strip(),
            text_start=round(moment.worst.start, 3),
            text_end=round(moment.worst.end, 3),
            language=moment.worst.language,
            speaker=moment.worst.speaker,
            confirmed=said.confirmed,
        )


class MeasureOut(BaseModel):
    rule: str
    seconds: float = Field(description="of the label in all")
    peak: float = Field(description="the most of them within the rule's window")
    score: float = Field(description="seconds of the label in moments that no person has dismissed")
    moments: list[MomentOut] = Field(description="in the order of time")

    @classmethod
    def of(cls, measured: Measure, moments: Sequence[Judged]) -> MeasureOut:
        return cls(
            rule=measured.rule.name,
            seconds=round(measured.seconds, 3),
            peak=round(measured.peak, 3),
            score=round(score(moments), 3),
            moments=[MomentOut.of(each) for each in moments],
        )


class CallOut(BaseModel):
    id: str = Field(description="the job's")
    name: str = Field(description="the file's")
    created: float = Field(description="seconds since 1970")
    duration: float = Field(description="seconds")
    sound: bool = Field(description="whether it can still be listened to")
    names: dict[str, str] = Field(description="what a person calls its speakers, by letter")
    score: float = Field(description="of the rule by which it is ranked")
    worst: MomentOut | None = Field(description="of that rule's moments that stand, the one with the most seconds")
    measures: list[MeasureOut] = Field(description="of each rule")

    @classmethod
    def of(cls, found: Inspected, by: Rule) -> CallOut:
        _, moments = found.of(by)
        job, standing = found.job, [each for each in moments if each.stands]
        worst = max(standing, key=lambda each: each.moment.seconds, default=None)
        return cls(
            id=job.id,
            name=job.name,
            created=job.created,
            duration=round(job.duration, 3),
            sound=job.sound,
            names=dict(found.names),
            score=round(score(moments), 3),
            worst=MomentOut.of(worst) if worst else None,
            measures=[MeasureOut.of(measured, said) for measured, said in found.measures],
        )


class QualityOut(BaseModel):
    object: Literal["list"] = "list"
    rules: list[RuleOut]
    by: str = Field(description="the rule by which the calls are ranked")
    data: list[CallOut] = Field(description="the worst first")


class ChartsOut(BaseModel):
    """Numbers to draw. A list has a number for each minute that was begun."""

    duration: float = Field(description="seconds")
    events: dict[str, list[int]] = Field(description="how often each event begins")
    emotions: dict[str, list[float]] = Field(description="seconds of each emotion")
    languages: dict[str, float] = Field(description="parts of the time that anybody speaks, the largest first")
    shares: dict[str, float] = Field(description="parts of the time with words that each emotion has, the largest first")
    speakers: dict[str, float] = Field(description="parts of the time with words, by speaker; none where they are not told apart")
    names: dict[str, str] = Field(description="what a person calls the speakers, by letter")

    @classmethod
    def of(cls, transcript: Transcript) -> ChartsOut:
        return cls(
            duration=round(transcript.duration, 3),
            events={event.value: counts for event, counts in events_per_minute(transcript).items()},
            emotions={
                emotion.value: [round(seconds, 2) for seconds in each]
                for emotion, each in emotions_per_minute(transcript).items()
            },
            languages={language.value: round(part, 4) for language, part in language_share(transcript).items()},
            shares={emotion.value: round(part, 4) for emotion, part in emotion_share(transcript).items()},
            speakers={speaker: round(part, 4) for speaker, part in speaker_share(transcript).items()},
            names=dict(transcript.names),
        )


class VerdictIn(BaseModel):
    rule: str = Field(description="the name of the rule whose moment it is")
    start: float = Field(ge=0, le=LATEST, allow_inf_nan=False, description="where the moment begins, as it was told")
    end: float | None = Field(
        None,
        ge=0,
        le=LATEST,
        allow_inf_nan=False,
        description="where it ends: what was said anywhere in it is withdrawn; null: what was said at its start",
    )
    confirmed: bool | None = Field(
        description="true: it is so; false: it is not, and no longer counts; null: what was said is withdrawn"
    )

    @property
    def moment(self) -> Span:
        return Span(self.start, max(self.start, self.end or 0.0))


class VerdictOut(BaseModel):
    rule: str
    start: float
    confirmed: bool

    @classmethod
    def of(cls, verdict: Verdict) -> VerdictOut:
        return cls(rule=verdict.rule, start=verdict.start, confirmed=verdict.confirmed)


class VerdictsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[VerdictOut] = Field(description="all that was said of this call, in the order of time")


# --- examples ---

MOMENT = MomentOut(
    rule="angry",
    start=723.1,
    end=748.9,
    seconds=19.4,
    text="你们上次也是这么说的，到现在都没有人来。",
    text_start=731.0,
    text_end=737.2,
    language="zh",
    speaker="B",
    confirmed=True,
)
CALL = CallOut(
    id="0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    name="call 17.mp3",
    created=1_790_000_000.0,
    duration=1_042.5,
    sound=True,
    names={"B": "Ms Li"},
    score=19.4,
    worst=MOMENT,
    measures=[MeasureOut(rule="angry", seconds=24.0, peak=19.4, score=19.4, moments=[MOMENT])],
)
QUALITY = QualityOut(rules=[RuleOut(name="angry", seconds=8, within=60)], by="angry", data=[CALL])
CHARTS = ChartsOut(
    duration=118.0,
    events={"laughter": [2, 0]},
    emotions={"neutral": [41.0, 30.5], "angry": [0.0, 12.0]},
    languages={"zh": 0.9, "en": 0.1},
    shares={"neutral": 0.86, "angry": 0.14},
    speakers={"A": 0.62, "B": 0.38},
    names={"B": "Ms Li"},
)
VERDICT = VerdictOut(rule="angry", start=723.1, confirmed=False)
ROW = "1,call 17.mp3,0a1b…,2026-09-21T14:13:20Z,1042.500,angry,19.400,723.100,748.900,19.400,confirmed,B,Ms Li,到现在都没有人来。"
