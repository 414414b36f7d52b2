"""Servers and recordings that real clients are tried with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pytest

from speech.audio import SAMPLE_RATE, Waveform, decode
from speech.playable import wav_bytes
from tests.clients.installed import ASKED_FOR_BY, begin, end
from tests.server import SAMPLES, Server, serving

PAUSE = np.zeros(SAMPLE_RATE // 2, np.float32)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What takes a minute to install is begun at once."""
    if not session.config.option.collectonly:
        for name in {item.path.name for item in session.items} & ASKED_FOR_BY.keys():
            begin(ASKED_FOR_BY[name])


def pytest_sessionfinish() -> None:
    end()


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Refuses what OpenAI refuses."""
    with serving(tmp_path_factory.mktemp("strict"), OPENAI_STRICT="1") as started:
        yield started


@pytest.fixture(scope="session")
def call() -> bytes:
    """Two people on the phone, some 20 s in Mandarin, who speak of minutes."""
    return (SAMPLES / "call.mp3").read_bytes()


@pytest.fixture(scope="session")
def truth(server: Server, call: bytes) -> dict[str, Any]:
    """The call as Earshot's own route hears it: what every client must get."""
    heard = server.post("/transcribe", call).json()
    assert len(heard["segments"]) > 3
    return dict(heard)


@pytest.fixture(scope="session")
def long() -> bytes:
    """All samples one after another for seven minutes, five languages."""
    heard = [decode(path).waveform.samples for path in sorted(SAMPLES.glob("*.mp3"))]
    once = np.concatenate([PAUSE, *chain.from_iterable((samples, PAUSE) for samples in heard)])
    return wav_bytes(Waveform(np.resize(once, 420 * SAMPLE_RATE)))
