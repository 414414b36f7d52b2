"""Ratios, distances and targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import REAL_TIME, Ratio, Spread, Target, measured
from benchmarks.results import as_json, read, read_all
from tests.benchmarks.results import FAST, SLOW, result


def test_a_ratio_is_the_median_of_the_rounds_ratios_and_not_the_ratio_of_medians() -> None:
    row = measured("k", "what", "s", ours=[1.0, 4.0, 9.0], peer=[2.0, 2.0, 3.0])
    assert row.ratio == Spread(median=2.0, lowest=0.5, highest=3.0)
    assert (row.ours, row.peer) == (4.0, 2.0)


@pytest.mark.parametrize(("unit", "ours", "floor"), [("s", 3.0, 1.0), (REAL_TIME, 20.0, 60.0)])
def test_the_distance_says_how_many_times_the_floor_we_need_whatever_the_unit(unit: str, ours: float, floor: float) -> None:
    distance = measured("k", "what", unit, [ours], floor=[floor]).distance
    assert distance is not None
    assert distance.median == 3.0


def test_rounds_of_different_number_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        measured("k", "what", "s", ours=[1.0, 2.0], peer=[1.0])


def test_a_target_is_of_the_ratio_or_of_our_own_figure() -> None:
    assert measured("k", "w", REAL_TIME, [16.0], [10.0], target=Target("at least", 1.6)).met is True
    assert measured("k", "w", REAL_TIME, [15.0], [10.0], target=Target("at least", 1.6)).met is False
    assert measured("k", "w", "s", [2.9], [1.0], target=Target("at most", 3.0, "ours")).met is True


def test_a_target_whose_peer_is_missing_is_neither_met_nor_missed() -> None:
    assert measured("k", "w", REAL_TIME, [16.0], target=Target("at least", 1.6)).met is None
    assert measured("k", "w", REAL_TIME, [16.0]).met is None


def test_a_result_gives_the_ratios_that_another_run_should_give_again() -> None:
    assert list(result(FAST, SLOW).ratios()) == [
        Ratio("engine.best/FunASR", 4.5, True),
        Ratio("engine.best/FunASR over floor", pytest.approx(1.8), False),
        Ratio("http.request/forward", 1.3, False),
        Ratio("http.request/forward over floor", 2.6, False),
    ]


def test_a_result_comes_back_from_its_json_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "engine.json"
    file.write_text(as_json(result()))
    assert "\n" not in file.read_text()
    assert read(file) == result()
    assert read_all(tmp_path) == [result()]
