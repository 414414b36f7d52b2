"""Probes and metrics over a fake engine: what they say in which state, and that they wait for nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from anyio import to_thread
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api import ApiOptions, add_routes, hindrances
from api.access import Observation
from api.metrics import of
from speech.batching import BatcherOptions
from speech.errors import ServiceError, StorageUnavailable
from speech.transcriber import State, Transcriber, TranscriberOptions
from tests import sounds
from tests.fakes import FakeEngine, fake_transcriber

SOUND = {"file": ("a.wav", sounds.encode(sounds.tone(duration=2.0)))}


def app_of(transcriber: Transcriber) -> FastAPI:
    app = FastAPI(version="1.2.3")
    add_routes(app, transcriber, ApiOptions())
    return app


@pytest.fixture
def ready() -> Iterator[FastAPI]:
    transcriber = fake_transcriber()
    yield app_of(transcriber)
    transcriber.stop()


def test_alive_and_ready_are_said_without_a_thread(ready: FastAPI) -> None:
    """All threads that handlers may have are taken."""
    taken, let_go = threading.Semaphore(0), threading.Event()

    def take() -> None:
        taken.release()
        let_go.wait(30)

    with TestClient(ready) as client:
        assert client.portal
        n = int(client.portal.call(lambda: _tokens()))
        holds = [client.portal.start_task_soon(to_thread.run_sync, take) for _ in range(n)]
        for _ in holds:
            assert taken.acquire(timeout=10)
        began = time.monotonic()
        assert [client.get(path).status_code for path in ("/livez", "/readyz", "/health", "/metrics")] == [200] * 4
        assert time.monotonic() - began < 5
        let_go.set()


async def _tokens() -> float:
    return to_thread.current_default_thread_limiter().total_tokens


def test_who_must_be_started_again_is_not_alive() -> None:
    hangs = threading.Event()

    def hang(_: object) -> bool:
        return not hangs.wait(30)

    options = TranscriberOptions(batcher=BatcherOptions(hung=0.2))
    engine = FakeEngine()
    transcriber = fake_transcriber(engine, options=options)
    engine.fails = hang
    client = TestClient(app_of(transcriber))
    assert client.get("/livez").status_code == 200
    assert client.post("/transcribe", files=SOUND).status_code in (503, 504)
    _until(lambda: transcriber.status.state is State.BROKEN)
    told = client.get("/livez")
    assert (told.status_code, told.json()["error"]["code"]) == (503, "engine_unavailable")
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["status"]) == (503, "broken")
    assert client.get("/health").status_code == 200
    hangs.set()
    transcriber.stop()


def test_who_is_ending_is_alive_but_not_ready(ready: FastAPI) -> None:
    client = TestClient(ready)
    ready.state.transcriber.drain()
    assert client.get("/livez").status_code == 200
    assert (client.get("/readyz").status_code, client.get("/readyz").json()["status"]) == (503, "draining")


def test_without_a_place_for_files_it_is_not_ready(ready: FastAPI) -> None:
    trouble: list[ServiceError] = [StorageUnavailable()]
    hindrances.add(ready, lambda: trouble[0] if trouble else None)
    client = TestClient(ready)
    told = client.get("/readyz")
    assert (told.status_code, told.json()["status"], told.json()["detail"]) == (503, "storage_unavailable", str(trouble[0]))
    trouble.clear()
    assert client.get("/readyz").status_code == 200


def _until(reached: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < ends
        time.sleep(0.02)


# --- metrics ---


def counted(app: FastAPI) -> dict[str, float]:
    """Every sample under its name and labels."""
    told = TestClient(app).get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(told.text)
    return {
        f"{sample.name}{dict(sorted(sample.labels.items())) or ''}": sample.value
        for family in families
        for sample in family.samples
    }


def test_what_was_heard_is_counted(ready: FastAPI) -> None:
    before = counted(ready)
    assert before["earshot_audio_seconds_total"] == 0
    assert before["earshot_engine_state{'state': 'ready'}"] == 1
    assert before["earshot_resident_memory_bytes"] > 1e7
    assert (
        before["earshot_build_info{'checkpoint': 'fake/SenseVoiceSmall', 'engine': 'sensevoice-small', 'version': '1.2.3'}"] == 1
    )
    assert TestClient(ready).post("/transcribe", files=SOUND).status_code == 200
    after = counted(ready)
    assert 1.0 < after["earshot_audio_seconds_total"] <= 2.0
    assert after["earshot_batches_total"] >= 1
    assert after["earshot_queue_requests"] == after["earshot_queue_seconds"] == 0


def test_requests_and_faults_are_counted_by_what_they_were(ready: FastAPI) -> None:
    metrics = of(ready)
    for seconds in (0.02, 0.2):
        metrics.observed(Observation("POST", "/transcribe", 400, seconds, "missing_file"))
    metrics.observed(Observation("BREW", "-", 405, 0.001, ""))
    now = counted(ready)
    assert now["earshot_requests_total{'method': 'POST', 'route': '/transcribe', 'status': '400'}"] == 2
    assert now["earshot_requests_total{'method': 'other', 'route': '-', 'status': '405'}"] == 1
    assert now["earshot_errors_total{'code': 'missing_file'}"] == 2
    assert now["earshot_request_seconds_bucket{'le': '0.1', 'route': '/transcribe'}"] == 1
    assert not [name for name in now if "'code': ''" in name]


def test_two_apps_count_apart(ready: FastAPI) -> None:
    other = app_of(ready.state.transcriber)
    of(other).observed(Observation("GET", "/livez", 200, 0.001, ""))
    assert not [name for name in counted(ready) if name.startswith("earshot_requests_total")]
