"""Tables and pictures out of results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.figures import measured
from benchmarks.report import BEGIN, COST, END, PAGE, THROUGHPUT, draw, filled, measured_part
from benchmarks.tables import aligned, number, table, text
from tests.benchmarks.results import FAST, SLOW, result


def test_a_row_shows_peer_ours_ratio_target_and_floor() -> None:
    header, ruler, row = table([FAST]).splitlines()
    assert [cell.strip() for cell in header.split("|")[1:-1]] == [
        *("what", "peer", "ours", "ratio", "target", "floor", "over the floor")
    ]
    assert set(ruler) == {"|", "-"}
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        *("clips", "10.0 x real time", "45.0 x real time", "4.50 (4.00 to 5.00)"),
        *("at least 4.00 x: met", "80.0 x real time", "1.80 x"),
    ]
    assert len({len(line) for line in (header, ruler, row)}) == 1


def test_what_misses_its_target_is_seen_and_what_has_no_peer_leaves_it_empty() -> None:
    assert "at most 1.15 x: MISSED" in table([SLOW])
    assert "|      |" in table([measured("k", "what", "s", [1.0])])


def test_the_terminal_names_the_machine_the_checkpoint_the_audio_and_who_was_skipped() -> None:
    shown = text(result(skipped=("sherpa-onnx: not given",)))
    for part in (
        "engine (quick)",
        "Example 9000, 2 cores",
        "random",
        "two clips",
        "int8 900 billion",
        "skipped:    sherpa-onnx: not given",
    ):
        assert part in shown


def test_numbers_keep_three_digits() -> None:
    assert [number(value) for value in (1234.5, 45.67, 0.123)] == ["1234", "45.7", "0.12"]
    assert aligned([("a", "b"), ("long", "c")]).splitlines()[1] == "|------|---|"


def test_only_what_lies_between_the_marks_is_replaced() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert filled(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert filled(filled(page, "new"), "newer") == filled(page, "newer")


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="has no"):
        filled("a page", "new")


def test_the_projects_page_has_the_marks() -> None:
    assert "| clips" in filled(PAGE.read_text("utf-8"), measured_part([result()], []))


def test_the_measured_part_has_machine_date_tables_and_pictures() -> None:
    part = measured_part([result(skipped=("sherpa-onnx: not given",))], [COST])
    for words in (
        "![Cost against length](images/",
        "### The engine alone",
        "2026-01-02 03:04, the quick version",
        "Example 9000",
    ):
        assert words in part
    assert "Skipped: sherpa-onnx: not given." in part
    assert f"{table(result().rows)}" in part


def test_pictures_are_drawn_of_what_there_is(tmp_path: Path) -> None:
    assert draw([replace(result(), series=())], tmp_path) == []
    assert draw([result()], tmp_path) == [COST, THROUGHPUT]
    for name in (COST, THROUGHPUT):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
