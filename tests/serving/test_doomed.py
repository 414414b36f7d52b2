"""A model that does not load: whether the process ends or says why depends on whether another try could help."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.server import started

FAILING = """
import sys, app
from settings import Settings
from speech.errors import CheckpointCorrupt, HubUnreachable
app.mount_console = lambda *_: (frozenset(), frozenset())
def load(say):
    raise {}
app.serve(Settings(port=int(sys.argv[-1])), load)
"""


def test_a_model_that_can_never_load_ends_the_process_with_one_line(tmp_path: Path) -> None:
    with started(tmp_path, (sys.executable, "-c", FAILING.format("CheckpointCorrupt('model.pt', 'it is cut off')"))) as server:
        assert server.process.wait(60) == 1
    assert (
        server.log.read_text()
        .splitlines()[-1]
        .endswith("model.pt is not the file it should be: it is cut off. Delete it and download it again.")
    )
    assert not list(server.temporary.iterdir())


def test_one_that_may_load_another_time_is_waited_for_and_says_why(tmp_path: Path) -> None:
    with started(tmp_path, (sys.executable, "-c", FAILING.format("HubUnreachable('hf', 'no route')"))) as server:
        ends = time.monotonic() + 60
        while "the engine could not be loaded" not in server.log.read_text():
            assert time.monotonic() < ends
            time.sleep(0.1)
        time.sleep(0.5)
        assert server.get("/livez").status_code == 200
        assert "no route" in server.get("/readyz").json()["detail"]
        assert server.end() == 0
