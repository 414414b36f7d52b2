"""What the pages for users show works as it is printed, and what they point to is there."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import PATIENCE, ROOT, SAMPLES, Server

READMES = ("README.md", "README.zh-CN.md")
PAGES = (*READMES, "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
ADDRESS = "http://127.0.0.1:6006"
RUN = {
    "curl": ("bash", "-euo", "pipefail", "-c"),
    "python": (sys.executable, "-c"),
    "js": ("node", "--input-type=module", "--eval"),
}


def examples(page: str) -> Iterator[tuple[str, str]]:
    """All that asks the server something: its kind and what is printed."""
    text = (ROOT / page).read_text()
    for kind, code in re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if ADDRESS in code:
            yield kind, code
    for command in re.findall(r"^    (curl .*)$", text, re.MULTILINE):
        yield "curl", command


@pytest.mark.parametrize(("kind", "code"), dict.fromkeys(shown for page in READMES for shown in examples(page)))
def test_an_example_runs_as_it_is_printed(server: Server, kind: str, code: str) -> None:
    program, *options = RUN[kind]
    if shutil.which(program) is None or (kind == "curl" and shutil.which("curl") is None):
        pytest.skip(f"{kind} is not installed")
    command = [program, *options, code.replace(ADDRESS, server.url)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    (sample,) = re.findall(r"samples/(\w+\.mp3)", code)
    heard = server.post("/transcribe", (SAMPLES / sample).read_bytes()).json()["segments"]
    assert heard
    assert all(segment["text"].strip() in done.stdout for segment in heard)


def test_both_languages_show_the_same_examples() -> None:
    first, second = (list(examples(page)) for page in READMES)
    assert {kind for kind, _ in first} == set(RUN)
    assert first == second


@pytest.mark.parametrize("page", READMES)
def test_the_answer_that_is_shown_has_the_fields_of_a_real_one(server: Server, page: str) -> None:
    (printed,) = re.findall(r"^```json\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    shown, heard = json.loads(printed), server.post("/transcribe", (SAMPLES / "angry.mp3").read_bytes()).json()
    assert set(shown) == set(heard)
    assert set(shown["segments"][0]) <= set(heard["segments"][0])
    assert set(shown["timing"]) == set(heard["timing"])


def test_the_console_is_whole_behind_a_tunnel_to_another_port(server: Server) -> None:
    """What a browser sees of `ssh -L 8080:127.0.0.1:6006`: no address in the page is the server's own idea of where it is."""
    page = httpx.get(server.url, headers={"Host": "localhost:8080"}).text
    assert "gradio_config" in page
    assert set(re.findall(r"https?://(?:localhost|127\.0\.0\.1)[^/\"\'\\]*", page)) <= {"http://localhost:8080"}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    targets = re.findall(r"\]\(([^)#:\s]+)\)", (ROOT / page).read_text())
    assert [target for target in targets if not (here / target).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / page).read_text())
    assert [f"{path}::{name}" for path, name in named if name not in _tests(ROOT / path)] == []


def _tests(path: Path) -> set[str]:
    """The names of the functions in it, and no name at all for the file itself."""
    if not path.exists():
        return set()
    return {""} | {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
