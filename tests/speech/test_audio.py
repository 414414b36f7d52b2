from __future__ import annotations

import csv
import io
import random
import resource
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from speech import audio, containers
from speech.audio import SAMPLE_RATE, Recording, Stream, Waveform, decode
from speech.containers import DecodeLimits
from speech.errors import (
    AudioError,
    AudioTooLarge,
    AudioTooLong,
    AudioTooShort,
    CorruptAudio,
    DecodingTooSlow,
    EmptyAudio,
    NoAudioStream,
    UndecodableAudio,
    UnsupportedChannels,
    UnsupportedCodec,
    UnsupportedRate,
)
from speech.mixing import Flaws, mix
from speech.spans import Span
from tests.playlists import Opens, listens, playlists
from tests.sounds import encode, noise, opus_bomb, rf64, riff, silence, tone

DATA = Path(__file__).parents[2] / "../shared/data"  # other people's recordings, where they lie beside the project
SECOND = bytes(2 * SAMPLE_RATE)  # of 16-bit silence

CONTAINERS = [  # name, codec, rate, how much longer than what was put in the codec makes it
    ("wav", "pcm_s16le", 16_000, 0.0),
    ("wav", "pcm_u8", 22_050, 0.0),
    ("wav", "pcm_s24le", 44_100, 0.0),
    ("wav", "pcm_f32le", 48_000, 0.0),
    ("wav", "pcm_f64le", 96_000, 0.0),
    ("wav", "pcm_s64le", 16_000, 0.0),
    ("wav", "pcm_mulaw", 8_000, 0.0),
    ("wav", "pcm_alaw", 8_000, 0.0),
    ("w64", "pcm_s16le", 11_025, 0.0),
    ("aiff", "pcm_s16be", 44_100, 0.0),
    ("au", "pcm_mulaw", 8_000, 0.0),
    ("caf", "pcm_s16le", 32_000, 0.0),
    ("mp3", "libmp3lame", 44_100, 0.0),
    ("mp2", "mp2", 44_100, 0.03),
    ("flac", "flac", 44_100, 0.0),
    ("ogg", "libopus", 48_000, 0.0),
    ("ogg", "flac", 16_000, 0.0),
    ("webm", "libopus", 48_000, 0.0),
    ("matroska", "flac", 16_000, 0.0),
    ("mp4", "aac", 44_100, 0.03),
    ("ipod", "alac", 44_100, 0.0),
    ("3gp", "aac", 44_100, 0.03),
    ("adts", "aac", 44_100, 0.05),
    ("avi", "libmp3lame", 44_100, 0.05),
    ("mpegts", "aac", 44_100, 0.05),
    ("mpeg", "mp2", 44_100, 0.03),
    ("flv", "libmp3lame", 44_100, 0.05),
    ("ac3", "ac3", 48_000, 0.03),
    ("eac3", "eac3", 48_000, 0.03),
    ("tta", "tta", 44_100, 0.0),
    ("wv", "wavpack", 44_100, 0.0),
]


def hear(content: bytes, limits: DecodeLimits | None = None) -> Recording:
    return decode(io.BytesIO(content), limits or DecodeLimits())


def pitch(waveform: Waveform) -> tuple[float, float]:
    """The strongest frequency in Hz and its amplitude, from 0.2 to 0.8 s."""
    inner = waveform.cut(Span(0.2, 0.8)).samples
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(len(inner))))
    return float(spectrum.argmax()) * waveform.rate / len(inner), float(np.sqrt(2 * np.mean(inner**2)))


def floats(*values: float, n: int = 16_000, bits: int = 32, channels: int = 1) -> bytes:
    """A float WAV that says `values` over and over."""
    return riff(struct.pack(f"<{len(values)}{'f' if bits == 32 else 'd'}", *values) * n, tag=3, bits=bits, channels=channels)


# --- what can be heard ---


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("container", "codec", "rate", "slack"), CONTAINERS)
def test_a_sine_survives_every_container(container: str, codec: str, rate: int, slack: float, channels: int) -> None:
    file = encode(tone(440, 1.0, rate, channels), rate=rate, container=container, codec=codec)
    recording = hear(file)
    frequency, amplitude = pitch(recording.waveform)
    assert abs(frequency - 440) < 2
    assert amplitude == pytest.approx(0.5, abs=0.03)
    assert -0.001 <= recording.waveform.duration - 1.0 <= slack + 0.001
    assert recording.info.duration == pytest.approx(recording.waveform.duration, abs=0.001)
    assert (recording.info.rate, recording.info.channels, recording.info.size) == (rate, channels, len(file))
    assert recording.waveform.samples.dtype == np.float32
    assert recording.warnings == ()


