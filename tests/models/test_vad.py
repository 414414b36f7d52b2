from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models import silero
from models.fsmn import Fsmn, FsmnOptions
from models.loudness import LoudnessOptions, stand_out
from models.silero import CALL, WINDOW, Silero, SileroOptions, stretches
from speech.audio import SAMPLE_RATE, Waveform, decode
from speech.engine import Vad
from speech.errors import CheckpointCorrupt, EngineUnavailable, UnsafeEnvironment
from speech.spans import Span
from tests.sounds import Tracks, noise, silence, tone

DATA = Path(__file__).parents[2] / "../shared/data"  # other people's recordings, where they lie beside the project
recordings = pytest.mark.skipif(not (DATA / "events").exists(), reason="needs the recordings beside the project")
LOUD = LoudnessOptions()
STEP = WINDOW / SAMPLE_RATE


@pytest.fixture(scope="module")
def detector() -> Silero:
    return Silero()


def waveform(*pieces: Tracks) -> Waveform:
    return Waveform(np.concatenate(pieces, axis=1)[0])


def recording(name: str) -> Waveform:
    return decode(DATA / name).waveform


def share(spans: Sequence[Span], duration: float) -> float:
    return sum(span.length for span in spans) / duration


def in_order(spans: Sequence[Span], duration: float) -> bool:
    edges = [edge for span in spans for edge in (span.start, span.end)]
    return edges == sorted(edges) and all(0 <= edge <= duration for edge in edges) and all(s.length > 0 for s in spans)


def burst(level: float, duration: float) -> Tracks:
    return noise(level, duration, seed=7)


# --- hysteresis ---


def test_speech_begins_at_the_threshold_and_ends_under_the_release() -> None:
    probabilities = [0.0, 0.49, 0.5, 0.4, 0.36, 0.34, 0.1, 0.1, 0.1, 0.0]
    assert stretches(probabilities, SileroOptions(), 1.0) == [Span(2 * STEP, 5 * STEP)]


def test_a_short_silence_does_not_end_speech() -> None:
    probabilities = [0.9, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1]
    assert stretches(probabilities, SileroOptions(), 1.0) == [Span(0, 5 * STEP)]


def test_speech_that_does_not_end_lasts_to_the_end() -> None:
    assert stretches([0.0, 0.9, 0.2], SileroOptions(), 0.09) == [Span(STEP, 0.09)]
    assert stretches([], SileroOptions(), 0.0) == []


# --- what stands out ---


def test_a_loud_stretch_stands_out_of_quiet_noise() -> None:
    mixed = waveform(noise(-55, 3.0), burst(-20, 0.5), noise(-55, 3.0, seed=2))
    assert stand_out(mixed, [], LOUD) == [Span(3.0, 3.5)]


def test_bursts_with_breaths_between_are_one_sound() -> None:
    laughter = [piece for _ in range(4) for piece in (burst(-25, 0.2), noise(-60, 0.1))]
    assert stand_out(waveform(noise(-60, 2.0), *laughter, noise(-60, 2.0)), [], LOUD) == [Span(2.0, 3.1)]


def test_a_click_does_not_stand_out() -> None:
    assert stand_out(waveform(noise(-60, 2.0), burst(-20, 0.02), noise(-60, 2.0)), [], LOUD) == []


def test_speech_is_left_to_the_detector_of_speech() -> None:
    mixed = waveform(noise(-55, 2.0), burst(-20, 3.0), noise(-55, 5.0))
    assert stand_out(mixed, [Span(3.05, 4.05)], LOUD) == [Span(2.0, 3.0), Span(4.1, 5.0)]
    assert stand_out(mixed, [Span(2.2, 4.9)], LOUD) == []  # what is left is too short


def test_music_without_a_pause_stands_out_of_itself() -> None:
    assert share(stand_out(waveform(tone(duration=5)), [], LOUD), 5.0) == pytest.approx(1.0)


@pytest.mark.parametrize("level", [-90, -60, -45, -35])
def test_steady_noise_does_not_stand_out(level: float) -> None:
    assert stand_out(waveform(noise(level, 10.0)), [], LOUD) == []


def test_a_dc_offset_is_no_sound() -> None:
    assert stand_out(Waveform(noise(-50, 5.0)[0] + np.float32(0.3)), [], LOUD) == []


