"""What may be heard of the server's own folders, and what not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from keeping.folders import Folders
from speech.errors import PathNotAllowed
from speech.jobs import FolderFile, JobState

from .conftest import ASK, Keepers, ended, sound


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    root = tmp_path / "calls"
    (root / "2026").mkdir(parents=True)
    (root / "2026" / "一.wav").write_bytes(sound().read())
    (root / "notes.txt").write_text("no sound")
    (root / ".hidden.wav").write_bytes(b"x")
    (root / ".git").mkdir()
    (root / ".git" / "a.wav").write_bytes(b"x")
    (tmp_path / "secret.wav").write_bytes(b"x")
    (root / "out.wav").symlink_to(tmp_path / "secret.wav")
    (root / "up").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.wav")
    return root


def test_audio_below_a_folder_is_listed_and_nothing_else(calls: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "calls"
    other.mkdir(parents=True)
    (other / "b.mp3").write_bytes(b"12345")
    listing = Folders([calls, other]).listing()
    size = (calls / "2026" / "一.wav").stat().st_size
    assert listing.files == (FolderFile("calls/2026/一.wav", size), FolderFile("calls-2/b.mp3", 5))
    assert listing.whole
    assert Folders([]).listing().files == ()
    assert not Folders([calls, other]).listing(most=1).whole


@pytest.mark.parametrize(
    "name",
    [
        "",
        "calls",
        "calls/",
        "calls/notes.txt",
        "calls/.hidden.wav",
        "calls/.git/a.wav",
        "calls/out.wav",
        "calls/up/secret.wav",
        "calls/pipe.wav",
        "calls/../secret.wav",
        "calls/2026/../../secret.wav",
        "calls//2026/一.wav",
        "calls/2026/../2026/一.wav",
        "other/2026/一.wav",
        "/etc/passwd",
        "calls//etc/passwd",
        "calls/2026/nothing.wav",
        "calls/2026",
        "calls/\0.wav",
        "calls/" + "a" * 5000 + ".wav",
    ],
)
def test_what_is_not_listed_is_not_found(calls: Path, name: str) -> None:
    with pytest.raises(PathNotAllowed):
        Folders([calls]).find(name)


def test_a_file_is_heard_where_it_lies_and_outlives_its_job(calls: Path, keepers: Keepers) -> None:
    keeper = keepers(folders=(calls,))
    job = ended(keeper, keeper.take("calls/2026/一.wav", ASK).id)
    assert (job.state, job.name) == (JobState.DONE, "一.wav")
    assert keeper.audio(job.id) == calls / "2026" / "一.wav"
    keeper.peaks(job.id, 3)
    keeper.delete(job.id)
    assert (calls / "2026" / "一.wav").exists()


def test_a_file_that_is_not_ours_can_be_heard_again_as_long_as_its_job_is_kept(calls: Path, keepers: Keepers) -> None:
    for kept in (0.0, 10.0):
        keeper = keepers(folders=(calls,), sound=kept)
        job = ended(keeper, keeper.take("calls/2026/一.wav", ASK).id)
        keeper._store._clock = lambda: time.time() + 60
        keeper._store.sweep()
        keeper.retry(job.id)
        assert ended(keeper, job.id).state is JobState.DONE
        keeper.stop()


def test_a_file_that_became_a_link_is_not_heard(calls: Path, keepers: Keepers, tmp_path: Path) -> None:
    keeper = keepers(start=False, folders=(calls,))
    job = keeper.take("calls/2026/一.wav", ASK)
    (calls / "2026" / "一.wav").unlink()
    (calls / "2026" / "一.wav").symlink_to(tmp_path / "secret.wav")
    keeper.start()
    failed = ended(keeper, job.id)
    assert failed.trouble is not None
    assert failed.trouble.code == "path_not_allowed"
