"""What people said of the moments that met a rule, job by job."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select

from speech.jobs import Verdict
from speech.spans import Span

from . import rows
from .database import Database
from .tables import VerdictRow


class Verdicts:
    """All methods may be called from any thread, and raise UnknownJob, JobsUnavailable or StorageFull."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, id: str, owner: str) -> Sequence[Verdict]:
        with self._database.reading() as session:
            rows.one(session, id, owner)
            return [rows.verdict(row) for row in session.scalars(_all(id))]

    def judge(self, id: str, verdict: Verdict, owner: str) -> None:
        with self._database.writing() as session:
            rows.one(session, id, owner)
            session.merge(VerdictRow(job=id, rule=verdict.rule, start=verdict.start, confirmed=verdict.confirmed))

    def withdraw(self, id: str, rule: str, moment: Span, owner: str) -> None:
        with self._database.writing() as session:
            rows.one(session, id, owner)
            for row in session.scalars(_all(id)):
                if rows.verdict(row).about(rule, moment):
                    session.delete(row)


def _all(id: str) -> Select[tuple[VerdictRow]]:
    return select(VerdictRow).where(VerdictRow.job == id).order_by(VerdictRow.start)
