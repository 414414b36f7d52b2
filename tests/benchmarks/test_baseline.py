"""Nothing becomes slower unseen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.baseline import FILE, Baseline, Verdict, compare, main, read
from benchmarks.figures import REAL_TIME, Ratio, Row, measured
from benchmarks.results import as_json
from tests.benchmarks.results import MACHINE, result

BASELINE = Baseline(MACHINE, "2026-01-02T03:04", "two clips", {"speed": 4.0, "cost": 1.0})


def words(*ratios: Ratio) -> list[str]:
    return [verdict.word for verdict in compare(BASELINE, ratios)]


def test_what_lies_within_the_margin_passes_whichever_way_is_better() -> None:
    assert words(Ratio("speed", 3.3, True), Ratio("cost", 1.2, False)) == ["ok", "ok"]
    assert words(Ratio("speed", 9.0, True), Ratio("cost", 0.1, False)) == ["ok", "ok"]


def test_what_is_much_worse_fails_whichever_way_is_better() -> None:
    assert words(Ratio("speed", 3.1, True), Ratio("cost", 1.3, False)) == ["SLOWER", "SLOWER"]


def test_what_is_not_measured_any_more_fails_and_what_is_new_does_not() -> None:
    verdicts = compare(BASELINE, [Ratio("speed", 4.0, True), Ratio("other", 2.0, True)])
    assert [(verdict.key, verdict.word, verdict.fails) for verdict in verdicts] == [
        ("speed", "ok", False),
        ("cost", "NOT MEASURED", True),
        ("other", "new", False),
    ]
    assert verdicts[2] == Verdict("other", None, 2.0, None)


def speed(times: float) -> Row:
    return measured("engine.best/FunASR", "clips", REAL_TIME, [times], [1.0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "engine.json").write_text(as_json(result(speed(4.0))))
    return tmp_path / "results"


def test_recorded_ratios_pass_when_they_are_measured_again_and_fail_when_they_fall(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = folder.parent / "baseline.json"
    options = [str(folder), "--baseline", str(baseline)]
    assert main(["record", *options]) == 0
    assert read(baseline).ratios == {"engine.best/FunASR": 4.0}
    assert main(["compare", *options]) == 0
    (folder / "engine.json").write_text(as_json(result(speed(3.0))))
    capsys.readouterr()
    assert main(["compare", *options]) == 1
    shown = capsys.readouterr().out
    assert "| engine.best/FunASR | 4.00     | 3.00 | 1.33        | SLOWER |" in shown
    assert "25%" in shown


def test_another_machine_and_other_audio_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = folder.parent / "baseline.json"
    main(["record", str(folder), "--baseline", str(baseline)])
    elsewhere = replace(result(speed(4.0)), machine=replace(MACHINE, cpu="Another"), audio="birds")
    (folder / "engine.json").write_text(as_json(elsewhere))
    main(["compare", str(folder), "--baseline", str(baseline)])
    shown = capsys.readouterr().out
    assert "recorded on another machine (Example 9000, 2 cores" in shown
    assert "recorded over other audio (two clips)" in shown


def test_an_empty_baseline_says_how_to_record_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = folder.parent / "baseline.json"
    empty.write_text('{"machine": null, "when": "", "audio": "", "ratios": {}}')
    assert main(["compare", str(folder), "--baseline", str(empty)]) == 0
    assert "make bench-record" in capsys.readouterr().out


def test_no_results_are_no_success(tmp_path: Path) -> None:
    assert main(["compare", str(tmp_path)]) == 2


def test_the_baseline_of_the_project_can_be_read() -> None:
    assert isinstance(read(FILE), Baseline)
