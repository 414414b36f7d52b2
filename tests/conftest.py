"""What tests of more than one folder need."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.server import Server, serving

JOBS = tempfile.mkdtemp(prefix="earshot-jobs-")
atexit.register(shutil.rmtree, JOBS, ignore_errors=True)
os.environ["EARSHOT_JOBS__HOME"] = JOBS  # jobs of whoever tests here are not heard by fakes

# What takes how long says something of the machine alone.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--alone", choices=("only", "never"), help="tests that are marked alone: no others, or none of them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if wanted := config.getoption("--alone"):
        alone = [item for item in items if item.get_closest_marker("alone")]
        others = [item for item in items if not item.get_closest_marker("alone")]
        items[:], left = (alone, others) if wanted == "only" else (others, alone)
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings, no weights, no network; an empty folder to work in."""
    for variable in [name for name in os.environ if name.startswith("EARSHOT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EARSHOT_OFFLINE", "1")
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "modelscope"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "huggingface"))
    monkeypatch.chdir(tmp_path)