def test_the_info_says_what_the_file_was() -> None:
    info = hear(encode(tone(duration=1, rate=44_100, channels=2), rate=44_100, container="mp3", codec="libmp3lame")).info
    assert (info.codec, info.container, info.bit_rate) == ("mp3", "mp3", 128_000)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_mono_is_the_average_of_the_channels(channels: int) -> None:
    tracks = np.zeros((channels, SAMPLE_RATE), np.float32)
    tracks[-1] = tone()[0]
    recording = hear(encode(tracks, codec="pcm_f32le"))
    np.testing.assert_allclose(recording.waveform.samples, tone()[0] / channels, atol=1e-7)
    assert recording.info.channels == channels


def test_eight_planes_are_read() -> None:
    """PyAV's own to_ndarray goes on to a ninth."""
    file = encode(tone(440, 1.0, 48_000, 8), rate=48_000, container="mp4", codec="aac")
    assert pitch(hear(file).waveform)[1] > 0.4


def test_channels_that_cancel_one_another_are_still_heard() -> None:
    swapped = np.concatenate([tone(), -tone()])
    np.testing.assert_allclose(hear(encode(swapped, codec="pcm_f32le")).waveform.samples, tone()[0], atol=1e-7)


def test_sixteen_bits_at_our_rate_pass_unchanged() -> None:
    values = np.random.default_rng(0).integers(-(2**15), 2**15, 50_000, np.int16)
    assert np.array_equal(hear(riff(values.tobytes())).waveform.samples * 2**15, values)


