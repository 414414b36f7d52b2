"""Many clients at once, and whether each gets his own answer: the real server over an engine that answers with checksums.

python -m benchmarks.load

What is measured is all that stands around an engine: HTTP, decoders, queue and batches. Then forty requests come to a queue
of eight: how soon those are refused that do not fit, and whether the time they are told to wait is true.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPResponse

import numpy as np

from speech.audio import Waveform
from speech.playable import wav_bytes

from . import ROOT, echo, options, servers
from .clients import HEADERS, PATIENCE, form_of
from .contest import say
from .figures import Result, Row, Target
from .machine import this_machine
from .servers import Server

CLIENTS, REQUESTS, QUICK = 16, 200, 48
RTF = 0.02  # s of work per s of sound: so slow that the engine, and not decoders, is what is waited for
FLOOD, QUEUE, FLOOD_RTF, FLOOD_LENGTH = 40, 8, 1.0, 0.5  # requests at once; that fit; s of work per s; s each
RATE = 16_000  # Hz

Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


@dataclass(frozen=True, slots=True)
class Clip:
    body: bytes
    answer: str  # that belongs to it
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    text: str
    retry_after: float | None  # s
    seconds: float
    at: float  # s on this machine's clock


@dataclass(slots=True)
class Probes:
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    args = options.parser(__doc__).parse_args()
    args.checkpoint = args.checkpoint or ROOT  # none is needed, and none is made
    options.run(args, partial(measure, args.quick))


def measure(quick: bool, _: options.Options) -> Result:
    return Result(
        benchmark="load",
        when=options.now(),
        quick=quick,
        machine=this_machine(),
        checkpoint=f"none: an engine that answers with checksums, {RTF:g} s of work for a second of sound",
        audio=f"{QUICK if quick else REQUESTS} clips of 0.5 to 12 s, {CLIENTS} clients; then {FLOOD} for a queue of {QUEUE}",
        rows=(*crowd(QUICK if quick else REQUESTS), *flood()),
    )


# --- everybody his own answer ---


def crowd(n: int) -> tuple[Row, ...]:
    with servers.echo(RTF, {}) as server, probing(server.port) as probes:
        say(f"{n} requests of {CLIENTS} clients")
        clips = [clip(length, seed) for seed, length in enumerate(np.random.default_rng(1).uniform(0.5, 12.0, n))]
        started = time.perf_counter()
        answers = asked_at_once(server, clips, CLIENTS)
        took = time.perf_counter() - started
        fill = counted(server, "batch_fill")
    right = sum(one.text == other.answer for one, other in zip(answers, clips, strict=True))
    times = [answer.seconds for answer in answers]
    heard = sum(clip.seconds for clip in clips)
    return (
        Row("right", "answers that were their owner's", "of 1", right / n, target=Target("at least", 1.0, "ours")),
        Row("throughput", "heard by all clients together", "x real time", heard / took),
        Row("fill", "of a batch was used while others waited", "of 1", fill, target=Target("at least", 0.7, "ours")),
        *(
            Row(f"p{share}", f"{share} of 100 requests were answered within", "s", quantile(times, share))
            for share in (50, 95, 99)
        ),
        Row(
            "livez", "99 of 100 probes meanwhile", "ms", 1e3 * quantile(probes.seconds, 99), target=Target("at most", 50, "ours")
        ),
    )


# --- more than there is room for ---


def flood() -> tuple[Row, ...]:
    with servers.echo(FLOOD_RTF, {"EARSHOT_LIMITS__REQUESTS": str(QUEUE)}) as server:
        say(f"{FLOOD} requests at once, of which {QUEUE} fit")
        clips = [clip(FLOOD_LENGTH, seed) for seed in range(FLOOD)]
        asked_at_once(server, clips[:2], 2)  # so that it knows how fast it is
        answers = fill_and_flood(server, clips)
    refused = [answer for answer in answers if answer.status == 429]
    heard = [answer for answer in answers if answer.status == 200]
    told = quantile([answer.retry_after or 0.0 for answer in refused], 50)
    waited = max(answer.at for answer in heard) - quantile([answer.at for answer in refused], 50)
    soon = 1e3 * quantile([answer.seconds for answer in refused], 99)
    return (
        Row("taken", f"of {FLOOD} were heard", "requests", len(heard)),
        Row("refused", "99 of 100 refusals came within", "ms", soon, target=Target("at most", 100, "ours")),
        Row("told", "they were told to come again after (Retry-After)", "s", told),
        Row("waited", "until all that had been taken was heard", "s", waited),
        Row(
            "off",
            "by which part of it they were told wrong",
            "of 1",
            abs(told / waited - 1),
            target=Target("at most", 0.5, "ours"),
        ),
    )


def fill_and_flood(server: Server, clips: Sequence[Clip]) -> list[Answered]:
    """The queue is full, and its files are decoded, when the others come, all at once."""
    with ThreadPoolExecutor(FLOOD) as pool:
        first = [pool.submit(ask, server, clip) for clip in clips[:QUEUE]]
        while counted(server, "queue_requests") < QUEUE or counted(server, "queue_seconds") < FLOOD_LENGTH:
            time.sleep(0.01)
        return [*pool.map(partial(ask, server), clips[QUEUE:]), *(answer.result() for answer in first)]


# --- clients ---


def clip(seconds: float, seed: int) -> Clip:
    samples: Samples = np.random.default_rng(seed).integers(-9000, 9000, round(seconds * RATE), np.int16)
    file = wav_bytes(Waveform((samples / 32768).astype(np.float32)))
    return Clip(form_of("a.wav", file, {}), echo.answer(samples), seconds)


def asked_at_once(server: Server, clips: Sequence[Clip], clients: int) -> list[Answered]:
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(partial(ask, server), clips))


def ask(server: Server, asked: Clip) -> Answered:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    started = time.perf_counter()
    try:
        connection.request("POST", server.route, asked.body, HEADERS)
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    now = time.perf_counter()
    return Answered(answer.status, json.loads(said).get("text", ""), _retry_after(answer), now - started, now)


def _retry_after(answer: HTTPResponse) -> float | None:
    told = answer.getheader("Retry-After")
    return float(told) if told else None


@contextmanager
def probing(port: int) -> Iterator[Probes]:
    """Asks whether the process lives, twenty times a second."""
    probes, ended = Probes(), threading.Event()

    def probe() -> None:
        while not ended.wait(0.05):
            started = time.perf_counter()
            if servers.status_of(port, "/livez") == 200:
                probes.seconds.append(time.perf_counter() - started)

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    yield probes
    ended.set()
    thread.join()


def counted(server: Server, name: str) -> float:
    """A figure of /metrics; 0 where there is none yet."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/metrics")
        found = re.search(rf"^earshot_{name} (\S+)$", connection.getresponse().read().decode(), re.M)
    finally:
        connection.close()
    return float(found[1]) if found else 0.0


def quantile(values: Sequence[float], share: int) -> float:
    return float(np.quantile(values, share / 100)) if values else float("nan")


if __name__ == "__main__":
    main()
