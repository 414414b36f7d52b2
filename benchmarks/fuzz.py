"""Sends broken files to the real server over HTTP: each must be heard or refused by name, soon, and nothing may break.

python -m benchmarks.fuzz [--files 10000] [--first 0]; a file that was answered wrongly has a number: --first N --files 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from speech.errors import DecoderCrashed
from tests.server import ECHO, Server, serving

from .contest import say
from .mutants import mutant, seeds
from .tables import aligned

ROUTE = "/v1/audio/transcriptions"
GOOD = frozenset({200, 400, 413})  # heard, or the file's fault
LONGEST = 600.0  # s of sound that a file may grow to
DECODING = 10.0  # s that decoding it may take
PATIENCE = 20.0  # s until an answer, or it counts as hung
CLIENTS = 4
LOOK = 0.05  # s between two looks at the memory of decoders, who live about as long
LOST = "broke down over a file"  # how the server's log says that a decoder was replaced
NO_ANSWER = 0  # instead of a status


@dataclass(frozen=True, slots=True)
class Answer:
    """To the mutant of this number."""

    number: int
    status: int
    code: str  # "heard", or the fault's
    seconds: float

    @property
    def good(self) -> bool:
        return self.status in GOOD and self.seconds <= PATIENCE


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """MB are the peaks of resident memory; `grown` is how far the server's went beyond its peak after the seeds."""

    files: int
    first: int
    seconds: float
    answers: dict[str, int]  # "status code" -> how often
    slowest: float  # s
    slowest_number: int
    bad: tuple[Answer, ...]
    crashed: tuple[int, ...]  # the mutants over which a decoder broke down twice
    decoders_replaced: int
    alive: bool  # the server answers when all is over
    server_mb: float
    grown_mb: float
    nursery_mb: float
    decoder_mb: float

    @property
    def good(self) -> bool:
        return self.alive and not self.bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="of the first file (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there too")
    args = parser.parse_args()
    result = fuzz(args.files, args.first)
    line = json.dumps(asdict(result))
    print(f"{table(result)}\n\n{line}")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(line + "\n", "utf-8")
    return 0 if result.good else 1


def fuzz(files: int, first: int = 0) -> Fuzzed:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), ECHO, **_limits()) as server,
        httpx.Client(base_url=server.url, timeout=2 * PATIENCE) as client,
    ):
        for seed in seeds():
            post(client, -1, seed)
        before, started = peak(server.process.pid), time.monotonic()
        with watching(server) as watch:
            answers = list(_answers(client, range(first, first + files)))
        slowest = max(answers, key=lambda answer: answer.seconds)
        return Fuzzed(
            files=files,
            first=first,
            seconds=round(time.monotonic() - started, 1),
            answers=dict(sorted(Counter(f"{answer.status} {answer.code}" for answer in answers).items())),
            slowest=round(slowest.seconds, 2),
            slowest_number=slowest.number,
            bad=tuple(answer for answer in answers if not answer.good),
            crashed=tuple(answer.number for answer in answers if answer.code == DecoderCrashed.code),
            decoders_replaced=server.log.read_text().count(LOST),
            alive=post(client, -1, seeds()[0]).status == 200,
            server_mb=peak(server.process.pid),
            grown_mb=round(peak(server.process.pid) - before, 1),
            nursery_mb=watch.nursery,
            decoder_mb=watch.decoder,
        )


def _limits() -> dict[str, str]:
    """Nothing but the files may be refused."""
    return {
        "LIMITS__RATE": "1000000",
        "LIMITS__LONGEST": str(LONGEST),
        "LIMITS__DECODING": str(DECODING),
        "LIMITS__DEADLINE": str(PATIENCE),
        "LOG_LEVEL": "WARNING",
    }


# --- posting ---


def _answers(client: httpx.Client, numbers: Sequence[int]) -> Iterator[Answer]:
    with ThreadPoolExecutor(CLIENTS) as threads:
        for done, answer in enumerate(threads.map(lambda number: post(client, number, mutant(number)), numbers), start=1):
            if not answer.good:
                say(f"file {answer.number}: {answer.status} {answer.code} after {answer.seconds:.1f} s")
            if done % 1_000 == 0:
                say(f"{done} of {len(numbers)}")
            yield answer


def post(client: httpx.Client, number: int, content: bytes) -> Answer:
    started = time.monotonic()
    try:
        got = client.post(ROUTE, files={"file": ("a", content)})
        return Answer(number, got.status_code, _code(got), time.monotonic() - started)
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as fault:
        return Answer(number, NO_ANSWER, type(fault).__name__, time.monotonic() - started)


def _code(answer: httpx.Response) -> str:
    """An answer that is no JSON of ours raises ValueError, KeyError or TypeError."""
    body = answer.json()
    if answer.status_code != 200:
        return str(body["error"]["code"])
    if not isinstance(body["text"], str):
        raise ValueError
    return "heard"


# --- memory ---


class Watch:
    """The peaks of the decoders' memory, in MB: of the process that bears them, and of the largest of them."""

    def __init__(self) -> None:
        self.nursery = self.decoder = 0.0

    def look(self, server: Server) -> None:
        for nursery in children(server.process.pid):
            self.nursery = max(self.nursery, peak(nursery))
            self.decoder = max([self.decoder, *map(peak, children(nursery))])


@contextmanager
def watching(server: Server) -> Iterator[Watch]:
    watch, over = Watch(), threading.Event()

    def look() -> None:
        while not over.wait(LOOK):
            watch.look(server)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def children(pid: int) -> list[int]:
    """Of any thread of a process (Linux)."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, tasks.read_text().split())
        except OSError:
            continue
    return found


def peak(pid: int) -> float:
    """MB that were resident at once; 0 of a process that is gone (Linux)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


# --- showing ---


def table(result: Fuzzed) -> str:
    rows = [
        ("files", f"{result.files}, from number {result.first} on, in {result.seconds:.0f} s"),
        *((f"answered {answer}", str(times)) for answer, times in result.answers.items()),
        ("slowest answer", f"{result.slowest:.2f} s, to number {result.slowest_number}"),
        ("answered wrongly", _listed([answer.number for answer in result.bad])),
        ("broke decoders", _listed(result.crashed)),
        ("decoders replaced", str(result.decoders_replaced)),
        ("server", f"{'alive' if result.alive else 'DEAD'}, {result.server_mb:.0f} MB, {result.grown_mb:.0f} MB of it since"),
        ("nursery of decoders", f"{result.nursery_mb:.0f} MB"),
        ("largest decoder", f"{result.decoder_mb:.0f} MB"),
    ]
    return aligned([("what", "found"), *rows])


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


if __name__ == "__main__":
    sys.exit(main())