@pytest.mark.parametrize("rate", [4_000, 8_000, 22_050, 44_100, 48_000, 192_000, 384_000])
def test_resampling_moves_nothing_in_time(rate: int) -> None:
    tracks = silence(1.0, rate)
    tracks[0, rate // 2 :] = 0.5
    waveform = hear(encode(tracks, rate=rate, codec="pcm_f32le")).waveform
    assert abs(len(waveform.samples) - SAMPLE_RATE) <= 1
    assert abs(int((waveform.samples > 0.25).argmax()) - SAMPLE_RATE // 2) <= 1 + SAMPLE_RATE // (2 * rate)


def test_what_lies_above_8_khz_does_not_fold_back() -> None:
    _, amplitude = pitch(hear(encode(tone(9_000, 1.0, 44_100), rate=44_100, codec="pcm_f32le")).waveform)
    assert amplitude < 1e-4


def test_a_video_is_heard() -> None:
    file = encode(tone(440, 1.0, 44_100), rate=44_100, container="mp4", codec="aac", pictures=True)
    assert abs(pitch(hear(file).waveform)[0] - 440) < 2


def test_the_first_of_twelve_audio_streams_is_heard() -> None:
    tracks = [tone(300 + 100 * index) for index in range(12)]
    file = encode(*tracks, container="matroska", codec="flac", pictures=True)
    assert abs(pitch(hear(file).waveform)[0] - 300) < 2


def test_a_recording_without_a_duration_is_heard() -> None:
    file = encode(tone(440, 1.0, 48_000), rate=48_000, container="webm", codec="libopus", seekable=False)
    assert hear(file).waveform.duration == pytest.approx(1.0, abs=0.02)


def test_a_stream_may_change_its_rate_and_channels() -> None:
    first = encode(tone(440, 1.0, 44_100, 2), rate=44_100, container="adts", codec="aac")
    second = encode(tone(440, 1.0, 22_050, 1), rate=22_050, container="adts", codec="aac")
    recording = hear(first + second)
    assert recording.waveform.duration == pytest.approx(2.1, abs=0.1)
    assert abs(pitch(recording.waveform)[0] - 440) < 2
    assert recording.info.rate == 44_100


def test_long_sound_grows_without_a_seam() -> None:
    values = np.random.default_rng(0).integers(-99, 99, 400 * SAMPLE_RATE, np.int16)
    assert np.array_equal(hear(riff(values.tobytes())).waveform.samples * 2**15, values)


def test_the_same_file_gives_the_same_samples() -> None:
    file = encode(tone(440, 2.0, 44_100, 2), rate=44_100, container="mp3", codec="libmp3lame")
    assert hear(file).waveform.samples.tobytes() == hear(file).waveform.samples.tobytes()


def test_files_are_decoded_side_by_side() -> None:
    tones = [tone(300 + 100 * index, 2.0, 44_100) for index in range(6)]
    files = [encode(tracks, rate=44_100, container="mp3", codec="libmp3lame") for tracks in tones]
    alone = [hear(file).waveform.samples for file in files]
    with ThreadPoolExecutor(3) as pool:
        together = [recording.waveform.samples for recording in pool.map(hear, files)]
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_a_path_an_open_file_and_a_pipe_give_the_same(tmp_path: Path) -> None:
    content = encode(tone(440, 1.0, 44_100), rate=44_100, container="flac", codec="flac")
    path = tmp_path / "音 频.m3u8"  # the name means nothing
    path.write_bytes(content)
    with path.open("rb") as file:
        file.seek(100)
        waveforms = [decode(path).waveform, decode(file).waveform, decode(cast(BinaryIO, _Pipe(content))).waveform]
        assert not file.closed
    assert all(np.array_equal(waveform.samples, waveforms[0].samples) for waveform in waveforms)


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def test_tags_in_any_encoding_do_no_harm() -> None:
    tag = b"TIT2" + struct.pack(">I", 5) + b"\0\0\x03\xff\xfe\xff\xc3"
    head = b"ID3\x03\0\0\0\0\0" + bytes([len(tag)]) + tag
    assert hear(head + encode(tone(440, 1.0, 44_100), rate=44_100, container="mp3", codec="libmp3lame")).info.codec == "mp3"


# --- what headers say ---


@pytest.mark.parametrize("claimed", [0, 100, 64_000, 0xFFFFFFFF])
def test_a_wav_is_as_long_as_what_it_holds(claimed: int) -> None:
    expected = 2.0 if claimed != 100 else 100 / 32_000
    limits = DecodeLimits(shortest=0.001)
    assert hear(riff(2 * SECOND, claimed=claimed), limits).waveform.duration == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("claimed", [32_000 * 10**9, 2**62])
def test_a_header_of_a_billion_seconds_is_not_believed(claimed: int) -> None:
    assert hear(rf64(SECOND, claimed)).info.duration == 1.0


@pytest.mark.parametrize("rate", [0, 1, 3_999, 384_001, 655_350, 2**31 - 1, 2**32 - 1])
def test_a_rate_outside_the_window_is_refused(rate: int) -> None:
    with pytest.raises(UnsupportedRate, match=str(rate)):
        hear(riff(SECOND, rate=rate))


@pytest.mark.parametrize("channels", [0, 9, 64, 512, 65_535])
def test_too_many_channels_are_refused(channels: int) -> None:
    with pytest.raises(UnsupportedChannels, match=str(channels)):
        hear(riff(SECOND * 10, channels=channels))


@pytest.mark.parametrize("header", [{"bits": 0}, {"tag": 0x1234}, {"tag": 0xFFFE}])
def test_an_unknown_codec_is_named_as_the_fault(header: dict[str, int]) -> None:
    with pytest.raises(UnsupportedCodec):
        hear(riff(SECOND, **header))


# --- samples that are none ---


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("bits", [32, 64])
def test_nan_and_infinity_become_silence(value: float, bits: int) -> None:
    recording = hear(floats(0.5, value, n=8_000, bits=bits))
    assert set(np.unique(recording.waveform.samples)) == {0.0, 0.5}
    assert recording.warnings == ("not_finite: 8000 samples were NaN or infinite and are silent now",)


def test_nan_does_not_spread_in_the_resampler() -> None:
    samples = np.full(8_000, 0.25, "<f4")
    samples[4_000] = np.nan
    waveform = hear(riff(samples.tobytes(), rate=8_000, tag=3, bits=32)).waveform
    assert np.count_nonzero(np.abs(waveform.samples - 0.25) > 0.02) < 200


@pytest.mark.parametrize("value", [12.0, 1e38, -1e38])
def test_sound_over_full_scale_is_clipped(value: float) -> None:
    recording = hear(floats(0.5, value))
    assert set(np.unique(recording.waveform.samples)) == {0.5, float(np.sign(value))}
    assert recording.warnings == ("clipped: 16000 samples were over full scale",)


def test_a_double_beyond_float_becomes_silence() -> None:
    assert not hear(floats(1e300, bits=64)).waveform.samples.any()


# --- damage ---


def test_a_cut_file_is_heard_as_far_as_it_goes() -> None:
    for container, codec in [
        ("wav", "pcm_s16le"),
        ("mp3", "libmp3lame"),
        ("flac", "flac"),
        ("adts", "aac"),
    ]:
        file = encode(tone(440, 4.0, 44_100), rate=44_100, container=container, codec=codec)
        assert 1.6 < hear(file[: len(file) // 2]).waveform.duration < 2.4, container


def test_bit_errors_are_skipped_with_a_warning() -> None:
    file = bytearray(encode(tone(440, 10.0, 44_100), rate=44_100, container="adts", codec="aac"))
    scramble = random.Random(0)
    for _ in range(20):
        file[scramble.randrange(1_000, len(file))] ^= 0xFF
    recording = hear(bytes(file))
    assert 9.0 < recording.waveform.duration < 10.2
    (warning,) = recording.warnings
    assert warning.startswith("decode_errors: ")
    assert warning.endswith(" packets skipped")


def test_a_file_that_is_mostly_unreadable_is_refused() -> None:
    file = bytearray(encode(tone(440, 10.0, 44_100), rate=44_100, container="ipod", codec="alac"))
    scramble = random.Random(0)
    for place in range(2_000, len(file), 100):
        file[place] ^= scramble.randrange(1, 256)
    with pytest.raises(CorruptAudio):
        hear(bytes(file))


def test_an_mp4_without_its_index_is_corrupt() -> None:
    file = encode(tone(440, 1.0, 44_100), rate=44_100, container="mp4", codec="aac")
    with pytest.raises(CorruptAudio):
        hear(file[: len(file) // 2])


def test_nothing_but_audio_errors_escapes() -> None:
    scramble = random.Random(0)
    seeds = [
        encode(tone(440, 0.3, rate), rate=rate, container=container, codec=codec) for container, codec, rate, _ in CONTAINERS
    ]
    for _ in range(400):
        file = bytearray(scramble.choice(seeds))
        for _ in range(scramble.randrange(1, 30)):
            file[scramble.randrange(min(len(file), scramble.choice([64, 1_000, 10**6])))] = scramble.randrange(256)
        try:
            waveform = hear(bytes(file[: scramble.randrange(1, len(file))])).waveform
        except AudioError:
            continue
        assert np.isfinite(waveform.samples).all()
        assert np.abs(waveform.samples).max() <= 1


# --- no sound ---


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(EmptyAudio):
        hear(b"")


@pytest.mark.parametrize(
    "content",
    [
        b"R",
        b"hello " * 500,
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b"PK\x03\x04" + bytes(range(256)) * 20,
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        b"1\n00:00:00,000 --> 00:00:02,000\nHello\n\n" * 20,
        random.Random(0).randbytes(50_000),
        (noise(-20) * 2**15).astype("<i2").tobytes(),
    ],
    ids=["byte", "text", "html", "png", "zip", "pdf", "srt", "random", "headerless"],
)
def test_what_is_no_audio_is_refused(content: bytes) -> None:
    with pytest.raises(UndecodableAudio):
        hear(content)


def test_a_video_without_sound_is_refused() -> None:
    with pytest.raises(NoAudioStream):
        hear(encode(container="mp4", pictures=True))


@pytest.mark.parametrize("content", [riff(), riff(claimed=0xFFFFFFFF), riff(SECOND[:320]), rf64(SECOND[:3_000], 2**62)])
def test_a_header_alone_or_a_blink_is_too_short(content: bytes) -> None:
    with pytest.raises(AudioTooShort, match=r"Minimum audio length is 0\.1 seconds"):
        hear(content)


# --- limits ---


def test_sound_of_just_the_longest_length_passes() -> None:
    limits = DecodeLimits(longest=2.0)
    assert hear(riff(SECOND * 2), limits).waveform.duration == 2.0
    with pytest.raises(AudioTooLong):
        hear(riff(SECOND * 2 + bytes(200)), limits)


def test_a_bomb_stops_at_the_limit() -> None:
    bomb = opus_bomb(3_600)
    assert len(bomb) < 100_000
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(AudioTooLong):
        hear(bomb, DecodeLimits(longest=60))
    assert time.process_time() - started < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


BOMBS = {
    "opus": opus_bomb,
    "flac": lambda seconds: encode(silence(seconds, 4_000), rate=4_000, container="flac", codec="flac"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_known_by_its_packets_before_it_is_decoded(kind: str) -> None:
    given: list[int] = []
    with pytest.raises(AudioTooLong):
        given.extend(map(len, Stream(io.BytesIO(BOMBS[kind](1_200)), DecodeLimits(longest=600))))
    assert sum(given) < 2 * audio.LOOKED * SAMPLE_RATE


@pytest.mark.parametrize("kind", BOMBS)
def test_long_silence_that_weighs_little_is_no_bomb(kind: str) -> None:
    heard = hear(BOMBS[kind](200), DecodeLimits(longest=300)).info.duration
    assert 200 <= heard < 262  # whole pages of Ogg


def test_a_thin_file_that_is_broken_is_heard_as_any_broken_one() -> None:
    content = bytearray(opus_bomb(200))
    content[2_500:2_900] = bytes(400)
    assert hear(bytes(content)).info.duration > 100


def test_the_bytes_that_come_out_are_limited() -> None:
    wide = encode(silence(3.0, 96_000, 8), rate=96_000, container="flac", codec="flac")
    assert len(wide) < 30_000
    with pytest.raises(AudioTooLarge):
        hear(wide, DecodeLimits(decoded=2_000_000))


def test_decoding_ends_when_the_time_is_up() -> None:
    with pytest.raises(DecodingTooSlow):
        hear(riff(SECOND), DecodeLimits(seconds=0.0))
    started = time.monotonic()
    with pytest.raises(DecodingTooSlow):
        hear(opus_bomb(3_600), DecodeLimits(seconds=0.2))
    assert time.monotonic() - started < 5


def test_no_memory_is_an_error_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(audio, "mix", fail)
    with pytest.raises(AudioTooLarge):
        hear(riff(SECOND))


# --- files that name other files ---


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.wav"
    path.write_bytes(riff(SECOND))
    return path


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Nobody may call it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.skipif(not Path("/proc/net/udp").exists(), reason="looks into Linux's tables")
def test_playlists_are_refused_and_nothing_they_name_is_touched(
    tmp_path: Path, secret: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opens = Opens(secret)
    port = listener.getsockname()[1]
    for name, text in playlists(secret, port).items():
        path = tmp_path / name
        path.write_text(text)
        started = time.monotonic()
        for file in (path, io.BytesIO(text.encode())):
            with pytest.raises(UndecodableAudio):
                decode(file)
        assert time.monotonic() - started < 5, name
    assert not opens.seen()
    assert not listens(port)
    secret.read_bytes()
    assert opens.seen()  # the watches work
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waits:
        waits.bind(("127.0.0.1", port))
        assert listens(port)


def test_a_demuxer_that_should_not_be_there_still_opens_nothing(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "DEMUXERS", containers.DEMUXERS + ",concat")
    opens = Opens(secret)
    with pytest.raises(UndecodableAudio):
        hear(f"ffconcat version 1.0\nfile '{secret.name}'\n".encode())
    assert not opens.seen()


# --- waveforms ---


def test_a_cut_is_a_view_in_seconds() -> None:
    waveform = Waveform(np.arange(10, dtype=np.float32), rate=10)
    cut = waveform.cut(Span(0.2, 0.5))
    assert cut.samples.tolist() == [2, 3, 4]
    assert np.shares_memory(cut.samples, waveform.samples)
    assert cut.duration == pytest.approx(0.3)


def test_mixing_nothing_gives_nothing() -> None:
    assert list(mix([], SAMPLE_RATE, Flaws())) == []


# --- real files ---


def manifest(folder: str) -> list[dict[str, str]]:
    if not (DATA / "manifest.csv").exists():
        return []
    with (DATA / "manifest.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["file"].startswith(folder)]


@pytest.mark.parametrize("row", manifest("odd"), ids=lambda row: str(row["file"]))
def test_odd_files_are_heard_or_refused_by_name(row: dict[str, str]) -> None:
    started = time.monotonic()
    if row["decode"].startswith("FAILS") or float(row["duration_s"]) < 0.1:
        with pytest.raises(AudioError):
            decode(DATA / row["file"])
    else:
        recording = decode(DATA / row["file"])
        assert recording.waveform.duration == pytest.approx(float(row["duration_s"]), abs=0.01)
        assert _is_sound(recording.waveform.samples)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("folder", ["speech", "events", "long"])
def test_real_recordings_have_their_length(folder: str) -> None:
    for row in manifest(folder):
        recording = decode(DATA / row["file"])
        assert recording.waveform.duration == pytest.approx(float(row["duration_s"]), abs=0.01), row["file"]
        assert recording.warnings == ()


def _is_sound(samples: NDArray[np.float32]) -> bool:
    return bool(np.isfinite(samples).all() and np.abs(samples).max() <= 1)