def test_the_floor_follows_a_room_that_changes() -> None:
    assert stand_out(waveform(noise(-70, 300.0), noise(-40, 300.0)), [], LOUD) == []


# --- silero ---


def test_it_is_a_detector(detector: Silero) -> None:
    vad: Vad = detector
    assert vad.name == "silero"


@pytest.mark.parametrize(
    "samples",
    [silence(10.0), noise(-90, 10.0), noise(-50, 10.0), noise(-38, 10.0), silence(0.0), silence(0.01), silence(0.1)],
    ids=["silence", "-90 dB", "-50 dB", "-38 dB", "nothing", "10 ms", "100 ms"],
)
def test_silence_and_low_noise_are_nothing(detector: Silero, samples: Tracks) -> None:
    assert detector.segment(waveform(samples)) == []


def test_calls_of_any_size_give_the_same_probabilities(detector: Silero, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = waveform(noise(-20, (CALL + 10) * STEP + 0.01))
    at_once = detector.probabilities(sound)
    assert len(at_once) == CALL + 11
    monkeypatch.setattr(silero, "CALL", 7)
    assert np.array_equal(detector.probabilities(sound), at_once)


def test_threads_do_not_disturb_one_another(detector: Silero) -> None:
    sounds = [waveform(noise(-20, 5.0, seed=seed)) for seed in range(8)]
    alone = [detector.probabilities(sound) for sound in sounds]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(detector.probabilities, sounds))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_another_rate_is_refused(detector: Silero) -> None:
    with pytest.raises(ValueError, match="8000"):
        detector.segment(Waveform(silence()[0], rate=8_000))


def test_a_missing_model_file_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silero, "MODEL", "nothing.onnx")
    with pytest.raises(EngineUnavailable, match="pip install silero-vad"):
        Silero()


def test_loading_it_brings_no_torch() -> None:
    code = (
        "import sys; from models.silero import Silero; Silero();"
        "print([name for name in ('torch', 'torchaudio', 'silero_vad', 'funasr') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@recordings
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("events/applause/applause.mp3", 0.7),
        ("events/applause/boo.mp3", 0.7),
        ("events/music/demucs_test.mp3", 0.95),
        ("events/music/victory.mp3", 0.95),
        ("events/laughter/mfa_laughter.flac", 0.6),
    ],
)
def test_events_are_heard_though_nobody_speaks(detector: Silero, name: str, least: float) -> None:
    sound = recording(name)
    found = detector.segment(sound)
    assert share(found, sound.duration) >= least
    assert in_order(found, sound.duration)
    assert Silero(SileroOptions(sounds=None)).segment(sound) == detector.speech(sound)


@recordings
@pytest.mark.parametrize("folder", ["speech/zh", "speech/en", "speech/ja", "speech/ko", "speech/yue"])
def test_speech_is_found_in_every_recording_of_speech(detector: Silero, folder: str) -> None:
    for path in sorted(file for file in (DATA / folder).rglob("*.*") if file.is_file()):
        sound = decode(path).waveform
        found = detector.segment(sound)
        assert share(found, sound.duration) > 0.45, path.name
        assert in_order(found, sound.duration), path.name


@recordings
def test_it_is_hundreds_of_times_faster_than_the_sound(detector: Silero) -> None:
    sound = recording("speech/ko/azure_customspeech_training_audio1.wav")
    started = time.process_time()
    detector.segment(sound)
    assert sound.duration / (time.process_time() - started) > 150  # 540 on one core of an EPYC (Zen 4)


@recordings
@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.filterwarnings("ignore")
def test_ours_is_what_silero_vad_finds(detector: Silero) -> None:
    from silero_vad import get_speech_timestamps, load_silero_vad  # type: ignore[import-untyped, unused-ignore]

    theirs = load_silero_vad(onnx=True)
    for name in ("speech/en/jfk.wav", "speech/ko/azure_customspeech_training_audio1.wav", "vad/tenvad/testset-audio-06.wav"):
        sound = recording(name)
        expected = get_speech_timestamps(sound.samples.copy(), theirs)
        ours = [(span.start * SAMPLE_RATE, span.end * SAMPLE_RATE) for span in detector.speech(sound)]
        np.testing.assert_allclose(ours, [(span["start"], span["end"]) for span in expected], atol=1)


