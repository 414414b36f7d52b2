"""The cage of a program: python -I -S cage.py BOUNDS PROGRAM ARGUMENT ... becomes PROGRAM, which can do no more than it must.

Imports nothing of ours: it starts in 20 ms. Everywhere there are limits on memory, files and time. Linux also ends the program
with whoever started it, if that is wished, and (Landlock, since 5.13) lets it open nothing but its own folder, fonts and
libraries, and reach no network.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, the same on all processors
VERSION, BENEATH = 1, 1  # LANDLOCK_CREATE_RULESET_VERSION, LANDLOCK_RULE_PATH_BENEATH (linux/landlock.h)
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14  # and truncate: what a rule about a single file may name
READING = EXECUTE | READ_FILE | READ_DIR
ACCESSES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}  # of files, by the first ABI that knows them
NETWORK = {1: 0, 4: 3, 10: 0}  # TCP: bind and connect
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")
PROCESSORS = ("/sys/devices/system/cpu", "/proc/cpuinfo")  # how many threads are worth having


def main() -> None:
    memory, largest, seconds, files, folder, readable, parent = json.loads(sys.argv[1])
    program = sys.argv[2]
    limit(memory, largest, seconds, files)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        score.write("1000")  # where memory runs out, this goes, not the server
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if parent:
            os.nice(10)  # whoever waits to be heard comes first
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it had ended before
                os._exit(1)
        fence(libc, (program, *LIBRARIES, *PROCESSORS, *readable), folder)
    os.execv(program, sys.argv[2:])


def limit(memory: int, largest: int, seconds: int, files: int) -> None:
    """Bytes of address space and of a file, seconds of processor time, files open at once."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS knows no bound of memory
            resource.setrlimit(what, (most, most))


def fence(libc: ctypes.CDLL, readable: Iterable[str], folder: str) -> None:
    """From now on nothing else can be opened. Where the system has no Landlock, the other bounds must do."""
    abi = libc.syscall(CREATE_RULESET, None, 0, VERSION)
    if abi < 1:
        return
    accesses = ACCESSES[max(known for known in ACCESSES if known <= abi)]
    network = NETWORK[max(known for known in (1, 4) if known <= abi)]
    attributes = struct.pack("QQ", accesses, network)[: 16 if abi >= 4 else 8]
    ruleset = libc.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return
    for path in readable:
        allow(libc, ruleset, path, READING)
    if folder:
        allow(libc, ruleset, folder, accesses & ~EXECUTE)
    allow(libc, ruleset, "/dev/null", READ_FILE | WRITE_FILE)
    libc.syscall(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def allow(libc: ctypes.CDLL, ruleset: int, path: str, accesses: int) -> None:
    """What is not there needs no leave."""
    with suppress(OSError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        accesses &= accesses if os.path.isdir(path) else OF_FILES  # noqa: PTH112  # pathlib takes 20 ms to load
        libc.syscall(ADD_RULE, ruleset, BENEATH, struct.pack("=Qi", accesses, place), 0)
        os.close(place)


if __name__ == "__main__":
    main()
