"""The soak in short: one round of all that is asked, over an engine without weights, and what is seen of it."""

from __future__ import annotations

import pytest

from benchmarks import servers, soak
from benchmarks.soak import Look, Soaked


def test_one_round_of_everything_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "EVERY", 10)
    monkeypatch.setattr(soak, "SEATS", 5)
    with servers.echo(0.0, {}) as server:
        seen = soak.soak(server, len(soak.ACTS), rest=1.0)
    assert (seen.warm.after, seen.end.after) == (10, len(soak.ACTS)) or seen.warm.after == 0
    assert seen.left == 0
    assert abs(seen.end.descriptors - seen.warm.descriptors) <= 15
    assert seen.end.memory > 50e6


def test_the_slope_is_of_what_came_when_it_was_warm() -> None:
    looks = tuple(Look(after, 10**9 if after < 100 else 10**6 + 5 * after, 20, 9) for after in range(0, 400, 25))
    seen = Soaked(looks, warm=Look(100, 10**6, 20, 9), end=Look(400, 10**6 + 2000, 26, 9), left=0, seconds=1.0)
    rows = {row.key: row for row in soak.rows(seen)}
    assert rows["slope"].ours == pytest.approx(0.005)
    assert (rows["slope"].met, rows["descriptors"].met, rows["threads"].met) == (True, False, True)
