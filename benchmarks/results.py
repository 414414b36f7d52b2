"""Results to JSON and back."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter

from .figures import Result

_RESULT = TypeAdapter(Result)


def as_json(result: Result) -> str:
    """One line."""
    return _RESULT.dump_json(result).decode()


def read(file: Path) -> Result:
    return _RESULT.validate_json(file.read_bytes())


def read_all(folder: Path) -> list[Result]:
    """Those that lie in a folder, none below it, by name."""
    return [read(file) for file in sorted(folder.glob("*.json"))]
