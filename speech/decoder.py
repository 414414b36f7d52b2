"""The program that decodes: python -m speech.decoder DESCRIPTOR. Started and talked to by decoders.py alone.

A nursery loads FFmpeg and numpy once. For each socket that the server hands it, it forks a worker, in milliseconds, and the
worker decodes one file and ends: what a hostile file breaks is broken for nobody else. All end when the server does.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import importlib
import io
import os
import pkgutil
import resource
import signal
import socket
import sys
import wave
from pathlib import Path
from typing import NoReturn

import av

from . import wire
from .audio import Stream
from .errors import AudioError, AudioTooLarge
from .pcm import as_wav
from .wire import Errand, Kind

MEMORY = 2**30  # bytes that a worker may have beyond what the nursery left it
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h
UNUSED = ("av.__main__", "av.datasets")  # programs and downloads
STATM = Path("/proc/self/statm")  # Linux


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the server drains, and ends us by going away
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the dead
    warm_up()
    gc.collect()
    gc.freeze()  # a worker's collector would copy every page it looks at
    while True:
        wanted, lines, _, _ = socket.recv_fds(control, 1, 1)
        if not wanted:
            return
        bear(control, socket.socket(fileno=lines[0]))


def warm_up() -> None:
    """What is imported, opened and remembered by the first file, is so for all workers: they can open nothing.

    PyAV loads parts of itself when a file has need of them, as one with subtitles.
    """
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name not in UNUSED:
            importlib.import_module(module.name)
    decode_sound(44_100, 2)
    with contextlib.suppress(AudioError):
        list(Stream(io.BytesIO(b"no audio" * 100)))


def decode_sound(rate: int, channels: int) -> None:
    """A quarter second of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, 2, rate, 0, "NONE", ""))
        writer.writeframes(bytes(rate // 4 * channels * 2))
    list(Stream(file))


def bear(control: socket.socket, line: socket.socket) -> None:
    """A fork that cannot be made is told by hanging up."""
    with line, contextlib.suppress(OSError):
        nursery = os.getpid()
        pid = os.fork()
        if pid == 0:
            control.close()
            live(line, nursery)
        wire.send(line, Kind.BORN, wire.number(pid))


def live(line: socket.socket, nursery: int) -> NoReturn:
    """One file, and the end."""
    try:
        bound(nursery)
        decode_sound(44_100, 2)  # while nobody waits yet: the memory that a fork shares is copied where it is first written
        with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
            descriptor, errand = wire.receive_file(line)
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor + 1, descriptor + 1))  # nothing more can be opened
            decode(line, descriptor, errand)
        os._exit(0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)  # whatever happens, a worker never goes on as the nursery it was


def bound(nursery: int) -> None:
    """What a worker may not do, whatever it is made to."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if os.getppid() != nursery:
            os._exit(0)
        most = int(STATM.read_text().split()[0]) * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))


def decode(line: socket.socket, descriptor: int, errand: Errand) -> None:
    try:
        with os.fdopen(descriptor, "rb") as opened:
            stream = Stream(as_wav(opened) if errand.raw else opened, errand.limits, apart=errand.apart)
            for index, piece in enumerate(stream):
                if index == 0 and stream.expected is not None:
                    wire.send(line, Kind.EXPECTED, wire.number(stream.expected))
                if index == 0 and errand.apart:
                    wire.send(line, Kind.TRACKS, wire.number(len(piece)))
                wire.send_samples(line, piece)
        wire.send(line, Kind.DONE, wire.outcome(stream.info, stream.warnings))
    except AudioError as fault:
        wire.send(line, Kind.FAULT, wire.fault(fault))
    except MemoryError:
        wire.send(line, Kind.FAULT, wire.fault(AudioTooLarge(errand.limits.decoded)))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except OSError as fault:
        wire.send(line, Kind.BROKEN, wire.number(fault.errno or errno.EIO))


if __name__ == "__main__":
    main()
