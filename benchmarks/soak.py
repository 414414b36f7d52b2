"""Whether the server stays as it was: three thousand requests of all kinds, and what of memory, files and threads is left.

python -m benchmarks.soak

Good files and bad ones, small and large, in one piece and in many, uploads that break off, streams that are left, and console
sessions: over the bundled demo checkpoint, in the process that users start.
"""

from __future__ import annotations

import itertools
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import numpy as np

from speech.audio import Waveform, decode
from speech.playable import wav_bytes

from . import DEMO, SAMPLES, options, servers
from .clients import BOUNDARY, HEADERS, PATIENCE, form_of
from .contest import say
from .figures import Result, Row, Target
from .machine import this_machine
from .servers import Server

CLIENTS, REQUESTS, QUICK, EVERY = 4, 3000, 120, 25  # EVERY: requests between two looks
SEATS = 200  # sessions that the console remembers: taken before anything is counted, since each has its memory
WARM = 1 / 3  # of the requests, after which nothing may grow: until then caches fill
BUDGET = 600.0  # s after which no more requests are sent, however busy the machine is
REST = 12.0  # s without requests, after which spare threads and idle connections are gone
ROUTES = ("/transcribe", "/v1/audio/transcriptions", "/inference")

Act = Callable[[Server], None]


@dataclass(frozen=True, slots=True)
class Look:
    """At a process: bytes of memory, open files and threads."""

    after: int  # requests
    memory: int
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Soaked:
    looks: tuple[Look, ...]  # while it is asked
    warm: Look  # at rest after the first part
    end: Look  # at rest at the end
    left: int  # files, beside the console's, which stay an hour
    seconds: float

    @property
    def slope(self) -> float:
        """Bytes a request, of the straight line through what was seen when it was warm."""
        seen = [look for look in self.looks if look.after >= self.warm.after]
        return float(np.polyfit([look.after for look in seen], [look.memory for look in seen], 1)[0])


def main() -> None:
    args = options.parser(__doc__).parse_args()
    args.checkpoint = args.checkpoint or DEMO
    options.run(args, measure)


def measure(asked: options.Options) -> Result:
    n = QUICK if asked.quick else REQUESTS
    with servers.earshot(asked.checkpoint) as server:
        seen = soak(server, n, REST)
    kinds = ", ".join(f"{ACTS.count(act)} {act.__name__}" for act in dict.fromkeys(ACTS)) + " of each 20"
    return Result(
        benchmark="soak",
        when=options.now(),
        quick=asked.quick,
        machine=this_machine(),
        checkpoint=asked.checkpoint_name,
        audio=f"{SEATS} console sessions, then {seen.end.after} of {n} requests, {CLIENTS} clients: {kinds}",
        rows=rows(seen),
    )


def rows(seen: Soaked) -> tuple[Row, ...]:
    grown = (seen.end.memory - seen.warm.memory) / 1e6
    files, threads = abs(seen.end.descriptors - seen.warm.descriptors), abs(seen.end.threads - seen.warm.threads)
    return (
        Row("slope", "memory a request, when warm", "kB", seen.slope / 1e3, target=Target("at most", 2.0, "ours")),
        Row("grown", "memory at rest, from warm to the end", "MB", grown, target=Target("at most", 50.0, "ours")),
        Row("memory", "memory at the end", "MB", seen.end.memory / 1e6),
        Row("descriptors", "more or fewer open files and sockets", "of them", files, target=Target("at most", 5, "ours")),
        Row("threads", "more or fewer threads", "of them", threads, target=Target("at most", 2, "ours")),
        Row("left", "files left behind, beside the console's", "of them", seen.left, target=Target("at most", 0, "ours")),
        Row("seconds", "all of it took", "s", seen.seconds),
    )


def soak(server: Server, n: int, rest: float) -> Soaked:
    started, looks = time.perf_counter(), []
    acts = list(itertools.islice(itertools.cycle(ACTS), n))
    before, warm_after = set(left_behind(server)), round(n * WARM / EVERY) * EVERY
    at_once([console] * SEATS, server)
    for begun in range(0, n, EVERY):
        if time.perf_counter() - started > BUDGET:
            break
        if begun == warm_after:
            warm = at_rest(server, begun, rest)
        at_once(acts[begun : begun + EVERY], server)
        looks.append(look(server.pid, begun + EVERY))
        if begun % (10 * EVERY) == 0:
            say(f"{begun + EVERY} of {n} requests, {looks[-1].memory / 1e6:.0f} MB")
    end = at_rest(server, looks[-1].after, rest)
    left = len([path for path in left_behind(server) if path not in before])
    return Soaked(tuple(looks), warm, end, left, time.perf_counter() - started)


