"""uvicorn, with an end of our own: the first signal lets running work finish, the second ends the process at once.

Order of the end: readiness and new work are refused while sockets stay open; what runs finishes; connections that would last
for ever, as a console's, are closed; the app's lifespan ends. A thread of its own sees to it that none of this takes longer
than it may.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from .protocol import Protocol

log = logging.getLogger(__name__)

TICK = 0.05  # s
GRACE = 1.0  # s that answers have to reach their clients when no work is left
OVERTIME = 2.0  # s beyond the drain after which the process ends whatever hangs
# exit statuses: ended by a second signal; with work that could not be broken off; because it could never do any
ABORTED, ABANDONED, DOOMED = 130, 1, 1


@dataclass(frozen=True, slots=True)
class Life:
    """What the end of a process has to know of the work in it.

    `drain` refuses new work; `busy` says whether any is left; `cut` refuses what was not finished in time, and may block;
    `clean` removes what must not outlive the process, and may be called from a signal handler and more than once; `endless`
    says of a path whether its answer goes on until the client leaves; `doomed` why this process can never do any work, which
    ends it. `seconds` is what running work has.
    """

    drain: Callable[[], None]
    busy: Callable[[], bool]
    cut: Callable[[], None]
    clean: Callable[[], None]
    endless: Callable[[str], bool]
    doomed: Callable[[], str | None] = lambda: None
    seconds: float = 30.0


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, life: Life) -> None:
        super().__init__(config)
        self._life = life
        self._signalled = False

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """uvicorn raises a signal again when it is done, and the process would count as killed. Here they are kept."""
        if threading.current_thread() is threading.main_thread():
            for number in HANDLED_SIGNALS:
                signal.signal(number, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._signalled:
            self.leave(ABORTED)
        self._signalled = self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or bool(self._life.doomed())

    async def main_loop(self) -> None:
        await super().main_loop()
        threading.Thread(target=self._see_to_the_end, name="end", daemon=True).start()
        await self._drain()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """An answer whose socket is closed takes it that the client has left: it ends without a traceback."""
        await _until(self._only_endless_left, GRACE)
        for connection in self._answering():
            connection.transport.abort()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        log.info("ending: no new work is taken; what runs has %g s", self._life.seconds)
        self._life.drain()
        if not await _until(lambda: not self._life.busy(), self._life.seconds):
            log.warning("ending: what was not finished is refused")
        await ended(self._life.cut, GRACE)

    def _answering(self) -> list[Protocol]:
        found = [connection for connection in self.server_state.connections if isinstance(connection, Protocol)]
        return [connection for connection in found if connection.path]

    def _only_endless_left(self) -> bool:
        return all(self._life.endless(connection.path) for connection in self._answering())

    def _see_to_the_end(self) -> None:
        time.sleep(self._life.seconds + OVERTIME)
        log.error("ending: something hangs and is left behind")
        self.leave(ABANDONED)

    def leave(self, status: int = 0) -> NoReturn:
        """At once, from any thread: no lifespan, no waiting for threads."""
        if why := self._life.doomed():
            log.critical("%s", why)
            status = status or DOOMED
        self._life.clean()
        logging.shutdown()
        os._exit(status)


async def ended(work: Callable[[], None], seconds: float) -> bool:
    """Whether blocking work was done within `seconds`. If not it is left to a thread that keeps no process from ending."""
    thread = threading.Thread(target=work, name="ending", daemon=True)
    thread.start()
    return await _until(lambda: not thread.is_alive(), seconds)


async def _until(reached: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while not reached() and time.monotonic() < ends:
        await asyncio.sleep(TICK)
    return reached()
