from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from models import verified
from models.verified import Verified


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, in order."""
    names: list[str] = []
    real = verified.sha256_of

    def counting(path: Path) -> str:
        names.append(path.name)
        return real(path)

    monkeypatch.setattr(verified, "sha256_of", counting)
    return names


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    path.write_bytes(b"weights")
    return path


def test_a_file_is_read_once_over_all_starts(tmp_path: Path, weights: Path, read: list[str]) -> None:
    assert [Verified(tmp_path / "home").sha256(weights) for _ in range(3)] == [digest(b"weights")] * 3
    assert read == ["model.pt"]


def test_a_file_that_changed_is_read_again_even_if_its_size_and_time_are_as_before(
    tmp_path: Path, weights: Path, read: list[str]
) -> None:
    memory, before = Verified(tmp_path), weights.stat()
    memory.sha256(weights)
    weights.write_bytes(b"w3ights")
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert memory.sha256(weights) == digest(b"w3ights")
    assert len(read) == 2


def test_a_home_that_cannot_be_written_means_reading_every_time(tmp_path: Path, weights: Path, read: list[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    memory = Verified(tmp_path / "file")
    assert memory.sha256(weights) == memory.sha256(weights) == digest(b"weights")
    assert len(read) == 2


@pytest.mark.parametrize("damaged", ["", "[]", "{", '{"a": 1}', '{"a": {"size": 1}}', '{"a": {"other": 1}}'])
def test_a_damaged_memory_is_begun_anew(tmp_path: Path, weights: Path, read: list[str], damaged: str) -> None:
    (tmp_path / "verified.json").write_text(damaged)
    memory = Verified(tmp_path)
    assert memory.sha256(weights) == memory.sha256(weights) == digest(b"weights")
    assert len(read) == 1


def test_files_that_are_gone_are_forgotten_and_nothing_else_is_left(tmp_path: Path, weights: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other.pt"
    other.write_bytes(b"other")
    Verified(home).sha256(weights)
    weights.unlink()
    Verified(home).sha256(other)
    assert list(json.loads((home / "verified.json").read_text())) == [str(other)]
    assert [path.name for path in home.iterdir()] == ["verified.json"]