def test_onnxruntime_keeps_no_identifier_of_this_machine_and_so_tells_nobody_of_it(tmp_path: Path) -> None:
    """Where it tells Microsoft what it runs, it first writes who it is to the user's cache."""
    program = "from models.silero import Silero; Silero()"
    bare = {"PATH": os.defpath, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", program], env=bare, cwd=Path(__file__).parents[2], check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


# --- fsmn ---


def test_a_folder_that_is_not_fsmn_vad_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    with pytest.raises(EngineUnavailable, match=r"model\.pt, am\.mvn missing"):
        Fsmn(tmp_path)


def test_weights_that_may_run_code_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("config.yaml", "model.pt", "am.mvn"):
        (tmp_path / name).touch()
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(UnsafeEnvironment):
        Fsmn(tmp_path)


class Evil:
    """A pickle that writes a file where it is trusted."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def test_weights_that_run_code_are_refused_and_run_none(tmp_path: Path) -> None:
    import torch

    (tmp_path / "config.yaml").write_text("model_conf: {}\nencoder_conf: {}\nfrontend_conf: {}\n")
    (tmp_path / "am.mvn").touch()
    torch.save(Evil(tmp_path / "marker"), tmp_path / "model.pt")
    with pytest.raises(CheckpointCorrupt, match=r"model\.pt.*UnpicklingError"):
        Fsmn(tmp_path)
    assert not (tmp_path / "marker").exists()
    torch.load(tmp_path / "model.pt", weights_only=False)
    assert (tmp_path / "marker").exists()  # it would have


@pytest.mark.parametrize("config", ["", "[]", "model_conf: {}", "\t: :"])
def test_a_config_that_cannot_be_read_is_told(tmp_path: Path, config: str) -> None:
    for name in ("model.pt", "am.mvn"):
        (tmp_path / name).touch()
    (tmp_path / "config.yaml").write_text(config)
    with pytest.raises(CheckpointCorrupt, match=r"config\.yaml"):
        Fsmn(tmp_path)


@pytest.mark.skipif(not (DATA / "fsmn-vad").exists(), reason="needs fsmn-vad beside the project")
@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.filterwarnings("ignore")
def test_code_beside_fsmn_vad_is_not_run_whatever_its_config_says(tmp_path: Path) -> None:
    """FunASR given this folder runs its code."""
    for name in ("model.pt", "am.mvn"):
        (tmp_path / name).write_bytes((DATA / "fsmn-vad" / name).read_bytes())
    config, code = (DATA / "fsmn-vad" / "config.yaml").read_text(), tmp_path / "remote_code_of_the_model.py"
    (tmp_path / "config.yaml").write_text(f"{config}\ntrust_remote_code: true\nremote_code: {code}\n")
    code.write_text(f"open({str(tmp_path / 'marker')!r}, 'w')")
    Fsmn(tmp_path)
    assert not (tmp_path / "marker").exists()
    from funasr import AutoModel

    AutoModel(model=str(tmp_path), device="cpu", disable_update=True, disable_pbar=True, log_level="ERROR")
    assert (tmp_path / "marker").exists()  # it would have


@pytest.mark.skipif(not (DATA / "fsmn-vad").exists(), reason="needs fsmn-vad beside the project")
@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.filterwarnings("ignore")
def test_fsmn_finds_speech_and_what_stands_out() -> None:
    detector: Vad = Fsmn(DATA / "fsmn-vad")
    assert detector.name == "fsmn"
    for quiet in (silence(0.0), silence(0.05), silence(0.1), silence(5.0), noise(-50, 5.0)):
        assert detector.segment(waveform(quiet)) == []
    speech = recording("speech/zh/funasr_asr_example.wav")
    (span,) = detector.segment(speech)
    assert span.start == pytest.approx(0.61, abs=0.02)
    assert span.end == pytest.approx(5.53, abs=0.02)
    korean = recording("speech/ko/azure_customspeech_training_audio1.wav")
    found = detector.segment(korean)
    assert len(found) >= 7  # 2 with FunASR's default, dynamic_silence
    assert in_order(found, korean.duration)
    applause = recording("events/applause/applause.mp3")
    assert share(detector.segment(applause), applause.duration) > 0.7
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(detector.segment, [speech] * 3)) == [[span]] * 3
    short = Fsmn(DATA / "fsmn-vad", FsmnOptions(longest=5.0, sounds=None))
    assert max(piece.length for piece in short.segment(korean)) < 5.2
