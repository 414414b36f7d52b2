"""How jobs are set in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app import keeping
from settings import Settings


@pytest.mark.usefixtures("nothing_of_this_machine")
def test_the_environment_sets_what_jobs_may(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert keeping(Settings()).home == tmp_path / "home" / "jobs"
    assert keeping(Settings()).folders == keeping(Settings()).webhook.hosts == ()
    monkeypatch.setenv("EARSHOT_FOLDERS", "/srv/calls, /srv/talks")
    monkeypatch.setenv("EARSHOT_JOBS__WEBHOOK_HOSTS", "inner:9000,example.com")
    monkeypatch.setenv("EARSHOT_JOBS__KEPT", "0")
    with pytest.raises(ValidationError, match="webhook_secret"):
        Settings()
    monkeypatch.setenv("EARSHOT_JOBS__WEBHOOK_SECRET", "a secret of enough letters")
    found = keeping(Settings())
    assert found.folders == (Path("/srv/calls"), Path("/srv/talks"))
    assert (found.webhook.hosts, found.webhook.secret) == (("inner:9000", "example.com"), b"a secret of enough letters")
    assert found.sound == 0.0
    assert "letters" not in repr(found)
