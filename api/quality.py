"""Calls to listen to: finished jobs ranked by how long a feeling or a sound lasts in them, and what people say of the moments.

A label errs: an alert is possible anger, with the place to hear it, until a person has confirmed or dismissed it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

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
    Judged,
    Measure,
    Rule,
    format_rules,
    judged,
    measure,
    parse_name,
    parse_rules,
    score,
)
from speech.render import harmless

from .deps import Caller
from .described import faults, success
from .jobs import DOOR, MOST, ONE, Id, Kept
from .quality_schemas import (
    CHARTS,
    QUALITY,
    ROW,
    VERDICT,
    CallOut,
    ChartsOut,
    Inspected,
    QualityOut,
    RuleOut,
    VerdictIn,
    VerdictOut,
    VerdictsOut,
)

router = APIRouter(prefix="/v1", tags=["jobs"])

USUAL = 200  # calls that are looked at
COLUMNS = (
    "rank",
    "call",
    "id",
    "heard_at",
    "duration",
    "rule",
    "score",
    "start",
    "end",
    "seconds",
    "verdict",
    "speaker",
    "speaker_name",
    "text",
)
VERDICTS: Mapping[bool | None, str] = {True: "confirmed", False: "dismissed", None: ""}

# --- what is said of it ---

WRONG = (
    InvalidRules("a label has more than one rule for the same speaker"),
    InvalidParameter("by", "sad", ["angry"]),
    DeadlineExceeded(600.0),
)
TABLE = {
    200: {
        "description": "A row for each moment, and one for each call without any.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "examples": {"calls": {"value": f"{','.join(COLUMNS)}\n{ROW}\n"}}}
        },
    },
    **faults(*DOOR, *WRONG),
}

Rules = Annotated[
    str,
    Query(
        description="Label, seconds and window of each rule, with commas between; angry@B:8/60 is the anger of speaker B alone. "
        f"Nothing: {format_rules(DEFAULT_RULES)}."
    ),
]
By = Annotated[str, Query(description="The label of the rule by which calls are ranked; nothing: the first.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Of the newest finished jobs, so many are looked at.")]


# --- the routes ---


@router.get(
    "/quality",
    summary="Find the calls to listen to",
    responses={**success("The worst first.", calls=QUALITY.model_dump()), **faults(*DOOR, *WRONG)},
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
        **success("Numbers to draw.", charts=CHARTS.model_dump()),
        **faults(*ONE, JobUnfinished("waiting")),
    },
)
def job_quality(kept: Kept, call: Caller, id: Id) -> ChartsOut:
    """Events and emotions minute by minute, and the share of each language, emotion and speaker."""
    return ChartsOut.of(kept.outline(id, call.caller))


@router.post(
    "/jobs/{id}/verdicts",
    summary="Confirm or dismiss a moment, or take that back",
    responses={
        **success("All verdicts on this call.", verdicts=VerdictsOut(data=[VERDICT]).model_dump()),
        **faults(
            *ONE, InvalidRules("there is no label 'rage'; known: angry"), BadJson(), BodyTooLarge(100_000), SlowRequest(30.0)
        ),
    },
)
def judge(kept: Kept, call: Caller, id: Id, verdict: VerdictIn) -> VerdictsOut:
    """Keeps what a person has heard there. A moment that is dismissed no longer counts; a second verdict replaces the first.

    `confirmed: null` takes back what was said, and the moment is as nobody had judged it.
    """
    parse_name(verdict.rule)
    if verdict.confirmed is None:
        kept.withdraw(id, verdict.rule, verdict.moment, call.caller)
    else:
        kept.judge(id, Verdict(verdict.rule, verdict.start, verdict.confirmed), call.caller)
    return VerdictsOut(data=[VerdictOut.of(said) for said in kept.verdicts(id, call.caller)])


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
        yield Inspected(job, outline.names, tuple((each, tuple(judged(each.moments, verdicts))) for each in measures))


def table(found: Sequence[Inspected]) -> str:
    """CSV. Begins with a byte order mark: without it Excel shows Chinese as noise."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for rank, each in enumerate(found, 1):
        for measured, moments in each.measures:
            writer.writerows([*_head(rank, each.job, measured, moments), *rest] for rest in _rows(moments, each.names))
    return "\ufeff" + text.getvalue()


def _head(rank: int, job: Job, measured: Measure, moments: Sequence[Judged]) -> list[object]:
    at = datetime.fromtimestamp(job.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = harmless(" ".join(job.name.split()))
    return [rank, name, job.id, at, f"{job.duration:.3f}", measured.rule.name, f"{score(moments):.3f}"]


def _rows(moments: Sequence[Judged], names: Mapping[str, str]) -> list[list[str]]:
    cells = [
        [
            *(f"{value:.3f}" for value in (each.moment.start, each.moment.end, each.moment.seconds)),
            VERDICTS[each.confirmed],
            each.moment.worst.speaker,
            harmless(names.get(each.moment.worst.speaker, "")),
            harmless(" ".join(each.moment.worst.text.split())),
        ]
        for each in moments
    ]
    return cells or [[""] * 7]
