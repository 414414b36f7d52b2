"""The folder of a process: what stays in it, for how long, and what becomes of one that nobody holds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.storage import Storage, held, in_use, sweep
from speech.errors import StorageUnavailable


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with held(Storage(tmp_path)) as begun:
        yield begun


def aged(path: Path, seconds: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sound")
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def later(storage: Storage, seconds: float) -> None:
    """The change time of a file cannot be set: the clock goes on instead."""
    storage.tidy(time.time() + seconds)


def test_temporary_files_lie_in_a_folder_that_is_nobody_elses(storage: Storage) -> None:
    assert storage.folder.stat().st_mode & 0o777 == 0o700
    assert storage.console.stat().st_mode & 0o777 == 0o700
    with tempfile.NamedTemporaryFile() as spooled:
        assert Path(spooled.name).parent == storage.folder
    assert os.environ["GRADIO_TEMP_DIR"] == str(storage.console)


def test_nothing_is_left_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    with held(Storage(tmp_path)) as storage:
        aged(storage.console / "upload" / "a.wav", 0)
    assert not list(tmp_path.iterdir())
    assert "GRADIO_TEMP_DIR" not in os.environ
    assert tempfile.gettempdir() != str(storage.folder)


def test_what_is_too_old_goes_and_what_is_not_stays(storage: Storage) -> None:
    upload, stray = aged(storage.console / "one" / "a.wav", 0), aged(storage.folder / "stray", 0)
    later(storage, 300)
    assert (upload.exists(), stray.exists()) == (True, True)
    later(storage, 700)
    assert (upload.exists(), stray.exists()) == (True, False)
    later(storage, 3700)
    assert not upload.exists()
    later(storage, 3700)
    assert not upload.parent.exists()
    assert storage.console.is_dir()


def test_what_is_open_stays_in_this_process_and_in_its_children(storage: Storage) -> None:
    own, childs = aged(storage.folder / "own", 0), aged(storage.folder / "childs", 0)
    hold = "import sys; file = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", hold, str(childs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin
    assert child.stdout
    child.stdout.readline()
    with own.open():
        assert in_use(storage.folder) == {own, childs}
        later(storage, 9999)
        assert (own.exists(), childs.exists()) == (True, True)
    child.communicate()
    later(storage, 9999)
    assert (own.exists(), childs.exists()) == (False, False)


def test_a_folder_that_was_removed_is_made_anew_with_its_lock(storage: Storage) -> None:
    subprocess.run(["rm", "-rf", *map(str, storage.folder.parent.iterdir())], check=True)
    storage.ensure()
    assert storage.folder.stat().st_mode & 0o777 == 0o700
    sweep(storage.folder.parent)
    assert storage.folder.is_dir()


def test_a_place_that_cannot_be_used_is_named_until_it_can(tmp_path: Path) -> None:
    parent = tmp_path / "temporary"
    parent.mkdir()
    with held(Storage(parent)) as storage:
        subprocess.run(["rm", "-rf", str(parent)], check=True)
        parent.touch()
        with pytest.raises(StorageUnavailable):
            storage.ensure()
        parent.unlink()
        storage.ensure()
        assert storage.console.is_dir()


def test_a_folder_that_cannot_be_written_is_unavailable(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # as root sees it of a disk that is read-only
    with pytest.raises(StorageUnavailable):
        storage.ensure()


def test_only_what_nobody_holds_is_swept(tmp_path: Path) -> None:
    begin = "import sys, pathlib, serving.storage as s; s.Storage(pathlib.Path(sys.argv[1])).begin(); print(flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", begin, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    sweep(tmp_path)
    assert folder.exists()
    other.kill()
    other.communicate()
    sweep(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_link_that_somebody_left_leads_nowhere(tmp_path: Path) -> None:
    precious = aged(tmp_path / "precious" / "file", 0)
    (tmp_path / "earshot-0.lock").touch()
    (tmp_path / "earshot-0").symlink_to(precious.parent)
    (tmp_path / "earshot-1.lock").symlink_to(precious)
    sweep(tmp_path)
    assert precious.exists()
