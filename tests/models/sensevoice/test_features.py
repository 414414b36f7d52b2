from __future__ import annotations

from pathlib import Path

import kaldi_native_fbank as knf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sensevoice.features import N_MELS, RATE, Cmvn, Fbank, Floats, Frontend, stacking

WIDTH = 560


def cmvn(shift: float = 0.0, scale: float = 1.0) -> Cmvn:
    return Cmvn(np.full(WIDTH, shift, np.float32), np.full(WIDTH, scale, np.float32))


def fbank(samples: Floats) -> Floats:
    mels, (count,) = Fbank()([samples])
    assert count == len(mels)
    return mels.numpy()


def extract(samples: Floats, normalisation: Cmvn | None = None) -> Floats:
    frames, (count,) = Frontend(normalisation or cmvn())([samples])
    assert count == len(frames)
    return frames.numpy()


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
    assert mels[stacking(n_frames)].reshape(-1, WIDTH).tolist() == stack_slowly(mels)


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(0, 1), (1, 1), (2, 1), (399, 1), (400, 1), (559, 1), (560, 2), (16_000, 98)]
)
def test_a_mel_frame_is_25_ms_every_10_ms(n_samples: int, n_frames: int) -> None:
    assert fbank(sound(n_samples)).shape == (n_frames, N_MELS)


def test_every_short_clip_gives_finite_frames() -> None:
    for n_samples in range(0, 401, 7):
        assert np.isfinite(extract(sound(n_samples))).all()


@pytest.mark.parametrize("samples", [np.zeros(RATE, np.float32), np.ones(RATE, np.float32), -np.ones(RATE, np.float32)])
def test_silence_and_full_scale_give_finite_frames(samples: Floats) -> None:
    assert np.isfinite(fbank(samples)).all()


def test_the_same_sound_gives_the_same_frames() -> None:
    assert np.array_equal(extract(sound(RATE)), extract(sound(RATE)))


def test_twice_as_loud_is_log_4_more_in_every_band() -> None:
    assert fbank(2 * sound(RATE)) - fbank(sound(RATE)) == pytest.approx(np.log(4), abs=1e-3)


def test_a_high_tone_is_loud_in_a_high_band() -> None:
    def loudest(frequency: float) -> int:
        tone = np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE).astype(np.float32)
        return int(fbank(tone).mean(0).argmax())

    assert loudest(200) < loudest(1000) < loudest(4000)


def test_normalisation_shifts_and_then_scales() -> None:
    plain = extract(sound(RATE))
    assert extract(sound(RATE), cmvn(shift=-8.0, scale=0.5)) == pytest.approx((plain - 8) * 0.5)


def test_clips_of_one_batch_give_what_each_gives_alone() -> None:
    clips = [sound(n, seed=n) for n in (16_000, 0, 399, 8_000)]
    frames, lengths = Frontend(cmvn())(clips)
    assert lengths == [17, 1, 1, 8]
    parts = np.split(frames.numpy(), np.cumsum(lengths)[:-1])
    assert all(np.array_equal(part, extract(clip)) for part, clip in zip(parts, clips, strict=True))


def kaldi(samples: Floats) -> Floats:
    """kaldi-native-fbank as FunASR's WavFrontend asks for it, without dither."""
    options = knf.FbankOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0.0
    options.frame_opts.window_type = "hamming"
    options.mel_opts.num_bins = N_MELS
    options.energy_floor = 0.0
    computer = knf.OnlineFbank(options)
    computer.accept_waveform(RATE, samples * 2**15)
    computer.input_finished()
    return np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)])


@pytest.mark.parametrize("loud", [1.0, 1e-3, 1e-6])
def test_the_mels_are_kaldis(loud: float) -> None:
    samples = loud * sound(3 * RATE)
    assert fbank(samples) == pytest.approx(kaldi(samples), abs=1e-3)


def test_digital_silence_is_kaldis_floor() -> None:
    assert fbank(np.zeros(RATE, np.float32)) == pytest.approx(kaldi(np.zeros(RATE, np.float32)), abs=1e-6)


def test_kaldis_file_of_means_and_variances_is_read(tmp_path: Path) -> None:
    file = tmp_path / "am.mvn"
    file.write_text(
        "<Nnet>\n<Splice> 3 3\n[ 0 ]\n<AddShift> 3 3\n<LearnRateCoef> 0 [ -1.5 2 3e-1 ]\n"
        "<Rescale> 3 3\n<LearnRateCoef> 0 [ 0.5 0.25 1 ]\n</Nnet>\n"
    )
    read = Cmvn.read(file)
    assert read.shift.tolist() == pytest.approx([-1.5, 2, 0.3])
    assert read.scale.tolist() == [0.5, 0.25, 1]
