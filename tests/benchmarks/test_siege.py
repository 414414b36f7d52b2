"""The siege in short: the same steps on the real server, and what each would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import siege
from tests.server import ECHO, serving


@pytest.mark.alone
def test_a_short_siege_is_withstood_and_what_is_not_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siege, "SILENCE", 2.0)
    size = siege.Size(opus=800, flac=800, passers=40, requests=60, silent=8)
    with serving(tmp_path, ECHO, LIMITS__SILENCE="2", LIMITS__LONGEST="600") as server:
        rows = {row.key: row for row in siege.besieged(server, size)}
        with pytest.raises(RuntimeError, match="bomb was answered with 200"):
            siege.bombs(server, siege.Size(opus=60, flac=60))
    assert set(rows) == {"bomb", "bomb_memory", "passers", "log", "bad_memory", "silent", "beside"}
    for name in ("bomb_memory", "passers", "log", "bad_memory", "silent"):
        assert rows[name].met, rows[name]
