"""Files to samples: what FFmpeg can read becomes 16 kHz, mixed or each channel apart. Knows nothing of uploads, engines or HTTP.

How a file is opened is containers.py. What its header says of the length is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from .calls import Call
from .containers import DEFAULTS, DecodeLimits, Source, audio_stream, check_shape, check_wav, countable, is_longer, opened
from .errors import AudioTooLarge, AudioTooLong, AudioTooShort, CorruptAudio
from .mixing import Flaws, Samples, join, mix, part
from .spans import Span

SAMPLE_RATE = 16_000  # Hz, what every engine here hears
LOOKED, THIN = 60.0, 250  # s, and bytes a second: from then on with less, packets are counted. Codecs of speech need twice that


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
            with self._file.open("rb") as file:
                yield from self._decoded(file)
        else:
            yield from self._decoded(self._file)

    def _decoded(self, file: BinaryIO) -> Iterator[Samples]:
        source = Source(file, self._limits.seconds)
        try:
            with opened(source, self._limits) as container:
                yield from self._heard(container, source)
        except (av.FFmpegError, ValueError, IndexError) as fault:  # the last from PyAV, where a stream appears late
            raise CorruptAudio() from fault

    def _heard(self, container: InputContainer, source: Source) -> Iterator[Samples]:
        limits = self._limits
        stream = audio_stream(container, limits)
        if container.duration is not None:
            self.expected = container.duration / av.time_base
        tally, flaws = _Tally(), Flaws()
        for piece in self._mixed(_within(_frames(container, stream, source, limits, tally), limits, tally), SAMPLE_RATE, flaws):
            self._call.heed()
            with source.resting():
                yield piece
        if tally.skipped > tally.heard:
            check_wav(source.head, limits)
            raise CorruptAudio()
        if tally.duration < limits.shortest:
            raise AudioTooShort(tally.duration, limits.shortest)
        self.info, self.warnings = _info(container, stream, source, tally), _warnings(tally, flaws)


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
    packed: int = 0  # bytes of all
    counted: bool = False  # whether the packets were, see containers.is_longer

    @property
    def thin(self) -> bool:
        """So little holds so much that there may be days of it."""
        return self.duration > LOOKED and self.packed < THIN * self.duration

    def count(self, frame: AudioFrame) -> None:
        channels = frame.layout.nb_channels
        self.rate, self.channels = self.rate or frame.sample_rate, self.channels or channels
        self.duration += frame.samples / frame.sample_rate
        self.decoded += frame.samples * channels * frame.format.bytes


def _frames(
    container: InputContainer, stream: AudioStream, source: Source, limits: DecodeLimits, tally: _Tally
) -> Iterator[AudioFrame]:
    """What can be decoded. A packet that cannot is counted and left out; where the container itself breaks, it ends."""
    packets = container.demux(stream)
    while True:
        source.check()
        try:
            packet = next(packets)
            tally.packed += packet.size
            yield from packet.decode()
            tally.heard += 1
        except StopIteration:
            return
        except av.FFmpegError:
            tally.skipped += 1
        if tally.thin and not tally.counted and countable(container):
            tally.counted = True
            if is_longer(source, limits):
                raise AudioTooLong(limits.longest)


def _within(frames: Iterable[AudioFrame], limits: DecodeLimits, tally: _Tally) -> Iterator[AudioFrame]:
    for frame in frames:
        check_shape(frame.sample_rate, frame.layout.nb_channels, limits)
        tally.count(frame)
        if round(tally.duration, 3) > limits.longest:
            raise AudioTooLong(limits.longest)
        if tally.decoded > limits.decoded:
            raise AudioTooLarge(limits.decoded)
        yield frame


def _info(container: InputContainer, stream: AudioStream, source: Source, tally: _Tally) -> MediaInfo:
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
