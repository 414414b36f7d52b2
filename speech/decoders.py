"""A few processes that decode, so that a file that breaks FFmpeg breaks nothing else. Knows nothing of HTTP or engines.

Decoders.open stands where Stream would: the same samples in other pieces, the same errors.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from . import wire
from .audio import Decoding, MediaInfo
from .calls import Call
from .containers import DecodeLimits
from .descriptors import readable, rewinds
from .errors import DecoderCrashed, DecodingTooSlow, EngineUnavailable, ShuttingDown
from .mixing import Samples
from .pcm import without_header
from .wire import Died, Errand, Kind
from .workers import LOOK, Nursery, Worker

log = logging.getLogger(__name__)

GRACE = 2.0  # s beyond a file's own limit after which its worker counts as hung
BIRTH = 30.0  # s after which what bears workers counts as hung; it has to load FFmpeg first
BIRTHS = 3  # tries to have a worker: what bears them may have died


class Decoders:
    """At most `most` files are decoded at once, each in a worker of its own; `kept` workers wait for the next ones.

    Cheap to make; starts by itself with the first file. All methods may be called from any thread. `started` and `crashed`
    count workers from the beginning.
    """

    def __init__(self, most: int = 16, kept: int = 2) -> None:
        self.started = self.crashed = 0
        self._kept = min(kept, most)
        self._seats = threading.Semaphore(most)
        self._lock = threading.Lock()
        self._nursery: Nursery | None = None
        self._spare: list[Worker] = []
        self._busy: set[Worker] = set()
        self._stopped = False

    # --- life ---

    def start(self) -> None:
        """Loads FFmpeg in the nursery, without waiting for it."""
        with self._lock:
            self._stopped = False
            self._fill()

    def stop(self) -> None:
        """Ends all processes; files in hand raise ShuttingDown. Blocks until they are gone, some seconds at most."""
        with self._lock:
            self._stopped = True
            for worker in self._busy:
                worker.kill()
            self._disown()

    @property
    def busy(self) -> int:
        """How many files are being decoded."""
        return len(self._busy)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the workers that have a file."""
        with self._lock:
            return tuple(worker.pid for worker in self._busy if worker.pid)

    @property
    def nursery(self) -> int | None:
        """The process that bears the workers, where there is one."""
        nursery = self._nursery
        return nursery.pid if nursery else None

    # --- work ---

    def open(self, file: Path | BinaryIO, limits: DecodeLimits, call: Call, apart: bool = False) -> Decoding:
        """Has a worker while it is iterated, until it ends or is closed. Where all are busy, it waits for one."""
        return _File(self, file, limits, call, apart)

    def heed(self, call: Call) -> None:
        """Raises what the call raises, or ShuttingDown."""
        call.heed()
        if self._stopped:
            raise ShuttingDown()

    @contextmanager
    def seat(self, call: Call) -> Iterator[None]:
        """A place among those that decode."""
        while not self._seats.acquire(timeout=LOOK):
            self.heed(call)
        try:
            yield
        finally:
            self._seats.release()

    @contextmanager
    def worker(self, call: Call) -> Iterator[Worker]:
        """For one file; killed unless it came to its end. Raises EngineUnavailable where none can be had."""
        worker = self._take(lambda: self.heed(call))
        try:
            yield worker
        except BaseException:
            worker.kill()
            raise
        finally:
            self._let_go(worker)

    def lost(self, worker: Worker) -> None:
        with self._lock:
            self.crashed += 1
        log.warning("decoder %d broke down over a file", worker.pid)

    def _take(self, heed: Callable[[], None]) -> Worker:
        for _ in range(BIRTHS):
            try:
                return self._born(heed)
            except (Died, OSError):  # the latter where the system has no process or descriptor left
                with self._lock:
                    self._check_nursery(within=LOOK)  # it may be about to die; if it only lacks room, others' workers need it
        raise EngineUnavailable("no process for decoding can be started")

    def _born(self, heed: Callable[[], None]) -> Worker:
        worker, started = self._next(heed), time.monotonic()

        def patient() -> None:
            heed()
            if time.monotonic() - started > BIRTH:
                worker.nursery.kill()
                raise Died

        try:
            worker.await_birth(patient)
        except BaseException:
            self._let_go(worker)
            raise
        return worker

    def _next(self, heed: Callable[[], None]) -> Worker:
        with self._lock:
            heed()  # nothing is begun when all has ended
            self._check_nursery()
            worker = self._spare.pop(0) if self._spare else self._bear()
            self._busy.add(worker)
            return worker

    def _let_go(self, worker: Worker) -> None:
        """The next one is born now: when it was taken, its file had more need of the processor."""
        with self._lock:
            self._busy.discard(worker)
            worker.close()
            self._fill()

    # --- the nursery, all under the lock ---

    def _fill(self) -> None:
        """As many workers on their way as are to wait, if they can be had."""
        with suppress(Died, OSError):
            self._check_nursery()
            while len(self._spare) < self._kept and not self._stopped:
                self._spare.append(self._bear())

    def _bear(self) -> Worker:
        self._nursery = self._nursery or Nursery()
        worker = self._nursery.bear()
        self.started += 1
        return worker

    def _check_nursery(self, within: float = 0.0) -> None:
        if self._nursery and self._nursery.is_dead(within):
            log.warning("the process that starts decoders broke down and is replaced")
            self._disown()

    def _disown(self) -> None:
        for worker in self._spare:
            worker.close()
        self._spare = []
        if self._nursery:
            self._nursery.end()
            self._nursery = None


