"""Jobs outlive the process that keeps them. Real processes, an engine without weights."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.server import BARE, Server, serving
from tests.sounds import encode, noise

RTF = "0.05"  # two minutes take six seconds


def until(server: Server, id: str, reached: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    ends = time.monotonic() + 60
    while not reached(job := server.get(f"/v1/jobs/{id}").json()):
        assert time.monotonic() < ends, job
        time.sleep(0.05)
    return dict(job)


def sent(server: Server, name: str, seconds: float) -> str:
    answer = server.post("/v1/jobs", encode(noise(-20, seconds)), name)
    assert answer.status_code == 202
    return str(answer.json()["id"])


def test_a_process_that_is_killed_in_the_middle_loses_no_job(tmp_path: Path) -> None:
    with serving(tmp_path, BARE, RTF=RTF) as server:
        long, short = sent(server, "long.wav", 120.0), sent(server, "short.wav", 2.0)
        waiting = [sent(server, f"{n}.wav", 60.0) for n in range(2)]
        until(server, short, lambda job: job["state"] == "done")
        text = server.get(f"/v1/jobs/{short}/transcript").content
        until(server, long, lambda job: bool(job["heard"]))
        server.end(signal.SIGKILL)
    with serving(tmp_path, BARE, RTF="0") as server:
        assert {job["id"] for job in server.get("/v1/jobs").json()["data"]} == {long, short, *waiting}
        assert server.get(f"/v1/jobs/{short}/transcript").content == text
        for id in (long, *waiting):
            assert until(server, id, lambda job: job["state"] == "done")["duration"]
        assert len(server.get(f"/v1/jobs/{long}/transcript").json()["segments"]) > 1


def test_the_end_of_a_process_does_not_wait_for_jobs_and_the_next_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, BARE, RTF="0.05") as server:
        id = sent(server, "long.wav", 600.0)
        until(server, id, lambda job: bool(job["heard"]))
        began = time.monotonic()
        assert server.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 20.0
    with serving(tmp_path, BARE, RTF="0") as server:
        assert until(server, id, lambda job: job["state"] == "done")["duration"] == 600.0
