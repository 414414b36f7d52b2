"""Commands as they are typed, over a fake engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import hearing
from tests.fakes import FakeEngine, fake_transcriber
from tests.sounds import encode, tone


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """What the command line hears with."""
    made = FakeEngine()
    monkeypatch.setattr(hearing, "make_transcriber", lambda settings, opener: fake_transcriber(made, start=False))
    return made


def write(name: str, duration: float = 1.0, frequency: float = 440.0) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(tone(frequency, duration)))
    return path
