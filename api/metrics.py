"""GET /metrics: what the server has done and is doing, in Prometheus' text format. Reads counters; never touches the model."""

from __future__ import annotations

import time
from collections.abc import Iterator

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from speech import machine
from speech.batching import Load
from speech.decoders import Decoders
from speech.transcriber import State, Transcriber

from .access import Observation

router = APIRouter(tags=["probes"])

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})  # anybody can invent others
SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # buckets
EXAMPLE = """\
# HELP earshot_requests_total Requests that were answered.
# TYPE earshot_requests_total counter
earshot_requests_total{method="POST",route="/transcribe",status="200"} 41.0
# HELP earshot_queue_seconds Audio that waits for the engine.
# TYPE earshot_queue_seconds gauge
earshot_queue_seconds 12.5
"""


class Metrics:
    """Of one app. The guard tells it each request; what the transcriber counts is read when somebody asks."""

    def __init__(self, transcriber: Transcriber, version: str, decoders: Decoders | None = None) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._requests = Counter(
            "earshot_requests", "Requests that were answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "earshot_request_seconds",
            "From the arrival of a request to the end of its answer.",
            ("route",),
            registry=self.registry,
            buckets=SECONDS,
        )
        self._errors = Counter("earshot_errors", "Answers that were faults, by their code.", ("code",), registry=self.registry)
        self.registry.register(_Engine(transcriber))
        if decoders:
            self.registry.register(_Decoders(decoders))
        self.registry.register(_Process(transcriber, version))

    def observed(self, seen: Observation) -> None:
        """For any thread."""
        method = seen.method if seen.method in METHODS else "other"
        self._requests.labels(method, seen.route, str(seen.status)).inc()
        self._seconds.labels(seen.route).observe(seen.seconds)
        if seen.code:
            self._errors.labels(seen.code).inc()


class _Engine(Collector):
    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber

    def collect(self) -> Iterator[Metric]:
        load = self._transcriber.load
        yield _count("audio_seconds", "Audio that was heard.", load.audio)
        yield _count("clips", "Clips that were heard.", load.clips)
        yield _count("clips_failed", "Clips that could not be heard.", load.failures)
        yield _count("batches", "Passes of the engine.", load.batches)
        yield _count("engine_busy_seconds", "Time the engine spent in passes.", load.busy)
        yield _count("oom_splits", "Batches that were halved because the device had no room.", load.splits)
        yield _gauge("queue_requests", "Requests that are heard or wait.", load.requests)
        yield _gauge("queue_seconds", "Audio that waits for the engine.", load.waiting)
        yield _gauge("pass_seconds", "Age of the pass in hand, 0 between passes.", load.turn)
        yield from _ratios(load)
        yield _state(self._transcriber.status.state)


def _ratios(load: Load) -> Iterator[Metric]:
    """Nothing before there is something to divide by."""
    if load.crowded:
        yield _gauge("batch_fill", "Mean part of a batch that was used while others waited.", load.filled / load.crowded)
    if load.audio:
        yield _gauge("real_time_factor", "Engine time a second of audio.", load.busy / load.audio)


def _state(now: State) -> Metric:
    family = GaugeMetricFamily("earshot_engine_state", "1 for the state the engine is in.", labels=("state",))
    for state in State:
        family.add_metric((state.value,), float(state is now))
    return family


class _Decoders(Collector):
    def __init__(self, decoders: Decoders) -> None:
        self._decoders = decoders

    def collect(self) -> Iterator[Metric]:
        yield _gauge("decoders_busy", "Files that are being decoded.", self._decoders.busy)
        yield _count("decoders_started", "Processes that were started to decode.", self._decoders.started)
        yield _count("decoders_crashed", "Of these, those that broke down over a file.", self._decoders.crashed)


class _Process(Collector):
    def __init__(self, transcriber: Transcriber, version: str) -> None:
        self._transcriber, self._version = transcriber, version
        self._began = time.monotonic()

    def collect(self) -> Iterator[Metric]:
        yield _gauge("uptime_seconds", "Age of the process.", time.monotonic() - self._began)
        yield _gauge("resident_memory_bytes", "Memory the process has.", machine.resident())
        if device := self._transcriber.device:
            yield _gauge("device_memory_used_bytes", "Memory in use where the engine runs.", device.used)
            yield _gauge("device_memory_bytes", "Memory there is where the engine runs.", device.total)
        checkpoint = self._transcriber.status.checkpoint
        facts = {"version": self._version, "engine": self._transcriber.info.name}
        taken = {"checkpoint": checkpoint.name if checkpoint else ""}
        yield InfoMetricFamily("earshot_build", "What answers.", value=facts | taken)


def _count(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(f"earshot_{name}", what, value=value)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"earshot_{name}", what, value=value)


def of(app: FastAPI) -> Metrics:
    found = app.state.metrics
    assert isinstance(found, Metrics)
    return found


@router.get(
    "/metrics",
    summary="What has it done?",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}, "examples": {"counted": {"value": EXAMPLE}}}},
        }
    },
)
async def metrics(request: Request) -> Response:
    """Requests, faults, the queue, the engine and memory, for Prometheus to read."""
    return Response(generate_latest(of(request.app).registry), media_type=CONTENT_TYPE_LATEST)
