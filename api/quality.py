"""Calls to listen to: finished jobs ranked by how long a feeling or a sound lasts in them, and what people say of the moments.

A label errs: an alert is possible anger, with the place to hear it, until a person has confirmed or dismissed it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from speech.calls import Call
from speech.errors import (
    BadJson,
    BodyTooLarge,
    DeadlineExceeded,
    InvalidParameter,
    InvalidRules,
    JobUnfinished,
    SlowRequest,
    UnknownJob,
)
from speech.jobs import Job, Jobs, JobState, Verdict
from speech.quality import (
    DEFAULT_RULES,
    LABELS,
    Judged,
    Measure,
    Rule,
    emotion_share,
    emotions_per_minute,
    events_per_minute,
    format_rules,
    judged,
    language_share,
    measure,
    parse_rules,
    score,
)
from speech.render import harmless
from speech.transcript import Transcript

from .deps import Caller
from .described import faults, success
from .jobs import DOOR, MOST, ONE, Id, Kept

router = APIRouter(prefix="/v1", tags=["jobs"])

USUAL = 200  # calls that are looked at
LATEST = 1e7  # s: no recording is longer
COLUMNS = ("rank", "call", "id", "heard_at", "duration", "rule", "score", "start", "end", "seconds", "verdict", "text")
VERDICTS: Mapping[bool | None, str] = {True: "confirmed", False: "dismissed", None: ""}


@dataclass(frozen=True, slots=True)
class Inspected:
    """One job, and each rule's measure with what people said of its moments, in the order of the rules."""

    job: Job
    measures: tuple[tuple[Measure, tuple[Judged, ...]], ...]

    def of(self, rule: Rule) -> tuple[Measure, tuple[Judged, ...]]:
        return next(found for found in self.measures if found[0].rule == rule)

    def rank(self, rule: Rule) -> tuple[float, float, float]:
        """The worst first: by seconds in moments that stand, then by the most that came together; the newest of equals."""
        measured, moments = self.of(rule)
        return (-score(moments), -measured.peak, -self.job.created)


# --- what is answered ---


class RuleOut(BaseModel):
    """At least `seconds` of the label within any `within` seconds."""

    name: str = Field(description="that of its label")
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
        )


class VerdictIn(BaseModel):
    rule: str = Field(description="the name of the rule whose moment it is")
    start: float = Field(ge=0, le=LATEST, allow_inf_nan=False, description="where the moment begins, as it was told")
    confirmed: bool = Field(description="true: it is so; false: it is not, and no longer counts")


class VerdictsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[VerdictIn] = Field(description="all that was said of this call, in the order of time")


# --- what is said of it ---

_MOMENT = MomentOut(
    rule="angry",
    start=723.1,
    end=748.9,
    seconds=19.4,
    text="你们上次也是这么说的，到现在都没有人来。",
    text_start=731.0,
    text_end=737.2,
    language="zh",
    confirmed=True,
)
_CALL = CallOut(
    id="0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    name="call 17.mp3",
    created=1_790_000_000.0,
    duration=1_042.5,
    sound=True,
    score=19.4,
    worst=_MOMENT,
    measures=[MeasureOut(rule="angry", seconds=24.0, peak=19.4, score=19.4, moments=[_MOMENT])],
)
_QUALITY = QualityOut(rules=[RuleOut(name="angry", seconds=8, within=60)], by="angry", data=[_CALL])
_CHARTS = ChartsOut(
    duration=118.0,
    events={"laughter": [2, 0]},
    emotions={"neutral": [41.0, 30.5], "angry": [0.0, 12.0]},
    languages={"zh": 0.9, "en": 0.1},
    shares={"neutral": 0.86, "angry": 0.14},
)
_VERDICT = VerdictIn(rule="angry", start=723.1, confirmed=False)
_ROW = "1,call 17.mp3,0a1b…,2026-09-21T14:13:20Z,1042.500,angry,19.400,723.100,748.900,19.400,confirmed,到现在都没有人来。"
WRONG = (InvalidRules("a label has more than one rule"), InvalidParameter("by", "sad", ["angry"]), DeadlineExceeded(600.0))
TABLE = {
    200: {
        "description": "A row for each moment, and one for each call without any.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "examples": {"calls": {"value": f"{','.join(COLUMNS)}\n{_ROW}\n"}}}
        },
    },
    **faults(*DOOR, *WRONG),
}

Rules = Annotated[
    str,
    Query(description=f"Label, seconds and window of each rule, with commas between; nothing: {format_rules(DEFAULT_RULES)}."),
]
By = Annotated[str, Query(description="The label of the rule by which calls are ranked; nothing: the first.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Of the newest finished jobs, so many are looked at.")]


# --- the routes ---


