"""The law of the house: api, ui and models meet only in speech, and are joined only at the top."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {
    "app",
    "cli",
    "earshot",
    "commands",
    "settings",
    "api",
    "ui",
    "models",
    "speech",
    "serving",
    "keeping",
    "media",
    "training",
    "benchmarks",
}
MAY_IMPORT = {
    "speech": {"speech"},
    "models": {"models", "speech"},
    "api": {"api", "speech"},
    "ui": {"ui", "speech"},
    "media": {"media", "speech"},
    "serving": {"serving", "speech"},
    "keeping": {"keeping", "speech"},
}
TOP = {"app", "cli", "earshot", "commands"}  # may import everything; commands are cli.py's own
FOREIGN_TO_SPEECH = {"torch", "fastapi", "starlette", "gradio", "funasr", "modelscope"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """First names of everything a module imports, at any depth; a relative import is its own package's."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    assert modules(folder)
    for path in modules(folder):
        assert imported(path) & OURS <= MAY_IMPORT[folder], path


def test_nothing_imports_the_top_and_only_cli_its_commands() -> None:
    assert modules("commands")
    below = [path for folder in OURS - {"app", "cli", "earshot", "settings"} for path in modules(folder)]
    for path in [*below, ROOT / "app.py", ROOT / "earshot.py", ROOT / "settings.py"]:
        assert not imported(path) & TOP, path
    assert imported(ROOT / "cli.py") & TOP == {"commands"}


def test_speech_knows_no_framework() -> None:
    for path in modules("speech"):
        assert not imported(path) & FOREIGN_TO_SPEECH, path


def test_only_tags_knows_how_a_tag_is_written() -> None:
    ours = [path for folder in ("speech", "models", "api", "ui", "commands", "training") for path in modules(folder)]
    writers = [path.relative_to(ROOT).as_posix() for path in ours if "<|" in path.read_text(encoding="utf-8")]
    assert writers == ["models/sensevoice/tags.py"]


def test_heavy_imports_stand_inside_loaders() -> None:
    """Importing the command line or the library must stay cheap: no torch, no onnxruntime, no web at import."""
    import subprocess
    import sys

    heavy = ("torch", "funasr", "modelscope", "onnxruntime", "gradio", "fastapi", "starlette")
    code = f"import sys, settings, cli, earshot; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
