"""What tests do in small, at full size: days of sound in a few MB, ten thousand passers-by, crowds that say nothing.

python -m benchmarks.siege [--quick]

The process is the one that users start, with the limits that it has by itself, over an engine that answers with checksums.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from tests.processes import most_resident, resident
from tests.server import ECHO, Server, connections, serving, until_closed
from tests.sounds import encode, noise, opus_bomb, silence

from . import ROOT, options
from .contest import say
from .figures import Result, Row, Target
from .load import probing, quantile
from .machine import this_machine

CLIENTS = 8
PAYLOAD = "x" * 50_000  # what a session sends, which would be kept if sessions were
SILENCE = 30.0  # s after which the server gives up who says nothing (EARSHOT_LIMITS__SILENCE)
SOUND = encode(noise(-20, duration=2.0))


@dataclass(frozen=True, slots=True)
class Size:
    opus: float = 268 * 3600.0  # s in the bomb: 25 MB
    flac: float = 5 * 3600.0
    passers: int = 10_000
    requests: int = 10_000
    silent: int = 200  # that begin a head, and as many that say nothing; a quarter as many begin a body


QUICK = Size(opus=5 * 3600.0, flac=4.5 * 3600.0, passers=600, requests=600, silent=40)


def main() -> None:
    args = options.parser(__doc__).parse_args()
    args.checkpoint = args.checkpoint or ROOT  # none is needed, and none is made
    options.run(args, partial(measure, args.quick))


def measure(quick: bool, _: options.Options) -> Result:
    size = QUICK if quick else Size()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), ECHO) as server:
        rows = besieged(server, size)
    return Result(
        benchmark="siege",
        when=options.now(),
        quick=quick,
        machine=this_machine(),
        checkpoint="none: an engine that answers with checksums",
        audio=f"bombs of {size.opus / 3600:.0f} h of Opus and {size.flac / 3600:g} h of FLAC",
        rows=rows,
    )


def besieged(server: Server, size: Size) -> tuple[Row, ...]:
    heard(server)
    steps: tuple[Callable[[Server, Size], tuple[Row, ...]], ...] = (bombs, passers_by, bad_requests, crowd)
    rows: list[Row] = []
    for step in steps:
        say(f"{step.__name__.replace('_', ' ')}")
        rows += step(server, size)
        heard(server)
    return tuple(rows)


# --- what is done to it ---


def bombs(server: Server, size: Size) -> tuple[Row, ...]:
    """Files that are longer than the longest, and weigh little."""
    made = {
        "Opus": opus_bomb(size.opus),
        "FLAC": encode(silence(size.flac, 4_000), rate=4_000, container="flac", codec="flac"),
    }
    before, taken = most_resident(server.process.pid), []
    for name, content in made.items():
        began = time.perf_counter()
        answer = server.post("/transcribe", content)
        taken.append(time.perf_counter() - began)
        if answer.status_code != 413 or answer.json()["error"]["code"] != "audio_too_long":
            raise RuntimeError(f"the {name} bomb was answered with {answer.status_code}")
    grown = (most_resident(server.process.pid) - before) / 1e3
    weight = len(made["Opus"]) / 1e6
    return (
        Row("bomb", f"until {weight:.1f} MB that are days are refused", "s", max(taken), target=Target("at most", 3.0, "ours")),
        Row("bomb_memory", "memory that takes, at its peak", "MB", grown, target=Target("at most", 300.0, "ours")),
    )


def passers_by(server: Server, size: Size) -> tuple[Row, ...]:
    """Console sessions, each with a name of its own, that open nothing and come once."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        events = [event for event in client.get("/config").json()["dependencies"] if event["backend_fn"]]
        number = next(int(event["id"]) for event in events if len(event["inputs"]) == 1)

        def come(passer: int) -> None:
            session = f"passer{passer}"
            body = {"data": [{"path": PAYLOAD}], "fn_index": number, "session_hash": session}
            client.post("/gradio_api/queue/join", json=body).raise_for_status()
            with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
                next(line for line in lines.iter_lines() if '"process_completed"' in line or '"close_stream"' in line)

        warm = size.passers // 4
        at_once(range(warm), come)
        before = resident(server.process.pid)
        at_once(range(warm, size.passers), come)
    grown = (resident(server.process.pid) - before) / 1e6
    said = f"memory after {size.passers} console sessions, beside the first {warm}"
    return (Row("passers", said, "MB", grown, target=Target("at most", 50.0, "ours")),)


def bad_requests(server: Server, size: Size) -> tuple[Row, ...]:
    """Files that are none. Each is refused, and the log stays short."""
    logged, before = server.log.stat().st_size, resident(server.process.pid)
    statuses: Counter[int] = Counter()
    with httpx.Client(base_url=server.url, timeout=60) as client:

        def send(number: int) -> None:
            statuses[client.post("/transcribe", files={"file": ("a.wav", f"no sound {number} ".encode() * 20)}).status_code] += 1

        at_once(range(size.requests), send)
    if set(statuses) != {400}:
        raise RuntimeError(f"bad requests were answered with {dict(statuses)}")
    written, grown = (server.log.stat().st_size - logged) / 1e3, (resident(server.process.pid) - before) / 1e6
    return (
        Row("log", f"log of {size.requests} bad requests", "kB", written, target=Target("at most", 100.0, "ours")),
        Row("bad_memory", "memory they left", "MB", grown, target=Target("at most", 50.0, "ours")),
    )


def crowd(server: Server, size: Size) -> tuple[Row, ...]:
    """Connections that never finish what they began, and how those fare who do."""
    with probing(server.port) as quiet:
        time.sleep(5)
    begun = time.perf_counter()
    heads = connections(server, size.silent, b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nX-Begun: y")
    nothing = connections(server, size.silent)
    head = f"POST /transcribe HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Length: 9000\r\n"
    body = f"{head}Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode()
    bodies = connections(server, size.silent // 4, body)
    with probing(server.port) as busy:
        until_closed([*heads, *nothing, *bodies], SILENCE + 10)
    closed, later = time.perf_counter() - begun, 1e3 * (quantile(busy.seconds, 99) - quantile(quiet.seconds, 99))
    n = 2 * size.silent + size.silent // 4
    return (
        Row("silent", f"until {n} who say nothing are given up", "s", closed, target=Target("at most", SILENCE + 3, "ours")),
        Row("beside", "that 99 of 100 others wait longer meanwhile", "ms", later, target=Target("at most", 50.0, "ours")),
    )


# --- steps ---


def heard(server: Server) -> None:
    """It still does its work."""
    if (status := server.post("/transcribe", SOUND).status_code) != 200:
        raise RuntimeError(f"a good file was answered with {status}")


def at_once(numbers: range, act: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done, _ in enumerate(pool.map(act, numbers), start=1):
            if done % 2000 == 0:
                say(f"{done} of {len(numbers)}")


if __name__ == "__main__":
    main()
