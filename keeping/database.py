"""The folder of jobs and the database in it, held by one process at a time. Knows nothing of what its rows mean."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from speech.errors import JobsUnavailable, StorageFull

from .tables import VERSION, Table

log = logging.getLogger(__name__)


class Database:
    """Opened at the first use, after which `recover` mends what the last process left. For any thread.

    Two locks, and nobody who holds the second waits for the first: who writes never waits for who opens or closes.
    """

    def __init__(self, home: Path, recover: Callable[[Session], None]) -> None:
        self._home, self._recover = home, recover
        self._opening, self._writes = threading.RLock(), threading.RLock()
        self._engine: Engine | None = None  # of a database that is open and mended
        self._closed = False
        self._lock = FileLock(home / "lock", mode=0o600, thread_local=False)

    @property
    def sounds(self) -> Path:
        return self._home / "sounds"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that goes on beside the one that writes. Raises JobsUnavailable or StorageFull."""
        with _session(self._open()) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One at a time. Raises JobsUnavailable or StorageFull."""
        engine = self._open()
        with self._writes, _session(engine) as session:
            yield session

    def close(self) -> None:
        """For good: what still runs here cannot take the folder back from the next process."""
        with self._opening:
            self._closed = True
            self.let_go()

    def let_go(self) -> None:
        """As the end of the process does: whoever comes next has to open it."""
        with self._writes:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None
            self._lock.release(force=True)

    def _open(self) -> Engine:
        return self._engine or self._opened()

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is not None:
                return self._engine
            if self._closed:
                raise JobsUnavailable("the server is ending")
            try:
                self._engine = self._mended()
            except Timeout:
                raise JobsUnavailable("another Earshot keeps its jobs in the same folder") from None
            except (OSError, DatabaseError) as fault:
                self.let_go()
                log.warning("jobs cannot be kept: %s", fault)
                raise JobsUnavailable("their folder cannot be used, and the log has the details") from fault
            return self._engine

    def _mended(self) -> Engine:
        """Nobody else gets to see it before."""
        self.sounds.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home.chmod(0o700)
        self._lock.acquire(timeout=0)
        engine = _connected(self._home / "jobs.db")
        with Session(engine) as session, session.begin():
            self._recover(session)
        return engine


@contextmanager
def _session(engine: Engine) -> Iterator[Session]:
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except DatabaseError as fault:
        if "full" in str(fault.orig):
            raise StorageFull() from fault
        log.exception("the jobs' database failed")
        raise JobsUnavailable("their database failed, and the log has the details") from fault


def _connected(file: Path) -> Engine:
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its other files the same rights
    engine = create_engine(URL.create("sqlite", database=str(file)), connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare)
    with engine.begin() as connection:
        Table.metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
    return engine


def _prepare(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # sqlite3's, which SQLAlchemy hands over as any driver's
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
