"""Results that were never measured."""

from __future__ import annotations

from benchmarks.figures import REAL_TIME, Rate, Result, Row, Series, Target, measured
from benchmarks.machine import Machine

MACHINE = Machine("Example 9000", 2, 24.0, ("avx512_vnni",), "Linux x86_64", ("Python 3.11.0",))
FAST = measured("engine.best/FunASR", "clips", REAL_TIME, [40.0, 50.0], [10.0, 10.0], [80.0, 80.0], Target("at least", 4.0))
SLOW = measured("http.request/forward", "request", "ms", [130.0], [100.0], [50.0], Target("at most", 1.15))


def result(*rows: Row, benchmark: str = "engine", skipped: tuple[str, ...] = ()) -> Result:
    return Result(
        benchmark=benchmark,
        when="2026-01-02T03:04",
        quick=True,
        machine=MACHINE,
        checkpoint="random",
        audio="two clips",
        rows=rows or (FAST, SLOW),
        rates=(Rate("int8", 900.0),),
        series=(
            Series("clips", "ours", (1.0, 30.0), (9.0, 7.0)),
            Series("recordings", "ours", (60.0, 3600.0), (8.0, 8.0)),
            Series("clients", "Earshot", (1.0, 16.0), (20.0, 40.0)),
        ),
        skipped=skipped,
    )
