"""The tables of jobs.db. Times are seconds since 1970; JSON is compressed where it can be long (written.py)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

VERSION = 1  # of the tables, as the file's user_version


class Table(DeclarativeBase):
    pass


class JobRow(Table):
    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(index=True)  # the least of those that wait is taken up next
    name: Mapped[str]
    owner: Mapped[str] = mapped_column(index=True)
    ask: Mapped[str]  # JSON
    state: Mapped[str] = mapped_column(index=True)
    created: Mapped[float]
    started: Mapped[float | None] = mapped_column(default=None)
    ended: Mapped[float | None] = mapped_column(default=None)
    place: Mapped[str] = mapped_column(default="")  # of a file in an allowed folder; "" where the bytes are ours
    size: Mapped[int] = mapped_column(default=0)
    sound: Mapped[bool] = mapped_column(default=True)
    heard: Mapped[float] = mapped_column(default=0.0)
    duration: Mapped[float] = mapped_column(default=0.0)
    code: Mapped[str] = mapped_column(default="")  # of the trouble
    message: Mapped[str] = mapped_column(default="")
    gist: Mapped[str] = mapped_column(default="")  # JSON
    warnings: Mapped[str] = mapped_column(default="[]")  # JSON
    webhook: Mapped[str | None] = mapped_column(default=None)
    told: Mapped[bool] = mapped_column(default=False)  # whether the webhook was, or was given up
    run: Mapped[int] = mapped_column(default=0)  # how often it was taken up: what an earlier run still says is not heeded
    lost: Mapped[int] = mapped_column(default=0)  # runs that neither ended nor were put back: the process died
    transcript: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, deferred=True)


class PartRow(Table):
    """Segments of a job as they came, until it ends."""

    __tablename__ = "parts"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    segments: Mapped[bytes] = mapped_column(LargeBinary)


class VerdictRow(Table):
    __tablename__ = "verdicts"

    job: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[float] = mapped_column(primary_key=True)
    confirmed: Mapped[bool]


class PausedRow(Table):
    """Owners of whom nothing is begun until they say so."""

    __tablename__ = "paused"

    owner: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[float]
