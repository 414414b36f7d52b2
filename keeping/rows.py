"""Rows of the tables as values, and what is looked up of one job within a transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from speech.errors import UnknownJob
from speech.hearing import Ask
from speech.jobs import Gist, Job, JobState, Trouble, Verdict
from speech.transcript import Segment, Transcript

from . import written
from .tables import JobRow, PartRow, PausedRow, VerdictRow


@dataclass(frozen=True, slots=True)
class Run:
    """A job that was taken up. `place` is of a file in an allowed folder, "" where the bytes are ours."""

    id: str
    number: int
    ask: Ask
    place: str


@dataclass(frozen=True, slots=True)
class News:
    """What has come of a run since the last news."""

    heard: float
    duration: float
    segments: tuple[Segment, ...]


def one(session: Session, id: str, owner: str) -> JobRow:
    """Raises UnknownJob; one of another owner is as unknown as one that never was."""
    row = session.get(JobRow, id)
    if row is None or row.owner != owner:
        raise UnknownJob(id)
    return row


def of(session: Session, run: Run) -> JobRow | None:
    """The job of a run that is its last; None where it was deleted, or begun anew."""
    row = session.get(JobRow, run.id)
    return row if row is not None and row.run == run.number and row.state != JobState.WAITING else None


def next_turn(session: Session) -> int:
    return (session.scalar(select(func.max(JobRow.turn))) or 0) + 1


def queue() -> Select[tuple[JobRow]]:
    """Those that wait for their turn, the next one first."""
    paused = select(PausedRow.owner)
    return select(JobRow).where(JobRow.state == JobState.WAITING, JobRow.owner.not_in(paused)).order_by(JobRow.turn)


def put_back_all(session: Session, held: Collection[str]) -> None:
    """What runs waits again, but for those that are held."""
    lost = update(JobRow).where(JobRow.state == JobState.RUNNING, JobRow.id.not_in(held))
    session.execute(lost.values(state=JobState.WAITING))


def place_of(session: Session, row: JobRow) -> int:
    """0 where it waits for no turn."""
    if row.state != JobState.WAITING or session.get(PausedRow, row.owner) is not None:
        return 0
    before = queue().where(JobRow.turn < row.turn).order_by(None).with_only_columns(func.count())
    return 1 + (session.scalar(before) or 0)


def heard(session: Session, row: JobRow) -> Transcript | None:
    """None where nothing was."""
    if row.transcript is not None:
        return written.read_transcript(row.transcript)
    parts = session.scalars(select(PartRow.segments).where(PartRow.job == row.id).order_by(PartRow.number))
    segments = [segment for part in parts for segment in written.read_segments(part)]
    return Transcript.join([Transcript(tuple(segments), row.heard)], row.heard) if segments else None


def keep(row: JobRow, transcript: Transcript) -> None:
    row.transcript = written.transcript_bytes(transcript)
    row.gist = written.gist_json(Gist.of(transcript))


def revision(row: JobRow) -> str:
    return f"{row.run}-{hashlib.sha256(row.transcript or b'').hexdigest()[:16]}"


def settle(session: Session, row: JobRow) -> None:
    """The gist of what was heard of a job that ended before its time."""
    if transcript := heard(session, row):
        row.gist = written.gist_json(Gist.of(transcript))


def verdict(row: VerdictRow) -> Verdict:
    return Verdict(row.rule, row.start, row.confirmed)


def job(row: JobRow, place: int = 0) -> Job:
    state = JobState(row.state)
    return Job(
        id=row.id,
        name=row.name,
        owner=row.owner,
        ask=written.read_ask(row.ask),
        state=state,
        created=row.created,
        started=row.started,
        ended=row.ended,
        size=row.size,
        heard=row.heard,
        duration=row.duration,
        trouble=Trouble(row.code, row.message) if row.code else None,
        gist=written.read_gist(row.gist),
        webhook=row.webhook,
        place=place,
        sound=row.sound,
        warnings=tuple(json.loads(row.warnings)),
    )
