from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.audio import Waveform, decode
from speech.playable import TICK, Peaks, wav_bytes, write


def peaks(samples: np.ndarray[tuple[int], np.dtype[np.float32]], n: int) -> list[int]:
    found = Peaks()
    found.add(samples)
    return found.of(n)


@pytest.mark.parametrize(
    ("ticks", "n", "expected"),
    [
        ([0.0, 0.5, -1.0, 0.25], 2, [128, 255]),
        ([0.0, 0.5, -1.0, 0.25], 4, [0, 128, 255, 64]),
        ([1.0, 0.0], 4, [255, 255, 0, 0]),
        ([], 3, [0, 0, 0]),
    ],
)
def test_peaks_are_the_loudest_of_each_stretch(ticks: list[float], n: int, expected: list[int]) -> None:
    samples = np.zeros(len(ticks) * TICK, np.float32)
    samples[3::TICK] = ticks
    assert peaks(samples, n) == expected


@given(st.lists(st.integers(0, 4 * TICK), max_size=8))
def test_peaks_do_not_depend_on_how_the_samples_come(cuts: list[int]) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, 4 * TICK + 5).astype(np.float32)
    found = Peaks()
    for start, end in pairwise([0, *sorted(cuts), len(samples)]):
        found.add(samples[start:end])
    assert found.of(5) == peaks(samples, 5)
    assert found.of(5)[-1] == round(float(np.abs(samples[-5:]).max()) * 255)


def test_a_wav_comes_back_as_it_went_in() -> None:
    values = np.random.default_rng(0).integers(-(2**15), 2**15, 200_000, np.int16)
    waveform = Waveform((values / 2**15).astype(np.float32))
    assert np.array_equal(decode(io.BytesIO(wav_bytes(waveform))).waveform.samples, waveform.samples)


def test_full_scale_does_not_wrap_around_in_a_wav() -> None:
    played = decode(io.BytesIO(wav_bytes(Waveform(np.array([1.0, -1.0] * 2_000, np.float32))))).waveform.samples
    assert float(played.max()) == pytest.approx(1.0, abs=1e-4)
    assert float(played.min()) == -1.0


def test_a_recording_in_pieces_is_one_file_with_its_peaks() -> None:
    whole = np.random.default_rng(0).uniform(-0.5, 0.5, 48_000).astype(np.float32)
    file = io.BytesIO()
    found = write(iter(np.split(whole, [7, 20_000])), file)
    assert file.getvalue() == wav_bytes(Waveform(whole))
    assert found.of(10) == peaks(whole, 10)
