"""Files to samples: what FFmpeg can read becomes 16 kHz mono. Knows nothing of uploads, engines or HTTP.

A file is hostile until it is decoded: FFmpeg does not learn its name, can open nothing beside it, looks at it only with
demuxers of audio and video files and decoders of audio, and what the header says of the length is not believed.
"""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec import Codec
from av.container import InputContainer

from .calls import Call
from .errors import (
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
from .mixing import Flaws, Samples, join, mix, part
from .spans import Span

SAMPLE_RATE = 16_000  # Hz, what every engine here hears

# FFmpeg's demuxers that read one file and open no other. Never concat, hls, dash, sdp, rtsp, image2 or lavfi: they read
# what the file names. Never the headerless ones (amrnb, s16le): they take any bytes for sound.
DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dss,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,nistsphere,ogg,rm,"
    "tak,tta,voc,w64,wav,wv"
)
HEAD = 64  # bytes, enough to know a container by
MATROSKA, ASF = b"\x1aE\xdf\xa3", b"0&\xb2u"  # their first bytes


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """`samples` float32 (n,) in [-1, 1], mono, at `rate` Hz."""

    samples: Samples
    rate: int = SAMPLE_RATE

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate

    def cut(self, span: Span) -> Waveform:
        """The stretch of `span`, a view."""
        return Waveform(self.samples[round(span.start * self.rate) : round(span.end * self.rate)], self.rate)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What a file may cost before it is given up. All hold while decoding, whatever the header says."""

    longest: float = 4 * 3600.0
    shortest: float = 0.1
    lowest_rate: int = 4_000  # Hz
    highest_rate: int = 384_000  # Hz
    channels: int = 8
    seconds: float = 600.0  # of wall clock spent decoding, not waiting for whoever takes the samples
    decoded: int = 16 * 2**30  # bytes as the codec gives them: 4 h of 8 channels at 48 kHz in 16 bits are 11 GB


DEFAULTS = DecodeLimits()


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the file held before it was mixed and resampled."""

    duration: float  # s that were decoded; what the header says is not asked
    rate: int  # Hz
    channels: int
    codec: str  # FFmpeg's name, as "mp3" or "pcm_s16le"
    container: str  # FFmpeg's names, as "wav" or "mov,mp4,m4a,3gp,3g2,mj2"
    bit_rate: int | None  # bit/s of the sound, where the codec says
    size: int | None  # bytes, where the file can be measured


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded file. Each of `warnings` is a stable code, a colon and words."""

    waveform: Waveform
    info: MediaInfo
    warnings: tuple[str, ...] = ()


def decode(file: Path | BinaryIO, limits: DecodeLimits = DEFAULTS) -> Recording:
    """A whole Stream. Needs 64 kB of memory a second of sound and a few MB. For any thread."""
    stream = Stream(file, limits)
    try:
        samples = join(stream, SAMPLE_RATE)
    except MemoryError as fault:
        raise AudioTooLarge(limits.decoded) from fault
    return Recording(Waveform(samples), stream.info, stream.warnings)


class Decoding(Protocol):
    """A file on its way to samples: float32 at 16 kHz, to be iterated once. See Stream for what holds when."""

    @property
    def info(self) -> MediaInfo: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    @property
    def expected(self) -> float | None: ...

    def __iter__(self) -> Iterator[Samples]: ...


class Opener(Protocol):
    """Stream, or a pool of processes that run it."""

    def __call__(self, file: Path | BinaryIO, limits: DecodeLimits, call: Call, apart: bool = False) -> Decoding: ...


class Stream:
    """The first audio stream of any container at 16 kHz: pieces of float32, to be iterated once.

    Its channels are averaged, and a piece is (n,); or they are kept `apart`, and a piece is (channels, n).
    A file always gives the same samples. An open file is read from its start and left open. `expected`, what the header says
    of the length in seconds, is there from the first piece on; `info` and `warnings` when the last has come. Iterating raises
    AudioError when the file cannot be heard, some of it where the fault shows, OSError when it cannot be read.
    """

    info: MediaInfo
    warnings: tuple[str, ...] = ()
    expected: float | None = None

    def __init__(
        self, file: Path | BinaryIO, limits: DecodeLimits = DEFAULTS, call: Call | None = None, apart: bool = False
    ) -> None:
        self._file, self._limits, self._call = file, limits, call or Call()
        self._mixed = part if apart else mix

    def __iter__(self) -> Iterator[Samples]:
        if isinstance(self._file, Path):
            with self._file.open("rb") as opened:
                yield from self._decoded(opened)
        else:
            yield from self._decoded(self._file)

    def _decoded(self, file: BinaryIO) -> Iterator[Samples]:
        source = _Source(file, self._limits.seconds)
        try:
            with _open(source, self._limits) as container:
                yield from self._heard(container, source)
        except (av.FFmpegError, ValueError, IndexError) as fault:  # the last from PyAV, where a stream appears late
            raise CorruptAudio() from fault

    def _heard(self, container: InputContainer, source: _Source) -> Iterator[Samples]:
        limits = self._limits
        stream = _audio_stream(container, limits)
        if container.duration is not None:
            self.expected = container.duration / av.time_base
        tally, flaws = _Tally(), Flaws()
        for piece in self._mixed(_within(_frames(container, stream, source, tally), limits, tally), SAMPLE_RATE, flaws):
            self._call.heed()
            with source.resting():
                yield piece
        if tally.skipped > tally.heard:
            _check_wav(source.head, limits)
            raise CorruptAudio()
        if tally.duration < limits.shortest:
            raise AudioTooShort(tally.duration, limits.shortest)
        self.info, self.warnings = _info(container, stream, source, tally), _warnings(tally, flaws)


class _Source:
    """A file as FFmpeg may see it: nameless (it fetched what a .m3u8 listed), and at its end when time is up.

    The clock stands still while whoever takes the samples is at work with them.
    """

    def __init__(self, file: BinaryIO, patience: float) -> None:
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.size = file.seek(0, io.SEEK_END) if file.seekable() else None
        if self.size is not None:
            file.seek(0)
        self.head = b""
        self._file, self._patience = file, patience
        self._spent, self._since = 0.0, time.monotonic()

    def read(self, n_bytes: int) -> bytes:
        got = b"" if self._late() else self._file.read(n_bytes)
        self.head = self.head or got[:HEAD]
        return got

    def check(self) -> None:
        if self._late():
            raise DecodingTooSlow(self._patience)

    @contextmanager
    def resting(self) -> Iterator[None]:
        self._spent += time.monotonic() - self._since
        yield
        self._since = time.monotonic()

    def _late(self) -> bool:
        return self._spent + time.monotonic() - self._since > self._patience


# --- opening ---


def _open(source: _Source, limits: DecodeLimits) -> InputContainer:
    options = {"format_whitelist": DEMUXERS, "codec_whitelist": _audio_decoders(), "protocol_whitelist": "file"}
    try:
        return av.open(source, "r", options=options, metadata_errors="replace", io_open=_refuse)
    except (av.FFmpegError, ValueError) as fault:
        source.check()
        raise _refusal(source, limits) from fault


@cache
def _audio_decoders() -> str:
    """All that FFmpeg has for sound: no decoder of pictures gets to see a file that is only probed."""
    return ",".join(sorted(name for name in av.codecs_available if _decodes_audio(name)))


def _decodes_audio(name: str) -> bool:
    try:
        return Codec(name, "r").type == "audio"
    except ValueError:  # it only encodes
        return False


def _refuse(url: str, flags: int, options: object) -> NoReturn:
    """Stands where FFmpeg would open another file that this one names."""
    raise UndecodableAudio()


def _refusal(source: _Source, limits: DecodeLimits) -> AudioError:
    """Why a file did not open, by its first bytes."""
    head = source.head
    is_wav = head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"
    if not head:
        return EmptyAudio()
    if is_wav and source.size == head.find(b"data") + 8:  # a header and nothing: recorded and stopped at once
        return AudioTooShort(0.0, limits.shortest)
    _check_wav(head, limits)
    if is_wav or head[4:8] == b"ftyp" or head.startswith((b"fLaC", b"OggS", b"ID3", b"FLV", b"caff", MATROSKA, ASF)):
        return CorruptAudio()
    return UndecodableAudio()


def _check_wav(head: bytes, limits: DecodeLimits) -> None:
    """The shape that the header of a WAV gives, where FFmpeg gives up and does not say why."""
    if head[8:16] == b"WAVEfmt " and len(head) >= 28:
        channels, rate = struct.unpack_from("<HI", head, 22)
        _check_shape(rate, channels, limits)


def _audio_stream(container: InputContainer, limits: DecodeLimits) -> AudioStream:
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        raise NoAudioStream()
    codec: object = stream.codec_context  # None where no decoder is known, though PyAV's types do not say so
    if codec is None:
        raise UnsupportedCodec()
    if stream.sample_rate and stream.channels:  # 0: known only when a frame is decoded
        _check_shape(stream.sample_rate, stream.channels, limits)
    return stream


# --- decoding ---


@dataclass(slots=True)
class _Tally:
    """What was met on the way."""

    rate: int = 0  # Hz, of the first frame, as `channels`
    channels: int = 0
    duration: float = 0.0
    decoded: int = 0  # bytes
    heard: int = 0  # packets that were decoded
    skipped: int = 0  # packets that could not be

    def count(self, frame: AudioFrame) -> None:
        channels = frame.layout.nb_channels
        self.rate, self.channels = self.rate or frame.sample_rate, self.channels or channels
        self.duration += frame.samples / frame.sample_rate
        self.decoded += frame.samples * channels * frame.format.bytes


def _frames(container: InputContainer, stream: AudioStream, source: _Source, tally: _Tally) -> Iterator[AudioFrame]:
    """What can be decoded. A packet that cannot is counted and left out; where the container itself breaks, it ends."""
    packets = container.demux(stream)
    while True:
        source.check()
        try:
            yield from next(packets).decode()
            tally.heard += 1
        except StopIteration:
            return
        except av.FFmpegError:
            tally.skipped += 1


def _within(frames: Iterable[AudioFrame], limits: DecodeLimits, tally: _Tally) -> Iterator[AudioFrame]:
    for frame in frames:
        _check_shape(frame.sample_rate, frame.layout.nb_channels, limits)
        tally.count(frame)
        if round(tally.duration, 3) > limits.longest:
            raise AudioTooLong(limits.longest)
        if tally.decoded > limits.decoded:
            raise AudioTooLarge(limits.decoded)
        yield frame


def _check_shape(rate: int, channels: int, limits: DecodeLimits) -> None:
    if not limits.lowest_rate <= rate <= limits.highest_rate:
        raise UnsupportedRate(rate, limits.lowest_rate, limits.highest_rate)
    if not 1 <= channels <= limits.channels:
        raise UnsupportedChannels(channels, limits.channels)


def _info(container: InputContainer, stream: AudioStream, source: _Source, tally: _Tally) -> MediaInfo:
    return MediaInfo(
        duration=round(tally.duration, 6),
        rate=tally.rate,
        channels=tally.channels,
        codec=stream.codec_context.codec.canonical_name,
        container=container.format.name,
        bit_rate=stream.codec_context.bit_rate or None,
        size=source.size,
    )


def _warnings(tally: _Tally, flaws: Flaws) -> tuple[str, ...]:
    """Lossy codecs overshoot a little: clipping is worth a word from one sample in a hundred on."""
    found = {
        f"decode_errors: {tally.skipped} packets skipped": tally.skipped > 0,
        f"not_finite: {flaws.not_finite} samples were NaN or infinite and are silent now": flaws.not_finite > 0,
        f"clipped: {flaws.clipped} samples were over full scale": flaws.clipped > flaws.n_samples / 100,
    }
    return tuple(words for words, worth in found.items() if worth)
