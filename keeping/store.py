"""Jobs on disk: a row for each in jobs.db; their sounds are sounds.py's, what people say of them verdicts.py's.

Nothing runs here: what is said of a job's run is said by runner.py, and heeded only while that run is the job's last.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from speech.errors import (
    EmptyAudio,
    FileTooLarge,
    InferenceFailed,
    JobChanged,
    JobUnfinished,
    QueueFull,
    SoundGone,
    SpeechError,
)
from speech.hearing import Ask
from speech.jobs import Job, JobState, Kept
from speech.transcript import Transcript

from . import rows, written
from .database import Database
from .options import KeepingOptions
from .rows import News, Run
from .sounds import Sounds
from .tables import JobRow, PartRow, PausedRow, VerdictRow
from .verdicts import Verdicts

log = logging.getLogger(__name__)

TRIES = 3  # runs that may be lost with their process before the job counts as what kills it
SOON = 60  # s after which it is worth asking again where there is no place
UNENDED = (JobState.WAITING, JobState.RUNNING)


class Store:
    """All methods may be called from any thread, and raise JobsUnavailable or StorageFull.

    `ended` hears of every job that ends, in the thread that ended it.
    """

    def __init__(self, options: KeepingOptions, clock: Callable[[], float] = time.time) -> None:
        self._options, self._clock = options, clock
        self._database = Database(options.home, self._recover)
        self._reading, self._writing = self._database.reading, self._database.writing
        self.sounds = Sounds(self._database.sounds)
        self.verdicts = Verdicts(self._database)
        self.ended: Callable[[Job], None] = lambda job: None

    def close(self) -> None:
        self._database.close()

    def _recover(self, session: Session) -> None:
        """What ran when the last process ended waits again, and sounds without a job are gone."""
        rows.put_back_all(session, ())
        self.sounds.remove_others(set(session.scalars(select(JobRow.id))))

    # --- what owners ask ---

    def add(self, file: BinaryIO, name: str, ask: Ask, owner: str, webhook: str | None) -> Job:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(0)
        if size == 0:
            raise EmptyAudio()
        if size > self._options.upload:
            raise FileTooLarge(self._options.upload)
        with self._reading() as session:
            self._refuse_beyond(session, size, owner)
        id = _new_id()
        try:
            self.sounds.keep(id, file)
            return self._insert(id, name, ask, owner, webhook, size, "")
        except BaseException:
            self.sounds.of(id).unlink(missing_ok=True)
            raise

    def add_place(self, place: str, size: int, name: str, ask: Ask, owner: str, webhook: str | None) -> Job:
        """A file that is not ours."""
        return self._insert(_new_id(), name, ask, owner, webhook, size, place)

    def _insert(self, id: str, name: str, ask: Ask, owner: str, webhook: str | None, size: int, place: str) -> Job:
        with self._writing() as session:
            self._refuse_beyond(session, 0 if place else size, owner)
            row = JobRow(
                id=id,
                turn=rows.next_turn(session),
                name=name,
                owner=owner,
                ask=written.ask_json(ask),
                state=JobState.WAITING,
                created=self._clock(),
                size=size,
                place=place,
                webhook=webhook,
            )
            session.add(row)
            session.flush()
            return rows.job(row, rows.place_of(session, row))

    def _refuse_beyond(self, session: Session, size: int, owner: str) -> None:
        """Raises QueueFull where one more of this owner, of `size` bytes, would be too much."""
        options, unended = self._options, select(func.count()).where(JobRow.state.in_(UNENDED))
        waiting = session.scalar(unended) or 0
        if waiting >= options.waiting:
            raise QueueFull(f"{waiting} jobs", SOON)
        own = session.scalar(unended.where(JobRow.owner == owner)) if owner else 0
        if own and own >= options.per_owner:
            raise QueueFull(f"{own} jobs of this caller", SOON)
        kept = session.scalar(select(func.sum(JobRow.size)).where(JobRow.sound, JobRow.place == "")) or 0
        if kept + size > options.bytes:
            raise QueueFull(f"{kept / 1e9:.3g} of {options.bytes / 1e9:.3g} GB of jobs' sounds", SOON)

    def get(self, id: str, owner: str) -> Job:
        with self._reading() as session:
            row = rows.one(session, id, owner)
            return rows.job(row, rows.place_of(session, row))

    def list(self, owner: str, limit: int, state: JobState | None) -> Sequence[Job]:
        with self._reading() as session:
            turns = session.scalars(rows.queue().with_only_columns(JobRow.turn))
            places = {turn: place for place, turn in enumerate(turns, start=1)}
            wanted = select(JobRow).where(JobRow.owner == owner).order_by(JobRow.created.desc(), JobRow.turn.desc()).limit(limit)
            found = session.scalars(wanted.where(JobRow.state == state) if state else wanted)
            return [rows.job(row, places.get(row.turn, 0)) for row in found]

    def kept(self, id: str, owner: str) -> Kept:
        with self._reading() as session:
            row = rows.one(session, id, owner)
            found = rows.heard(session, row)
            if found is None:
                raise JobUnfinished(row.state)
            return Kept(row.name, found, JobState(row.state), rows.revision(row))

    def outline(self, id: str, owner: str) -> Transcript:
        with self._reading() as session:
            kept = rows.one(session, id, owner).transcript
        return self.kept(id, owner).transcript if kept is None else written.read_outline(kept)

    def replace(self, id: str, transcript: Transcript, owner: str, revision: str | None) -> str:
        with self._writing() as session:
            row = rows.one(session, id, owner)
            if row.state in UNENDED:
                raise JobUnfinished(row.state)
            if revision is not None and revision != rows.revision(row):
                raise JobChanged()
            rows.keep(row, transcript)
            return rows.revision(row)

    def sound(self, id: str, owner: str) -> tuple[Path | None, str]:
        """Where the file lies that is ours, or the place of one that is not. Raises SoundGone."""
        with self._reading() as session:
            row = rows.one(session, id, owner)
            if not row.sound:
                raise SoundGone()
            return (None, row.place) if row.place else (self.sounds.of(id), "")

    def cancel(self, id: str, owner: str) -> Job:
        with self._writing() as session:
            row = rows.one(session, id, owner)
            was, row.state = row.state, JobState.CANCELLED if row.state in UNENDED else row.state
            if was in UNENDED:
                self._end(row)
                rows.settle(session, row)
            job = rows.job(row)
        if was in UNENDED:
            self._after(job)
        return job

    def retry(self, id: str, owner: str) -> Job:
        with self._writing() as session:
            row = rows.one(session, id, owner)
            if row.state in UNENDED:
                raise JobUnfinished(row.state)
            if not row.sound:
                raise SoundGone()
            self._refuse_beyond(session, 0, owner)
            session.execute(delete(VerdictRow).where(VerdictRow.job == id))
            session.execute(delete(PartRow).where(PartRow.job == id))
            row.state, row.turn = JobState.WAITING, rows.next_turn(session)
            row.started = row.ended = row.transcript = None
            row.heard, row.lost, row.told = 0.0, 0, False
            row.code = row.message = row.gist = ""
            return rows.job(row, rows.place_of(session, row))

    def delete(self, id: str, owner: str) -> None:
        with self._writing() as session:
            session.delete(rows.one(session, id, owner))
        self.sounds.remove(id)

    def pause(self, owner: str) -> None:
        with self._writing() as session:
            session.merge(PausedRow(owner=owner, since=self._clock()))

    def resume(self, owner: str) -> None:
        with self._writing() as session:
            session.execute(delete(PausedRow).where(PausedRow.owner == owner))

    def paused(self, owner: str) -> bool:
        with self._reading() as session:
            return session.get(PausedRow, owner) is not None

    # --- what the runner says ---

    def take(self, held: Collection[str]) -> Run | None:
        """The next that waits runs from now on, from its start. None where none waits.

        What runs and is not `held` by anybody waits again: its end could not be written.
        """
        next_one = rows.queue().limit(1)
        failed = []
        with self._writing() as session:
            rows.put_back_all(session, held)
            while row := session.scalar(next_one):
                if row.lost < TRIES:
                    break
                self._fail(session, row, InferenceFailed())
                session.flush()
                failed.append(rows.job(row))
            if row:
                session.execute(delete(PartRow).where(PartRow.job == row.id))
                row.state, row.started, row.heard = JobState.RUNNING, self._clock(), 0.0
                row.run, row.lost = row.run + 1, row.lost + 1
            run = Run(row.id, row.run, written.read_ask(row.ask), row.place) if row else None
        for job in failed:
            self._after(job)
        return run

    def note(self, run: Run, news: News) -> None:
        """Of a run that was cancelled in the meantime too: what was heard stays."""
        with self._writing() as session:
            if row := rows.of(session, run):
                row.heard, row.duration = news.heard, news.duration
                if news.segments:
                    session.add(PartRow(job=run.id, segments=written.segments_bytes(news.segments)))
                session.flush()
                if row.state not in UNENDED:
                    rows.settle(session, row)

    def finish(self, run: Run, transcript: Transcript, warnings: Sequence[str]) -> None:
        def done(session: Session, row: JobRow) -> None:
            row.state, row.warnings = JobState.DONE, json.dumps([*warnings])
            row.heard = row.duration = transcript.duration
            rows.keep(row, transcript)
            session.execute(delete(PartRow).where(PartRow.job == row.id))
            self._end(row)

        self._conclude(run, done)

    def fail(self, run: Run, fault: SpeechError) -> None:
        self._conclude(run, lambda session, row: self._fail(session, row, fault))

    def put_back(self, run: Run, lost: bool = False) -> None:
        """It waits again, in its old place. `lost`: the engine went with it, which a job may do only so often."""
        with self._writing() as session:
            row = rows.of(session, run)
            if row and row.state == JobState.RUNNING:
                row.state = JobState.WAITING
                row.lost -= 0 if lost else 1

    def _conclude(self, run: Run, how: Callable[[Session, JobRow], None]) -> None:
        with self._writing() as session:
            row = rows.of(session, run)
            if row is None or row.state != JobState.RUNNING:
                return
            how(session, row)
            job = rows.job(row)
        self._after(job)

    def _fail(self, session: Session, row: JobRow, fault: SpeechError) -> None:
        row.state, row.code, row.message = JobState.FAILED, fault.code, str(fault)
        self._end(row)
        rows.settle(session, row)

    def _end(self, row: JobRow) -> None:
        row.ended = self._clock()

    def _after(self, job: Job) -> None:
        if self._options.sound <= 0:
            self._forget_sounds([job.id])
        self.ended(job)

    # --- who is told ---

    def untold(self) -> Sequence[Job]:
        """Ended jobs whose webhooks were not called before the last process ended."""
        with self._reading() as session:
            ended = JobRow.state.not_in(UNENDED)
            return [
                rows.job(row) for row in session.scalars(select(JobRow).where(ended, JobRow.webhook.is_not(None), ~JobRow.told))
            ]

    def told(self, id: str) -> None:
        with self._writing() as session:
            session.execute(update(JobRow).where(JobRow.id == id).values(told=True))

    # --- time passes ---

    def sweep(self) -> None:
        """Forgets what was kept long enough after its end."""
        now, options = self._clock(), self._options
        with self._writing() as session:
            old = [*session.scalars(select(JobRow.id).where(JobRow.ended < now - options.text))]
            silent = [
                *session.scalars(select(JobRow.id).where(JobRow.ended < now - options.sound, JobRow.sound, JobRow.place == ""))
            ]
            session.execute(delete(JobRow).where(JobRow.id.in_(old)))
            session.execute(delete(PausedRow).where(PausedRow.since < now - options.text))  # it holds room that others want
        for id in old:
            self.sounds.remove(id)
        self._forget_sounds([id for id in silent if id not in old])
        self.sounds.sweep(now)

    def tidy(self, id: str) -> None:
        """Removes what was made of a sound that is kept no longer."""
        with self._reading() as session:
            kept = session.scalar(select(JobRow.sound).where(JobRow.id == id))
        if not kept:
            self.sounds.remove(id)

    def _forget_sounds(self, ids: Sequence[str]) -> None:
        for id in ids:
            with self._writing() as session:
                ended = (JobRow.id == id, JobRow.state.not_in(UNENDED), JobRow.place == "")
                session.execute(update(JobRow).where(*ended).values(sound=False))
                gone = session.scalar(select(JobRow.sound).where(JobRow.id == id)) is not True
            if gone:
                self.sounds.remove(id)


def _new_id() -> str:
    return secrets.token_hex(16)
