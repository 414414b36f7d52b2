"""No package with a known hole, in what is installed and in what is asked for."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from models import checkup
from models.checkup import FLOORS, INSTALL, Floor, numbers

ROOT = Path(__file__).parents[2]
INDIRECT = {"starlette", "brotli"}


def required(file: str) -> dict[str, tuple[str, str]]:
    """package -> (operator, version) of a requirements file, comments and other files left out."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text("utf-8").splitlines())
    found = [re.fullmatch(r"([\w.-]+)\s*(==|>=)\s*([\w.+]+)", line) for line in lines if line and not line.startswith("-r ")]
    assert all(found), "a line that is neither pin nor floor"
    return {match[1]: (match[2], match[3]) for match in found if match}


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.package)
def test_what_is_installed_and_what_is_asked_for_is_at_or_above_the_floor(floor: Floor) -> None:
    assert numbers(version(floor.package)) >= numbers(floor.version)
    assert numbers(required("requirements.txt")[floor.package][1]) >= numbers(floor.version)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_direct_dependency_is_pinned_and_that_release_installed(file: str) -> None:
    packages = required(file)
    assert len(packages) > 10
    for package, (operator, release) in packages.items():
        assert operator == (">=" if package in INDIRECT else "=="), package
        if operator == "==":
            assert version(package).partition("+")[0] == release, package


def test_a_package_below_its_floor_is_said_with_what_it_is_open_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not checkup.check_packages().todo
    monkeypatch.setattr(checkup, "FLOORS", (Floor("starlette", "99.0", "everything"), Floor("no-such-package", "1", "")))
    found = checkup.check_packages()
    assert f"starlette {version('starlette')} is open to everything; no-such-package is not installed" in found.found
    assert found.todo == INSTALL


def test_releases_compare_as_numbers() -> None:
    assert numbers("2.10") > numbers("2.9.1")
    assert numbers("2.13.0+cpu") == (2, 13, 0)
    assert numbers("0.0.27") < numbers("0.0.34")
