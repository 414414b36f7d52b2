"""Too much work, callers who leave, and an engine that has no room, fails, hangs or is lost: what each caller is told."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from settings import Limits, Settings
from tests import sounds
from tests.fakes import FakeEngine, fake_transcriber
from tests.faults.door import Door, opened

pytestmark = pytest.mark.alone

ROUTE = "/v1/audio/transcriptions"
PATIENCE = 60.0


def sound(seconds: float, seed: int = 0) -> bytes:
    return sounds.encode(sounds.noise(-20, duration=seconds, seed=seed))


SHORT, MINUTE = sound(2.0), sound(60.0)


def send(door: Door, audio: bytes = SHORT, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
    files = {"file": ("a.wav", audio)}
    return httpx.post(door.url + ROUTE, files=files, data=form, headers=headers or {}, timeout=PATIENCE)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, "" if answer.status_code == 200 else answer.json()["error"]["code"]


def within(seconds: float, true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(true())


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(pads=False)


@pytest.fixture
def door(engine: FakeEngine) -> Iterator[Door]:
    with opened(Settings(limits=Limits(requests=8)), engine) as made:
        yield made


@pytest.fixture
def impatient(engine: FakeEngine) -> Iterator[Door]:
    """Does not wait longer than a second for a pass."""
    with opened(Settings(limits=Limits(batch=1.0)), engine) as made:
        yield made


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


# --- too much work ---


def test_of_forty_requests_eight_are_heard_and_the_rest_are_told_when_to_come_again(
    door: Door, engine: FakeEngine, crowd: ThreadPoolExecutor
) -> None:
    engine.rtf = 0.1
    send(door)  # now the pace is known
    engine.gate.clear()
    inside = [crowd.submit(send, door, sound(10.0, seed)) for seed in range(8)]
    assert within(20, lambda: door.transcriber.load.requests == 8 and door.transcriber.load.waiting > 30)
    refused, latencies = [], []
    for _ in range(32):
        began = time.monotonic()
        refused.append(send(door))
        latencies.append(time.monotonic() - began)
    engine.gate.set()
    began = time.monotonic()
    heard = [future.result(PATIENCE) for future in inside]
    took = time.monotonic() - began
    assert [told(answer) for answer in heard] == [(200, "")] * 8
    assert {told(answer) for answer in refused} == {(429, "queue_full")}
    assert statistics.median(latencies) < 0.1
    waits = {int(answer.headers["Retry-After"]) for answer in refused}
    assert all(wait == pytest.approx(took, rel=0.5, abs=1) for wait in waits), (waits, took)


def test_a_request_that_is_refused_is_not_read(door: Door, engine: FakeEngine, crowd: ThreadPoolExecutor) -> None:
    engine.gate.clear()
    inside = [crowd.submit(send, door, sound(2.0, seed)) for seed in range(8)]
    assert within(20, lambda: door.transcriber.load.requests == 8)
    head = f"POST {ROUTE} HTTP/1.1\nHost: localhost\nContent-Type: multipart/form-data; boundary=x\nContent-Length: 400000000"
    answer = door.say(head)
    engine.gate.set()
    assert (answer.status, answer.code) == (429, "queue_full")
    assert [future.result(PATIENCE).status_code for future in inside] == [200] * 8


def test_short_files_beside_a_long_one_take_no_more_than_three_times_as_long(engine: FakeEngine) -> None:
    engine.rtf = 0.02
    with opened(Settings(), engine) as door, ThreadPoolExecutor(1) as beside:
        idle = statistics.median(latency(door, seed) for seed in range(7))
        gone = threading.Event()
        long = beside.submit(stream, door, sound(1200.0), gone)
        assert within(20, lambda: door.transcriber.waiting > 60)
        beside_it = sorted(latency(door, 100 + seed) for seed in range(40))
        assert not long.done()
        gone.set()
        assert long.result(PATIENCE)
    assert beside_it[37] <= 3 * idle, (idle, beside_it)


def latency(door: Door, seed: int) -> float:
    audio = sound(5.0, seed)
    began = time.monotonic()
    assert send(door, audio).status_code == 200
    return time.monotonic() - began


def stream(door: Door, audio: bytes, gone: threading.Event) -> bool:
    """Reads a streamed answer until it ends or is not wanted any more. Whether something came."""
    files = {"file": ("a.wav", audio)}
    with httpx.stream("POST", door.url + ROUTE, files=files, data={"stream": "true"}, timeout=PATIENCE) as answer:
        came = False
        for line in answer.iter_lines():
            came = came or "delta" in line
            if gone.is_set():
                break
    return came


# --- an engine that is not ready ---


def test_while_the_model_loads_clients_are_told_to_come_again() -> None:
    loading = threading.Event()
    transcriber = fake_transcriber(loading=loading)
    with opened(Settings(), transcriber=transcriber, ready=False) as door:
        answer = send(door)
        assert told(answer) == (503, "model_loading")
        assert answer.headers["Retry-After"]
        assert (httpx.get(f"{door.url}/livez").status_code, httpx.get(f"{door.url}/readyz").status_code) == (200, 503)
        loading.set()
        assert within(10, lambda: httpx.get(f"{door.url}/readyz").status_code == 200)
        assert told(send(door)) == (200, "")


# --- deadlines and callers who leave ---


def test_what_is_late_in_the_queue_is_answered_in_time_and_never_heard(
    door: Door, engine: FakeEngine, crowd: ThreadPoolExecutor
) -> None:
    engine.gate.clear()
    in_hand = crowd.submit(send, door)
    assert within(10, lambda: len(engine.batches) == 4)
    began = time.monotonic()
    late = send(door, sound(3.0), headers={"X-Request-Timeout": "1"})
    took = time.monotonic() - began
    engine.gate.set()
    assert told(late) == (504, "deadline_exceeded")
    assert late.headers["x-should-retry"] == "false"
    assert 1.0 <= took < 1.5
    assert in_hand.result(PATIENCE).status_code == 200
    assert told(send(door)) == (200, "")
    assert len(engine.batches) == 5  # three to warm up, and two that were in time


@pytest.mark.parametrize("form", [{}, {"stream": "true"}])
def test_when_a_client_leaves_its_work_ends_within_a_pass(door: Door, engine: FakeEngine, form: dict[str, str]) -> None:
    engine.rtf = 0.05
    send(door)
    leave(door, MINUTE, form)
    assert within(2, lambda: door.transcriber.load.requests == 0)
    heard = sum(engine.batches)
    time.sleep(0.5)
    assert sum(engine.batches) == heard
    began = time.monotonic()
    assert told(send(door)) == (200, "")
    assert time.monotonic() - began < 2


def leave(door: Door, audio: bytes, form: dict[str, str]) -> None:
    """Sends a file, and hangs up half a second later."""
    files = {"file": ("a.wav", audio)}
    with contextlib.suppress(httpx.ReadTimeout), httpx.stream("POST", door.url + ROUTE, files=files, data=form, timeout=0.5):
        time.sleep(0.5)


# --- an engine that has no room or fails ---


def test_without_room_for_a_batch_all_are_heard_in_smaller_ones(
    door: Door, engine: FakeEngine, crowd: ThreadPoolExecutor
) -> None:
    engine.room = 3.0
    answers = list(crowd.map(lambda seed: send(door, sound(8.0, seed)), range(8)))
    assert {told(answer) for answer in answers} == {(200, "")}
    assert door.transcriber.load.failures == 0


def test_without_room_for_one_clip_it_is_heard_in_parts_and_without_any_its_request_alone_fails(
    door: Door, engine: FakeEngine
) -> None:
    engine.room = 6.0
    whole = {"files": {"file": ("a.wav", sound(20.0))}, "data": {"vad": "false"}, "timeout": PATIENCE}
    heard = httpx.post(f"{door.url}/transcribe", **whole)  # type: ignore[arg-type]
    assert told(heard) == (200, "")
    assert heard.json()["segments"][-1]["end"] == pytest.approx(20, abs=0.1)
    assert door.transcriber.load.splits
    engine.room = 0.0
    refused = send(door)
    assert told(refused) == (503, "gpu_out_of_memory")
    assert refused.headers["Retry-After"]
    engine.room = 60.0
    assert told(send(door)) == (200, "")


def test_a_poisoned_clip_fails_alone(door: Door, engine: FakeEngine, crowd: ThreadPoolExecutor) -> None:
    engine.fails = lambda clip: clip.waveform.duration < 0.9
    engine.gate.clear()
    sound_ones = [crowd.submit(send, door, sound(2.0, seed)) for seed in range(6)]
    poisoned = crowd.submit(send, door, sound(0.5))
    assert within(20, lambda: door.transcriber.load.requests == 7)
    engine.gate.set()
    assert [told(future.result(PATIENCE)) for future in sound_ones] == [(200, "")] * 6
    assert told(poisoned.result(PATIENCE)) == (500, "inference_error")
    assert poisoned.result().headers["x-should-retry"] == "false"


# --- an engine that hangs or is lost ---


def test_a_lost_device_turns_readiness_off_within_a_second_and_asks_for_a_new_process(door: Door, engine: FakeEngine) -> None:
    engine.lost = "CUDA error: an illegal memory access was encountered"
    assert told(send(door)) == (503, "engine_unavailable")
    assert within(1, lambda: httpx.get(f"{door.url}/readyz").status_code == 503)
    assert within(30, lambda: httpx.get(f"{door.url}/livez").status_code == 503)
    began = time.monotonic()
    assert told(send(door)) == (503, "engine_unavailable")
    assert time.monotonic() - began < 1


def test_a_pass_that_hangs_leaves_nobody_waiting_and_is_forgiven_when_it_ends(
    impatient: Door, engine: FakeEngine, crowd: ThreadPoolExecutor
) -> None:
    engine.gate.clear()
    futures = [crowd.submit(send, impatient, sound(2.0, seed)) for seed in range(4)]
    assert {told(future.result(PATIENCE)) for future in futures} == {(503, "engine_unavailable")}
    assert httpx.get(f"{impatient.url}/readyz").status_code == 503
    assert httpx.get(f"{impatient.url}/livez").status_code == 503
    engine.gate.set()
    assert within(5, lambda: httpx.get(f"{impatient.url}/readyz").status_code == 200)
    assert told(send(impatient)) == (200, "")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_engine_thread_is_noticed_and_everybody_answered(
    impatient: Door, engine: FakeEngine, crowd: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(impatient.transcriber._batcher._passes, "_answer", dies)
    answers = list(crowd.map(lambda seed: send(impatient, sound(2.0, seed)), range(4)))
    assert {told(answer) for answer in answers} == {(503, "engine_unavailable")}
    assert httpx.get(f"{impatient.url}/readyz").status_code == 503
