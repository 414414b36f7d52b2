"""Recordings through the real program: quieter between the words, as loud as they should be, and every moment in its place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from media import cleaning, program
from speech import playable
from speech.audio import SAMPLE_RATE, Stream, decode
from speech.calls import Call
from speech.errors import Cancelled, CleaningFailed, CorruptAudio, DeadlineExceeded
from speech.mixing import Samples
from tests import sounds
from tests.media.children import children, none_within

RATE = SAMPLE_RATE
VOICED, PERIOD = 1.5, 3.0  # s of a voice, and from one to the next


def pieces(samples: NDArray[np.floating], size: int = RATE) -> Iterator[Samples]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size].astype(np.float32)


def cleaned(samples: NDArray[np.floating], size: int = RATE) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *cleaning.clean(pieces(samples, size), Call())])


def dB(samples: NDArray[np.floating]) -> float:  # noqa: N802
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples, dtype=np.float64))) + 1e-12))


def voice(duration: float, level: float) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """Something like speech at `level` dB, and where it is: harmonics that wander, in bursts of syllables."""
    times = np.arange(round(duration * RATE)) / RATE
    wander = 3 * np.sin(2 * np.pi * 4 * times)
    tones = sum(np.sin(2 * np.pi * pitch * times + wander) for pitch in (150, 300, 450, 900, 1800))
    spoken = times % PERIOD < VOICED
    bursts = tones * spoken * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * times))
    return bursts * 10 ** (level / 20) / np.sqrt(np.mean(bursts[spoken] ** 2)), spoken


def between(spoken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The middles of the pauses, from the third on."""
    times = np.arange(len(spoken)) / RATE
    return (times > 2 * PERIOD) & (times % PERIOD > VOICED + 0.5) & (times % PERIOD < PERIOD - 0.3)


@pytest.mark.parametrize("level", [-12.0, -33.0, -60.0])
def test_noise_between_words_is_ten_decibels_lower_and_words_are_as_loud_as_they_should_be(level: float) -> None:
    speech, spoken = voice(24.0, level)
    noisy = speech + np.random.default_rng(1).standard_normal(len(speech)) * 10 ** ((level - 18) / 20)
    result, pauses = cleaned(noisy), between(spoken)
    before, after = (dB(sound[spoken]) - dB(sound[pauses]) for sound in (noisy, result))
    assert after - before > 10
    assert -23 < dB(result[spoken]) < -17
    assert np.abs(result).max() <= 1.0


def test_every_click_stays_where_it_was() -> None:
    track = np.random.default_rng(2).standard_normal(20 * RATE) * 0.001
    places = [round(second * RATE) for second in np.arange(0.5, 19.8, 1.7)]
    track[places] = 0.8
    result = cleaned(track)
    reach = RATE // 10
    found = [place - reach + int(np.argmax(np.abs(result[place - reach : place + reach]))) for place in places]
    assert max(abs(was - now) for was, now in zip(places, found, strict=True)) <= RATE // 1000  # 20 ms were allowed


@pytest.mark.parametrize("duration", [0.05, 1.0, 3.1, 31.0])
@pytest.mark.parametrize("size", [160, 50_001])
def test_the_length_stays_whatever_it_is_and_however_it_comes(duration: float, size: int) -> None:
    track = sounds.tone(duration=duration)[0]
    assert len(cleaned(track, size)) == len(track)


def test_pieces_of_any_size_give_the_same_sound() -> None:
    track = sounds.tone(duration=2.0)[0] + sounds.noise(-50, duration=2.0)[0]
    np.testing.assert_array_equal(cleaned(track, 777), cleaned(track, 16_000))


def test_silence_stays_silence_and_nothing_stays_nothing() -> None:
    assert dB(cleaned(np.zeros(2 * RATE))) < -90
    assert not len(cleaned(np.zeros(0)))


def test_hours_take_no_more_memory_than_minutes() -> None:
    """How many seconds are on their way at once: the measured start and what the program keeps, never the file."""
    taken, given, ahead = 0, 0, 0

    def endless() -> Iterator[Samples]:
        nonlocal taken
        for _ in range(150):
            taken += RATE
            yield sounds.noise(-30, seed=taken)[0]

    for piece in cleaning.clean(endless(), Call()):
        given += len(piece)
        ahead = max(ahead, taken - given)
    assert given == taken == 150 * RATE
    assert ahead < 45 * RATE


def test_who_leaves_takes_the_program_with_him() -> None:
    call, before = Call(), children()
    running = cleaning.clean((sounds.noise(-30)[0] for _ in range(10_000)), call)
    next(running)
    assert children() - before
    call.leave()
    with pytest.raises(Cancelled):
        list(running)
    assert none_within(2.0, before)


def test_who_is_late_is_told_so() -> None:
    before = children()
    with pytest.raises(DeadlineExceeded):
        list(cleaning.clean((sounds.noise(-30)[0] for _ in range(100_000)), Call(seconds=1.0)))
    assert none_within(2.0, before)


def test_who_stops_listening_leaves_nothing_behind() -> None:
    before = children()
    running = cleaning.clean((sounds.noise(-30)[0] for _ in range(10_000)), Call())
    next(running)
    running.close()
    assert none_within(2.0, before)


def test_what_is_wrong_with_the_file_is_said_as_ever() -> None:
    def broken() -> Iterator[Samples]:
        yield from (sounds.noise(-30)[0] for _ in range(40))
        raise CorruptAudio()

    before = children()
    with pytest.raises(CorruptAudio):
        list(cleaning.clean(broken(), Call()))
    assert none_within(2.0, before)


def test_a_program_that_breaks_down_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "program", lambda: "/bin/false")
    with pytest.raises(CleaningFailed):
        cleaned(sounds.tone()[0])


def test_a_program_that_gives_too_little_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "DELAY", 0)
    monkeypatch.setattr(
        cleaning, "arguments", lambda _: ["-f", "f32le", "-ar", "16000", "-i", "pipe:0", "-t", "0.5", "-f", "f32le", "-"]
    )
    with pytest.raises(CleaningFailed):
        cleaned(sounds.tone()[0])


def test_the_player_gets_the_cleaned_sound_beside_the_original() -> None:
    recording = io.BytesIO(sounds.encode(sounds.tone(duration=2.0) * 0.01 + sounds.noise(-60, duration=2.0)))
    stream = cleaning.cleaned(Stream(recording), Call())
    file = io.BytesIO()
    peaks = playable.write(stream, file)
    file.seek(0)
    assert len(decode(file).waveform.samples) == 2 * RATE
    assert max(peaks.of(100)) > 20  # it was at 2
    assert stream.info.duration == 2.0
    assert stream.info.codec == "pcm_s16le"


def test_levels_are_those_of_voices_and_of_what_is_between_them() -> None:
    speech, _ = voice(30.0, -25.0)
    found = cleaning.levels((speech + sounds.noise(-55.0, 30.0)[0]).astype(np.float32))
    assert found.noise == pytest.approx(-55, abs=1)
    assert found.voices == pytest.approx(-25, abs=4)
    assert all(early <= late for early, late in pairwise([found.noise, found.voices]))