@router.get(
    "/quality",
    summary="Find the calls to listen to",
    responses={**success("The worst first.", calls=_QUALITY.model_dump()), **faults(*DOOR, *WRONG)},
)
def quality(kept: Kept, call: Caller, rules: Rules = "", by: By = "", limit: Limit = USUAL) -> QualityOut:
    """Ranks finished jobs by how long a label lasts in them, each with its worst moment. What is found is possible, not sure."""
    wanted = parse_rules(rules)
    chief = _chief(wanted, by)
    found = inspected(kept, call, wanted, chief, limit)
    told = [RuleOut(name=rule.name, seconds=rule.seconds, within=rule.within) for rule in wanted]
    return QualityOut(rules=told, by=chief.name, data=[CallOut.of(each, chief) for each in found])


@router.get("/quality.csv", summary="Fetch that as a table", response_class=Response, responses=TABLE)
def quality_table(kept: Kept, call: Caller, rules: Rules = "", by: By = "", limit: Limit = USUAL) -> Response:
    """All moments of the calls for a spreadsheet, in the same order. No cell is taken for a formula."""
    wanted = parse_rules(rules)
    found = inspected(kept, call, wanted, _chief(wanted, by), limit)
    headers = {"Content-Disposition": 'attachment; filename="earshot-quality.csv"', "Cache-Control": "no-store"}
    return Response(table(found).encode("utf-8", "replace"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/jobs/{id}/quality",
    summary="See how a recording went",
    responses={
        **success("Numbers to draw.", charts=_CHARTS.model_dump()),
        **faults(*ONE, JobUnfinished("waiting")),
    },
)
def job_quality(kept: Kept, call: Caller, id: Id) -> ChartsOut:
    """Events and emotions minute by minute, and the share of each language and emotion."""
    return ChartsOut.of(kept.outline(id, call.caller))


@router.post(
    "/jobs/{id}/verdicts",
    summary="Confirm or dismiss a moment",
    responses={
        **success("All verdicts on this call.", verdicts=VerdictsOut(data=[_VERDICT]).model_dump()),
        **faults(*ONE, InvalidParameter("rule", "rage", LABELS), BadJson(), BodyTooLarge(100_000), SlowRequest(30.0)),
    },
)
def judge(kept: Kept, call: Caller, id: Id, verdict: VerdictIn) -> VerdictsOut:
    """Keeps what a person has heard there. A moment that is dismissed no longer counts; a second verdict replaces the first."""
    if verdict.rule not in LABELS:
        raise InvalidParameter("rule", verdict.rule, LABELS)
    kept.judge(id, Verdict(verdict.rule, verdict.start, verdict.confirmed), call.caller)
    said = kept.verdicts(id, call.caller)
    return VerdictsOut(data=[VerdictIn(rule=one.rule, start=one.start, confirmed=one.confirmed) for one in said])


# --- steps ---


def _chief(rules: Sequence[Rule], by: str) -> Rule:
    """The rule by which calls are ranked."""
    names = [rule.name for rule in rules]
    if by and by not in names:
        raise InvalidParameter("by", by, names)
    return rules[names.index(by)] if by else rules[0]


def inspected(kept: Jobs, call: Call, rules: Sequence[Rule], by: Rule, limit: int) -> list[Inspected]:
    """Finished jobs of whoever asks, the worst first."""
    jobs = kept.list(call.caller, limit, JobState.DONE)
    return sorted(_inspected(kept, call, jobs, rules), key=lambda found: found.rank(by))


def _inspected(kept: Jobs, call: Call, jobs: Sequence[Job], rules: Sequence[Rule]) -> Iterator[Inspected]:
    """Those that are deleted, or heard anew, meanwhile are left out."""
    for job in jobs:
        call.heed()
        try:
            outline, verdicts = kept.outline(job.id, call.caller), kept.verdicts(job.id, call.caller)
        except (UnknownJob, JobUnfinished):
            continue
        measures = [measure(outline, rule) for rule in rules]
        yield Inspected(job, tuple((each, tuple(judged(each.moments, verdicts))) for each in measures))


def table(found: Sequence[Inspected]) -> str:
    """CSV. Begins with a byte order mark: without it Excel shows Chinese as noise."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for rank, each in enumerate(found, 1):
        for measured, moments in each.measures:
            writer.writerows([*_head(rank, each.job, measured, moments), *rest] for rest in _rows(moments))
    return "\ufeff" + text.getvalue()


def _head(rank: int, job: Job, measured: Measure, moments: Sequence[Judged]) -> list[object]:
    at = datetime.fromtimestamp(job.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = harmless(" ".join(job.name.split()))
    return [rank, name, job.id, at, f"{job.duration:.3f}", measured.rule.name, f"{score(moments):.3f}"]


def _rows(moments: Sequence[Judged]) -> list[list[str]]:
    cells = [
        [
            *(f"{value:.3f}" for value in (each.moment.start, each.moment.end, each.moment.seconds)),
            VERDICTS[each.confirmed],
            harmless(" ".join(each.moment.worst.text.split())),
        ]
        for each in moments
    ]
    return cells or [[""] * 5]
