"""How soon the server answers and hears, beside bare imports of what it is made of, and what it costs when nobody asks.

python -m benchmarks.startup
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import DEMO, ROOT, options, servers
from .contest import Absent, say
from .figures import Result, Row, Target, measured
from .machine import this_machine
from .options import Options
from .servers import Server

IDLE, IDLE_QUICK = 60.0, 10.0  # s
SETTLE = 4.0  # s that a server has to come to rest
STARTS = "import fastapi, uvicorn, gradio"  # what the console is made of
HEARS = f"{STARTS}, av, onnxruntime, torch; torch.load(r'{{}}', map_location='cpu', weights_only=True)"  # and the engine
CONSOLE_TARGET, IDLE_TARGET = Target("at most", 3.0, "ours"), Target("at most", 1.0, "ours")
DEMO_TARGET, FULL_TARGET = Target("at most", 6.0, "ours"), Target("at most", 15.0, "ours")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One start, in s, and the bare imports before it."""

    console: float
    ready: float
    console_imports: float
    ready_imports: float
    funasr: float | None


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("--funasr-server", action="store_true", help="start FunASR's server too")
    args = parser.parse_args()
    options.run(args, partial(measure, args))


def measure(args: argparse.Namespace, asked: Options) -> Result:
    skipped = [] if args.funasr_server else ["funasr-server: --funasr-server was not given"]
    rounds = min(asked.rounds, 2) if asked.quick else asked.rounds
    for folder in (DEMO, asked.checkpoint):
        _seconds_of(HEARS.format(folder / "model.pt"))  # to have all files in the page cache
    demo = [start("demo", DEMO, None) for _ in range(rounds)]
    peer = asked.checkpoint if args.funasr_server else None
    full = [start(str(asked.checkpoint), asked.checkpoint, peer) for _ in range(rounds)]
    if args.funasr_server and not _theirs(full):
        skipped.append("funasr-server: it did not start")
    return Result(
        benchmark="startup",
        when=options.now(),
        quick=asked.quick,
        machine=this_machine(),
        checkpoint=asked.checkpoint_name,
        audio="none",
        rows=(*start_rows(demo, full), *idle_rows(IDLE_QUICK if asked.quick else IDLE, skipped)),
        skipped=tuple(skipped),
    )


def start(model: str, folder: Path, peer: Path | None) -> Turn:
    console_imports, ready_imports = _seconds_of(STARTS), _seconds_of(HEARS.format(folder / "model.pt"))
    with servers.earshot(model) as server:
        console, ready = server.answered
    say(f"{model}: console {console:.3g} s, ready {ready:.3g} s")
    return Turn(console, ready, console_imports, ready_imports, _start_of(peer) if peer else None)


def _seconds_of(code: str) -> float:
    """Of a Python that does nothing else."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"})
    return time.perf_counter() - started


def _start_of(checkpoint: Path) -> float | None:
    try:
        with servers.funasr_server(checkpoint) as server:
            return server.answered[0]
    except Absent:
        return None


def _theirs(turns: Sequence[Turn]) -> list[float]:
    """Only where all starts succeeded."""
    found = [turn.funasr for turn in turns if turn.funasr is not None]
    return found if len(found) == len(turns) else []


def start_rows(demo: Sequence[Turn], full: Sequence[Turn]) -> list[Row]:
    every = [*demo, *full]
    consoles, bare = [turn.console for turn in every], [turn.console_imports for turn in every]
    what = "until the console answers; peer: the bare imports"
    found = [measured("startup.console/imports", what, "s", consoles, bare, target=CONSOLE_TARGET)]
    for name, turns, target in ("demo", demo, DEMO_TARGET), ("full", full, FULL_TARGET):
        ready, bare = [turn.ready for turn in turns], [turn.ready_imports for turn in turns]
        what = f"until it hears, {name} checkpoint; peer: the bare imports and reading model.pt"
        found.append(measured(f"startup.{name}/imports", what, "s", ready, bare, target=target))
    if theirs := _theirs(full):
        what = "until it hears, full checkpoint; peer: funasr-server"
        found.append(measured("startup.full/funasr-server", what, "s", [turn.ready for turn in full], theirs))
    return found


def idle_rows(seconds: float, skipped: list[str]) -> list[Row]:
    """CPU of the server in % of a core: with nobody there, and with the console open in a browser."""
    with servers.earshot("demo") as server:
        found = [_idle_row("startup.idle", "CPU when nobody is there", server, seconds, nullcontext())]
        if CHROMIUM:
            found.append(_idle_row("startup.open", "CPU with one console open and idle", server, seconds, _browser(server)))
        else:
            skipped.append("one console open and idle: chromium is not installed")
    return found


def _idle_row(key: str, what: str, server: Server, seconds: float, company: AbstractContextManager[None]) -> Row:
    with company:
        time.sleep(SETTLE)
        before, started = cpu_seconds(server.pid), time.perf_counter()
        time.sleep(seconds)
        share = 100 * (cpu_seconds(server.pid) - before) / (time.perf_counter() - started)
    say(f"{what}: {share:.2f} %")
    return measured(key, what, "%", [share], target=IDLE_TARGET)


@contextmanager
def _browser(server: Server) -> Iterator[None]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.port}/")
            page.wait_for_selector("#run")
            yield
        finally:
            browser.close()


def cpu_seconds(pid: int) -> float:
    """That a process has used, in user and system mode (Linux, proc_pid_stat: fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
