from __future__ import annotations

from pathlib import Path

import pytest

from speech.errors import MissingFile, PathNotAllowed
from ui.samples import Sample
from ui.uploads import Choice, choose, stem, uploaded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "uploads" / "abc").mkdir(parents=True)
    (tmp_path / "uploads" / "abc" / "talk.mp3").write_bytes(b"x")
    (tmp_path / "secret.wav").write_bytes(b"x")
    return tmp_path / "uploads"


def test_an_upload_is_chosen(folder: Path) -> None:
    path = folder / "abc" / "talk.mp3"
    assert choose({"path": str(path), "turn": 1}, [], folder) == Choice(path.resolve(), "talk.mp3")


def test_a_sample_is_chosen_by_its_name_alone(folder: Path) -> None:
    sample = Sample(folder.parent / "secret.wav", {"zh": "x", "en": "x"}, "zh")
    assert choose({"sample": "secret.wav"}, [sample], folder).path == sample.path
    for name in ("../secret.wav", str(sample.path), "other.wav", None, ["secret.wav"]):
        with pytest.raises(PathNotAllowed):
            choose({"sample": name}, [sample], folder)


@pytest.mark.parametrize("posted", [None, {}, "", []])
def test_nothing_chosen_is_said_so(folder: Path, posted: object) -> None:
    with pytest.raises(MissingFile):
        choose(posted, [], folder)


@pytest.mark.parametrize("posted", ["/etc/passwd", {"path": None}, {"path": 3}, {"name": "x"}, [1], 7])
def test_what_is_no_choice_is_refused(folder: Path, posted: object) -> None:
    with pytest.raises(PathNotAllowed):
        choose(posted, [], folder)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "/proc/self/environ",
        "../secret.wav",
        "abc/../../secret.wav",
        "abc",
        "",
        ".",
        "gone.wav",
        "a\0b",
        "x" * 5000,
    ],
)
def test_only_files_below_the_upload_folder_are_read(folder: Path, name: str) -> None:
    with pytest.raises(PathNotAllowed):
        uploaded(str(folder / name) if name else "", folder)


def test_a_link_out_of_the_folder_is_followed_and_refused(folder: Path) -> None:
    (folder / "link.wav").symlink_to(folder.parent / "secret.wav")
    with pytest.raises(PathNotAllowed):
        uploaded(str(folder / "link.wav"), folder)


def test_a_folder_beside_the_uploads_with_the_same_beginning_is_refused(folder: Path) -> None:
    (folder.parent / "uploads-old").mkdir()
    (folder.parent / "uploads-old" / "a.wav").write_bytes(b"x")
    with pytest.raises(PathNotAllowed):
        uploaded(str(folder.parent / "uploads-old" / "a.wav"), folder)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("interview.m4a", "interview"),
        ("我的 录音.final.wav", "我的_录音.final"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.wav", "a"),
        ('a"b;\r\nX: y.wav', "a_b_X_y"),
        ("<img src=x onerror=alert(1)>.wav", "img_src_x_onerror_alert_1"),
        ("con.wav", "_con"),
        ("LPT1.mp3", "_LPT1"),
        (".wav", "wav"),
        ("...", "transcript"),
        ("‮gpj.wav", "gpj"),
        ("noending", "noending"),
        ("x" * 300 + ".wav", "x" * 80),
    ],
)
def test_exports_have_harmless_names(name: str, safe: str) -> None:
    assert stem(name) == safe