class _File:
    """One file on its way, a Decoding. A worker that dies is replaced once, and what was given is not given again."""

    info: MediaInfo
    warnings: tuple[str, ...] = ()
    expected: float | None = None

    def __init__(self, decoders: Decoders, file: Path | BinaryIO, limits: DecodeLimits, call: Call, apart: bool) -> None:
        self._decoders, self._limits, self._call = decoders, limits, call
        bare = None if isinstance(file, Path) else without_header(file)
        self._file, self._errand = bare or file, Errand(limits, bare is not None, apart)
        self._waited = 0.0  # s, for workers
        self._n_tracks = 0  # as the first worker said

    def __iter__(self) -> Iterator[Samples]:
        with self._decoders.seat(self._call), readable(self._file) as descriptor:
            given = 0
            for again in (rewinds(descriptor), False):
                try:
                    for piece in _behind(given, self._decoded(descriptor)):
                        given += piece.shape[-1]
                        yield piece
                    return
                except Died:
                    self._decoders.heed(self._call)
                    if not again:
                        raise DecoderCrashed() from None
                    os.lseek(descriptor, 0, os.SEEK_SET)

    def _decoded(self, descriptor: int) -> Iterator[Samples]:
        """By one worker. Raises Died."""
        with self._decoders.worker(self._call) as worker:
            try:
                worker.take(descriptor, self._errand)
                yield from self._told(worker)
            except Died:
                self._decoders.lost(worker)
                raise

    def _told(self, worker: Worker) -> Iterator[Samples]:
        n_tracks = 0 if self._errand.apart else None  # 0: it has yet to say
        while True:
            kind, body = self._receive(worker)
            if kind is Kind.SAMPLES:
                yield wire.samples_of(body, n_tracks)
            elif kind is Kind.TRACKS and n_tracks == 0:
                n_tracks = wire.count_of(body, self._limits.channels)
                if self._n_tracks not in (0, n_tracks):
                    raise wire.Garbled
                self._n_tracks = n_tracks
            elif kind is Kind.EXPECTED:
                self.expected = wire.number_of(body)
            elif kind is Kind.DONE:
                self.info, self.warnings = wire.outcome_of(body)
                return
            else:
                raise wire.fault_of(kind, body)

    def _receive(self, worker: Worker) -> tuple[Kind, bytearray]:
        """Waits no longer than the file's own limit and a little: a worker that hangs cannot give itself up."""
        started, waited = time.monotonic(), self._waited

        def heed() -> None:
            self._decoders.heed(self._call)
            self._waited = waited + time.monotonic() - started
            if self._waited > self._limits.seconds + GRACE:
                self._decoders.lost(worker)
                raise DecodingTooSlow(self._limits.seconds)

        try:
            return worker.receive(heed)
        finally:
            self._waited = waited + time.monotonic() - started


def _behind(n_samples: int, pieces: Iterable[Samples]) -> Iterator[Samples]:
    """The pieces without the first so many samples."""
    for piece in pieces:
        kept = piece[..., n_samples:]
        n_samples -= piece.shape[-1] - kept.shape[-1]
        if kept.size:
            yield kept
