"""The decoder's processes as the server sees them: a nursery that bears workers, and a worker at the end of its line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from . import wire
from .wire import Died, Errand, Kind

LOOK = 0.25  # s between two looks at whether an answer is still wanted
PATIENCE = 5.0  # s that a nursery has to end
ROOT = Path(__file__).parent.parent  # whence it imports this package
INHERITED = ("PATH", "HOME", "PYTHONHOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class Worker:
    """One process for one file, born by `nursery`. For one thread, but for `kill`."""

    def __init__(self, line: socket.socket, nursery: Nursery) -> None:
        self._line, self.nursery = line, nursery
        self._line.settimeout(LOOK)
        self._handle: int | None = None
        self.pid = 0  # until it is born

    def await_birth(self, heed: Callable[[], None]) -> None:
        """Raises Died, and whatever `heed` raises."""
        kind, body = self.receive(heed)
        if kind is not Kind.BORN or self._hung_up():
            raise Died
        self.pid = int(wire.number_of(body))
        if hasattr(os, "pidfd_open"):
            with suppress(ProcessLookupError):
                self._handle = os.pidfd_open(self.pid)  # a number may be another process's by the time it is used

    def _hung_up(self) -> bool:
        self._line.setblocking(False)
        try:
            return not self._line.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        finally:
            self._line.settimeout(LOOK)

    def take(self, descriptor: int, errand: Errand) -> None:
        """Raises Died."""
        try:
            wire.send_file(self._line, descriptor, errand)
        except (ConnectionError, TimeoutError) as fault:
            raise Died from fault

    def receive(self, heed: Callable[[], None]) -> tuple[Kind, bytearray]:
        """The next frame. Calls `heed` now and every LOOK; what it raises ends the waiting. Raises Died."""
        try:
            heed()
            kind, size = wire.size_of(self._exactly(wire.HEAD.size, heed))
            return kind, self._exactly(size, heed)
        except ConnectionError as fault:
            raise Died from fault

    def _exactly(self, n_bytes: int, heed: Callable[[], None]) -> bytearray:
        got, n_got = bytearray(n_bytes), 0
        while n_got < n_bytes:
            try:
                n_new = self._line.recv_into(memoryview(got)[n_got:])
            except TimeoutError:
                heed()
                continue
            if not n_new:
                raise Died
            n_got += n_new
        return got

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            elif self.pid and not hasattr(os, "pidfd_open"):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Hangs up; a worker that has nothing to do ends by that."""
        self._line.close()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class Nursery:
    """The process that bears workers. Ends, and they with it, when this one does, however it ends."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "speech.decoder", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                start_new_session=True,  # Ctrl+C is for the server: it lets what runs finish
            )
        self.pid = self._process.pid

    def bear(self) -> Worker:
        """One that is on its way. Raises Died."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"+"], [theirs.fileno()])
            except OSError as fault:
                ours.close()
                raise Died from fault
        return Worker(ours, self)

    def is_dead(self, within: float = 0.0) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within)
        return self._process.returncode is not None

    def kill(self) -> None:
        """And with it the workers that it bore (Linux)."""
        self._process.kill()

    def end(self) -> None:
        self._control.close()
        if not self.is_dead(PATIENCE):
            self.kill()
            self._process.wait()


def _environment() -> dict[str, str]:
    """No keys, no settings; one thread for numpy's arithmetic, or its fork would lack the others."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    own = {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | own
