from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from speech.errors import MissingFile, PathNotAllowed
from ui.samples import Sample
from ui.uploads import Choice, bare, choose, stem

TALK = Choice(Path("/uploads/1234"), "talk.mp3")


def sent(token: str) -> Choice:
    if token != "the-token":
        raise MissingFile()
    return TALK


def test_an_upload_is_chosen_by_its_token() -> None:
    chosen = choose({"token": "the-token", "turn": 1}, [], sent)
    assert chosen == replace(TALK, posted={"token": "the-token"})
    with pytest.raises(MissingFile):
        choose({"token": "another", "turn": 1}, [], sent)


def test_a_sample_is_chosen_by_its_name_alone(tmp_path: Path) -> None:
    sample = Sample(tmp_path / "secret.wav", {"zh": "x", "en": "x"}, "zh")
    assert choose({"sample": "secret.wav"}, [sample], sent).path == sample.path
    for name in ("../secret.wav", str(sample.path), "other.wav", None, ["secret.wav"]):
        with pytest.raises(PathNotAllowed):
            choose({"sample": name}, [sample], sent)


@pytest.mark.parametrize("posted", [None, {}, "", []])
def test_nothing_chosen_is_said_so(posted: object) -> None:
    with pytest.raises(MissingFile):
        choose(posted, [], sent)


@pytest.mark.parametrize(
    "posted", ["/etc/passwd", {"path": "/etc/passwd"}, {"path": str(TALK.path)}, {"token": 3}, {"name": "x"}, [1], 7]
)
def test_what_is_no_choice_is_refused(posted: object) -> None:
    with pytest.raises(PathNotAllowed):
        choose(posted, [], sent)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("talk.mp3", "talk.mp3"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.wav", "a.wav"),
        ('a"b;\r\nX: y.wav', 'a"b;X: y.wav'),
        ("a\0b.wav", "ab.wav"),
        ("", "audio"),
        ("x" * 4000, "x" * 255),
        ("我的录音.wav", "我的录音.wav"),
    ],
)
def test_a_file_is_known_by_its_last_name(name: str, shown: str) -> None:
    assert bare(name) == shown


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
