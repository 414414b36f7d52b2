"""Files as FFmpeg may see them: opened by their contents alone, and refused by name where nothing in them can be heard.

A file is hostile until it is decoded: FFmpeg does not learn its name, can open nothing beside it, looks at it only with
demuxers of audio and video files and decoders of audio.
"""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, NoReturn

import av
from av.audio.stream import AudioStream
from av.codec import Codec
from av.container import InputContainer

from .errors import (
    AudioError,
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

# FFmpeg's demuxers that read one file and open no other. Never concat, hls, dash, sdp, rtsp, image2 or lavfi: they read
# what the file names. Never the headerless ones (amrnb, s16le): they take any bytes for sound.
DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dss,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,nistsphere,ogg,rm,"
    "tak,tta,voc,w64,wav,wv"
)
SLACK = 1.0  # s
HEAD = 64  # bytes, enough to know a container by
MATROSKA, ASF = b"\x1aE\xdf\xa3", b"0&\xb2u"  # their first bytes


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


class Source:
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

    @contextmanager
    def again(self) -> Iterator[Source]:
        """The same file from its start. Afterwards this one goes on where it was."""
        place = self._file.tell()
        try:
            yield Source(self._file, self._patience)
        finally:
            self._file.seek(place)

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


def opened(source: Source, limits: DecodeLimits) -> InputContainer:
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


def _refusal(source: Source, limits: DecodeLimits) -> AudioError:
    """Why a file did not open, by its first bytes."""
    head = source.head
    is_wav = head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"
    if not head:
        return EmptyAudio()
    if is_wav and source.size == head.find(b"data") + 8:  # a header and nothing: recorded and stopped at once
        return AudioTooShort(0.0, limits.shortest)
    check_wav(head, limits)
    if is_wav or head[4:8] == b"ftyp" or head.startswith((b"fLaC", b"OggS", b"ID3", b"FLV", b"caff", MATROSKA, ASF)):
        return CorruptAudio()
    return UndecodableAudio()


def check_wav(head: bytes, limits: DecodeLimits) -> None:
    """The shape that the header of a WAV gives, where FFmpeg gives up and does not say why."""
    if head[8:16] == b"WAVEfmt " and len(head) >= 28:
        channels, rate = struct.unpack_from("<HI", head, 22)
        check_shape(rate, channels, limits)


def audio_stream(container: InputContainer, limits: DecodeLimits) -> AudioStream:
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        raise NoAudioStream()
    codec: object = stream.codec_context  # None where no decoder is known, though PyAV's types do not say so
    if codec is None:
        raise UnsupportedCodec()
    if stream.sample_rate and stream.channels:  # 0: known only when a frame is decoded
        check_shape(stream.sample_rate, stream.channels, limits)
    return stream


def countable(container: InputContainer) -> bool:
    """Whether its packets say truly how long they are, for they are measured by what is in them."""
    return container.format.name in ("ogg", "flac")


def is_longer(source: Source, limits: DecodeLimits) -> bool:
    """Whether a file's packets are clearly more than the longest, counted in a tenth of the time that decoding takes.

    For files in which a few bytes are minutes: 25 MB can be eleven days. What is as long to a second, decoding tells: packets
    may hold more than is played. Raises what opening raises.
    """
    if not source.seekable():
        return False
    most = limits.longest + SLACK
    with source.again() as copy, opened(copy, limits) as container:
        stream = audio_stream(container, limits)
        ticks, tick = 0, float(stream.time_base or 0)  # s
        with suppress(av.FFmpegError):  # what is broken ends it here, and not for who decodes
            for packet in container.demux(stream):
                ticks += packet.duration or 0
                if ticks * tick > most:
                    return True
    return False


def check_shape(rate: int, channels: int, limits: DecodeLimits) -> None:
    if not limits.lowest_rate <= rate <= limits.highest_rate:
        raise UnsupportedRate(rate, limits.lowest_rate, limits.highest_rate)
    if not 1 <= channels <= limits.channels:
        raise UnsupportedChannels(channels, limits.channels)
