from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sensevoice.features import N_MELS, RATE, Cmvn, Floats, extract, fbank, pad, stack

WIDTH = 560


def cmvn(shift: float = 0.0, scale: float = 1.0) -> Cmvn:
    return Cmvn(np.full(WIDTH, shift, np.float32), np.full(WIDTH, scale, np.float32))


def sound(n_samples: int, seed: int = 0) -> Floats:
    return (np.random.default_rng(seed).standard_normal(n_samples) * 0.1).astype(np.float32)


def stack_slowly(mels: Floats) -> list[list[float]]:
    """Frame i is the mels 6i-3 to 6i+3, the first and the last standing for what lies outside."""
    last = len(mels) - 1
    return [
        [value for at in range(6 * i - 3, 6 * i + 4) for value in mels[min(max(at, 0), last)].tolist()]
        for i in range(-(-len(mels) // 6))
    ]


@given(st.integers(1, 50))
def test_stacking_is_seven_frames_around_every_sixth(n_frames: int) -> None:
    mels = np.arange(n_frames * N_MELS, dtype=np.float32).reshape(n_frames, N_MELS)
    assert stack(mels).tolist() == stack_slowly(mels)


def test_nothing_stacks_to_nothing() -> None:
    assert stack(np.zeros((0, N_MELS), np.float32)).shape == (0, WIDTH)


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(0, 0), (1, 0), (2, 1), (399, 1), (400, 1), (559, 1), (560, 2), (16_000, 98)]
)
def test_a_mel_frame_is_25_ms_every_10_ms(n_samples: int, n_frames: int) -> None:
    assert fbank(sound(n_samples)).shape == (n_frames, N_MELS)


def test_every_short_clip_gives_finite_frames() -> None:
    for n_samples in range(0, 401, 7):
        assert np.isfinite(extract(sound(n_samples), cmvn())).all()


@pytest.mark.parametrize("samples", [np.zeros(RATE, np.float32), np.ones(RATE, np.float32), -np.ones(RATE, np.float32)])
def test_silence_and_full_scale_give_finite_frames(samples: Floats) -> None:
    assert np.isfinite(fbank(samples)).all()


def test_the_same_sound_gives_the_same_frames() -> None:
    assert np.array_equal(extract(sound(RATE), cmvn()), extract(sound(RATE), cmvn()))


def test_twice_as_loud_is_log_4_more_in_every_band() -> None:
    assert fbank(2 * sound(RATE)) - fbank(sound(RATE)) == pytest.approx(np.log(4), abs=1e-3)


def test_a_high_tone_is_loud_in_a_high_band() -> None:
    def loudest(frequency: float) -> int:
        tone = np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE).astype(np.float32)
        return int(fbank(tone).mean(0).argmax())

    assert loudest(200) < loudest(1000) < loudest(4000)


def test_normalisation_shifts_and_then_scales() -> None:
    plain = extract(sound(RATE), cmvn())
    assert extract(sound(RATE), cmvn(shift=-8.0, scale=0.5)) == pytest.approx((plain - 8) * 0.5)


def test_a_batch_holds_every_clip_and_zeros_behind_it() -> None:
    clips = [np.full((n, WIDTH), n, np.float32) for n in (3, 0, 5)]
    batch, lengths = pad(clips)
    assert batch.shape == (3, 5, WIDTH)
    assert lengths.tolist() == [3, 0, 5]
    assert all(
        np.array_equal(row[: len(clip)], clip) and not row[len(clip) :].any() for row, clip in zip(batch, clips, strict=True)
    )


def test_kaldis_file_of_means_and_variances_is_read(tmp_path: Path) -> None:
    file = tmp_path / "am.mvn"
    file.write_text(
        "<Nnet>\n<Splice> 3 3\n[ 0 ]\n<AddShift> 3 3\n<LearnRateCoef> 0 [ -1.5 2 3e-1 ]\n"
        "<Rescale> 3 3\n<LearnRateCoef> 0 [ 0.5 0.25 1 ]\n</Nnet>\n"
    )
    read = Cmvn.read(file)
    assert read.shift.tolist() == pytest.approx([-1.5, 2, 0.3])
    assert read.scale.tolist() == [0.5, 0.25, 1]
