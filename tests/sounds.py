"""Sounds and files made on the spot: what tests hear. Nothing here is anybody's recording."""

from __future__ import annotations

import io
import struct
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Tracks = NDArray[np.float32]  # (channels, n), full scale 1

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
CHUNK = 1024  # samples a frame that is encoded


def tone(frequency: float = 440.0, duration: float = 1.0, rate: int = 16_000, channels: int = 1) -> Tracks:
    """A sine of amplitude 0.5 on all channels."""
    wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(duration * rate)) / rate)
    return np.tile(wave.astype(np.float32), (channels, 1))


def noise(level: float, duration: float = 1.0, rate: int = 16_000, seed: int = 0) -> Tracks:
    """White noise of `level` dB of full scale (RMS)."""
    values = np.random.default_rng(seed).standard_normal((1, round(duration * rate)))
    return (values * 10 ** (level / 20)).clip(-1, 1).astype(np.float32)


def silence(duration: float = 1.0, rate: int = 16_000, channels: int = 1) -> Tracks:
    return np.zeros((channels, round(duration * rate)), np.float32)


def encode(
    *audio: Tracks,
    rate: int = 16_000,
    container: str = "wav",
    codec: str = "pcm_s16le",
    pictures: bool = False,
    seekable: bool = True,
) -> bytes:
    """A file with one audio stream for each of `audio`, and before them a video if `pictures`."""
    file = io.BytesIO() if seekable else _Pipe()
    with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as output:  # no times, no random names
        video = output.add_stream("mpeg4", rate=10) if pictures else None
        streams = [cast(AudioStream, output.add_stream(codec, rate, layout=LAYOUTS[len(tracks)])) for tracks in audio]
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            for index in range(10):
                picture = np.full((48, 64, 3), index * 20, np.uint8)
                frame = VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts = index
                output.mux(video.encode(frame))
            output.mux(video.encode(None))
        for stream, tracks in zip(streams, audio, strict=True):
            _write(output, stream, tracks, rate)
    return file.getvalue()


class _Pipe(io.BytesIO):
    """Cannot go back, as what a browser's recorder or a shell pipe writes to."""

    def seekable(self) -> bool:
        return False


def _write(output: OutputContainer, stream: AudioStream, tracks: Tracks, rate: int) -> None:
    layout = LAYOUTS[len(tracks)]
    to_codec = av.AudioResampler(stream.format, layout, rate)
    for start in range(0, tracks.shape[1], CHUNK):
        interleaved = np.ascontiguousarray(tracks[:, start : start + CHUNK].T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(interleaved, "flt", layout)
        frame.sample_rate, frame.pts = rate, start
        for ready in to_codec.resample(frame):
            output.mux(stream.encode(ready))
    output.mux(stream.encode(None))


def riff(
    payload: bytes = b"",
    *,
    rate: int = 16_000,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    claimed: int | None = None,
) -> bytes:
    """A WAV file with any header: `tag` 1 is PCM and 3 float; `claimed` is the size it gives for `payload`."""
    frame_size = max(1, channels * bits // 8) & 0xFFFF
    size = len(payload) if claimed is None else claimed
    form = struct.pack("<HHIIHH", tag, channels, rate, (rate * frame_size) & 0xFFFFFFFF, frame_size, bits)
    total = min(36 + size, 0xFFFFFFFF)
    return b"RIFF" + struct.pack("<I", total) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size) + payload


def rf64(payload: bytes, claimed: int) -> bytes:
    """The 64-bit WAV (EBU Tech 3306) that gives `claimed` bytes for `payload`, 16 kHz mono."""
    sizes = b"ds64" + struct.pack("<IQQQI", 28, claimed, claimed, claimed // 2, 0)
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
    return b"RF64\xff\xff\xff\xffWAVE" + sizes + form + b"data\xff\xff\xff\xff" + payload


def opus_bomb(duration: float) -> bytes:
    """Ogg Opus of 2-byte packets, 0.12 s of sound each (RFC 6716, code 3 with two empty frames): 26 bytes a second."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 1) + b"x" + struct.pack("<I", 0)
    pages = [_ogg_page([head], 0, 0, begins=True), _ogg_page([tags], 0, 1)]
    packet = bytes([(3 << 3) | 3, 2])
    for index in range(round(duration / (255 * 0.12)) + 1):
        pages.append(_ogg_page([packet] * 255, (index + 1) * 255 * 5760, index + 2))
    return b"".join(pages)


def _ogg_page(packets: list[bytes], position: int, number: int, begins: bool = False) -> bytes:
    """RFC 3533, section 6; each packet shorter than 255 bytes."""
    head = b"OggS" + bytes([0, 2 * begins]) + struct.pack("<qIII", position, 1, number, 0)
    body = bytes([len(packets), *map(len, packets)]) + b"".join(packets)
    return head[:22] + struct.pack("<I", _ogg_crc(head + body)) + body


def _ogg_crc(page: bytes) -> int:
    crc = 0
    for byte in page:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ _CRC[((crc >> 24) & 0xFF) ^ byte]
    return crc


def _crc_row(value: int) -> int:
    crc = value << 24
    for _ in range(8):
        crc = ((crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


_CRC = [_crc_row(value) for value in range(256)]