def at_once(acts: Sequence[Act], server: Server) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda act: act(server), acts))


# --- what the server has ---


def at_rest(server: Server, after: int, seconds: float) -> Look:
    """Threads that are spare end when the next request comes."""
    for pause in (seconds, 0.5):
        time.sleep(pause)
        good(server)
    time.sleep(0.5)
    return look(server.pid, after)


def look(pid: int, after: int) -> Look:
    of = Path("/proc") / str(pid)
    told = dict(line.split(":", 1) for line in (of / "status").read_text().splitlines())
    return Look(after, 1024 * int(told["VmRSS"].split()[0]), len(list((of / "fd").iterdir())), int(told["Threads"]))


def left_behind(server: Server) -> list[Path]:
    """Files in its folder. What was sent to the console stays there an hour, and is not among them."""
    environment = (Path("/proc") / str(server.pid) / "environ").read_bytes().split(b"\0")
    folder = next(Path(os.fsdecode(line[7:])) for line in environment if line.startswith(b"TMPDIR="))
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return [path for path in files if "console" not in path.parts]


# --- what is asked of it ---

_turn = itertools.count()


@dataclass(frozen=True, slots=True)
class Sounds:
    """Files that are sent, made once."""

    speech: bytes
    large: bytes

    @classmethod
    def made(cls) -> Sounds:
        spoken = decode(SAMPLES / "call.mp3").waveform.samples
        quiet = np.zeros(38 * 16_000, np.float32)
        return cls(wav_bytes(Waveform(spoken[: 2 * 16_000])), wav_bytes(Waveform(np.concatenate([spoken[:32_000], quiet]))))


SOUNDS = Sounds.made()


def good(server: Server) -> None:
    route = ROUTES[next(_turn) % len(ROUTES)]
    _expect(200, _post(server, route, form_of("a.wav", SOUNDS.speech, {"response_format": "json"})))


def bad(server: Server) -> None:
    content = (b"", b"no sound at all " * 4000, SOUNDS.speech[:60], SOUNDS.speech)[next(_turn) % 4]
    fields = {"language": "klingon"} if content == SOUNDS.speech else {}
    _expect(400, _post(server, "/transcribe", form_of("a.wav", content, fields)))


def large(server: Server) -> None:
    _expect(200, _post(server, "/transcribe", form_of("a.wav", SOUNDS.large, {})))


def chunked(server: Server) -> None:
    body = form_of("a.wav", SOUNDS.speech, {})
    _expect(200, _post(server, "/transcribe", (body[start : start + 8192] for start in range(0, len(body), 8192))))


def broken_off(server: Server) -> None:
    body = form_of("a.wav", SOUNDS.large, {})
    _say_and_leave(server, "/transcribe", len(body), body[: len(body) // 2])


def left_early(server: Server) -> None:
    """A stream of events, of which the first is not awaited."""
    body = form_of("a.wav", SOUNDS.large, {"stream": "true", "model": "whisper-1"})
    _say_and_leave(server, "/v1/audio/transcriptions", len(body), body)


def console(server: Server) -> None:
    """A tab that opens, sends a file and is closed."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        for path in ("/", "/config"):
            connection.request("GET", path)
            _expect(200, (answer := connection.getresponse()).status)
            answer.read()
    session = secrets.token_hex(5)
    asked = f"GET /gradio_api/heartbeat/{session} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as tab:
        tab.sendall(asked)
        tab.recv(1024)
        _expect(200, _post(server, "/console/upload", SOUNDS.speech, {"Content-Type": "application/octet-stream"}))


# of twenty requests in a row
ACTS: tuple[Act, ...] = (
    *(good, bad, good, broken_off, chunked, good, console, good, bad, good),
    *(large, good, left_early, bad, good, chunked, console, good, broken_off, good),
)


def _post(server: Server, path: str, body: bytes | Iterator[bytes], headers: dict[str, str] = HEADERS) -> int:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request("POST", path, body, headers, encode_chunked=not isinstance(body, bytes))
        answer = connection.getresponse()
        answer.read()
        return answer.status


def _say_and_leave(server: Server, path: str, length: int, sent: bytes) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {length}\r\n"
    kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client, suppress(OSError):
        client.sendall((head + kind).encode() + sent)
        time.sleep(0.05)


def _expect(status: int, given: int) -> None:
    if given != status:
        raise RuntimeError(f"answered {given}, not {status}")


if __name__ == "__main__":
    main()
