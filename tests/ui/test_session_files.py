from __future__ import annotations

import wave
from pathlib import Path

import pytest

from speech.audio import Stream
from speech.errors import FileTooLarge, InvalidParameter, UndecodableAudio
from speech.labels import EN, PLAIN, Labels
from tests.sounds import encode, noise
from ui.files import N_PEAKS, open_file
from ui.options import ConsoleOptions
from ui.uploads import Choice


def choice(path: Path, content: bytes) -> Choice:
    path.write_bytes(content)
    return Choice(path, path.name)


def test_an_opened_file_can_be_drawn_and_played(tmp_path: Path) -> None:
    sound = encode(noise(-20, 3.0, rate=48_000), rate=48_000)
    opened = open_file(choice(tmp_path / "a.wav", sound), Stream, 10**7, tmp_path / "cache")
    with wave.open(str(opened.sound)) as played:
        assert (played.getframerate(), played.getnchannels()) == (16_000, 1)
        assert played.getnframes() == pytest.approx(48_000, abs=2)
    assert len(opened.peaks) == N_PEAKS
    assert opened.info.rate == 48_000


def test_each_session_file_lies_where_nobody_can_guess(tmp_path: Path) -> None:
    picked = choice(tmp_path / "a.wav", encode(noise(-20, 1.0)))
    first, second = (open_file(picked, Stream, 10**7, tmp_path).sound for _ in range(2))
    assert first.parent != second.parent
    assert len(first.parent.name) == 32


def test_limits_hold_and_faults_have_names(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge):
        open_file(choice(tmp_path / "a.wav", encode(noise(-20, 1.0))), Stream, 1000, tmp_path)
    with pytest.raises(UndecodableAudio):
        open_file(choice(tmp_path / "a.txt", b"hello " * 50), Stream, 10**7, tmp_path)


def test_the_same_bytes_have_the_same_key_whatever_their_name(tmp_path: Path) -> None:
    one, other = encode(noise(-20, 1.0)), encode(noise(-30, 1.0))
    picked = [choice(tmp_path / name, content) for name, content in (("a.wav", one), ("b.wav", one), ("c.wav", other))]
    first, second, third = (open_file(each, Stream, 10**7, tmp_path).key for each in picked)
    assert first == second != third


def test_a_table_of_one_s_own_is_offered_beside_the_built_in_styles() -> None:
    own = Labels({}, {}, emotion_last=True)
    assert ConsoleOptions(labels="emoji").style == "emoji"
    assert ConsoleOptions(labels=EN).style == "en"
    assert ConsoleOptions(labels=own).style == "own"
    assert ConsoleOptions(labels=own).styles["own"] is own
    assert [*ConsoleOptions(labels=PLAIN).styles] == ["zh", "en", "emoji", "plain"]
    with pytest.raises(InvalidParameter):
        ConsoleOptions(labels="klingon")
