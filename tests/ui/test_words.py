from __future__ import annotations

import re
from pathlib import Path

import pytest

from speech import errors
from speech.labels import STYLES
from speech.transcriber import State
from speech.transcript import Emotion, Event, Language
from ui.i18n import TONGUES, WORDS, word
from ui.listening import Phase
from ui.options import OFFERED

STATIC = Path(__file__).parents[2] / "ui" / "static"
SOURCES = [*STATIC.glob("*.js"), *STATIC.glob("*.html"), *STATIC.parent.glob("*.py")]
CODE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name not in ("i18n.py", "faults.py"))


def leaves(kind: type[errors.SpeechError]) -> list[type[errors.SpeechError]]:
    return [kind, *(leaf for below in kind.__subclasses__() for leaf in leaves(below))]


def test_every_word_is_written_in_chinese_and_most_in_english() -> None:
    for key in WORDS:
        assert word(key, "zh"), key
        assert word(key, "en") or key.startswith("error."), key


def test_both_languages_fill_in_the_same_places() -> None:
    for key, (zh, en) in WORDS.items():
        assert not en or set(re.findall(r"\{\w+\}", zh)) == set(re.findall(r"\{\w+\}", en)), key


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("emotion", [*Emotion]),
        ("event", [*Event]),
        ("language", [*Language, "auto"]),
        ("short", [*Language]),
        ("labels", [*STYLES, "own", *OFFERED]),
        ("state", [*State]),
    ],
)
def test_every_value_has_a_word(prefix: str, names: list[str]) -> None:
    assert not [name for name in names if f"{prefix}.{name}" not in WORDS]


def test_every_fault_of_a_request_has_a_chinese_sentence() -> None:
    """Faults of the checkpoint never reach a request: they are told by the engine's state."""
    kinds = [kind for base in (errors.AudioError, errors.RequestError, errors.ServiceError) for kind in leaves(base)]
    codes = {kind.code for kind in kinds if not issubclass(kind, errors.CheckpointError)}
    assert not [code for code in codes if f"error.{code}" not in WORDS]


def test_every_word_that_is_asked_for_exists() -> None:
    asked = re.findall(r"""\b(?:t|first|complain)\(\s*"([\w.-]+)[",)]""", CODE) + re.findall(r'data-word="([\w.-]+)"', CODE)
    assert len(asked) > 40
    assert not [key for key in asked if not key.endswith(".") and key not in WORDS]


def test_no_word_is_left_over() -> None:
    grown = (
        "emotion",
        "event",
        "language",
        "short",
        "labels",
        "state",
        "error",
        "warning",
        "tab",
        "option",
        "remedy",
        "limit",
        "away",
        "alert",
        "filter",
        "next",
        "job",
        "count",
        "do",
    )
    grown += tuple(f"progress.{phase}" for phase in Phase)
    whole = [key for key in WORDS if not {key, key.split(".")[0]} & set(grown) and not key.endswith(".placeholder")]
    left = [key for key in whole if key not in CODE]
    assert not left


def test_there_are_two_languages() -> None:
    assert {len(words) for words in WORDS.values()} == {len(TONGUES)}


def test_the_scripts_never_read_data_as_html() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path.name


def test_templates_hold_no_data_and_name_no_other_host() -> None:
    for path in [*STATIC.glob("*.html"), *STATIC.glob("*.css"), *STATIC.glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!\$)", text), path.name
        assert path.suffix != ".html" or not re.search(r"\$\{|`|\{\{", text), path.name
