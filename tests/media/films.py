"""Small films made on the spot, and ways to look into them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tests import sounds

RATE, PICTURES = 16_000, 10  # Hz, pictures a second
WIDTH, HEIGHT = 320, 180
OPUS_RATE = 48_000
GREY = 60

CODECS = {  # a film of every kind: of its pictures, of its sound
    "mp4": ("mpeg4", "aac"),
    "mov": ("mpeg4", "pcm_s16le"),
    "matroska": ("libx264", "flac"),
    "webm": ("libvpx", "libopus"),
    "avi": ("mpeg4", "mp3"),
    "mpegts": ("mpeg2video", "mp2"),
    "flv": ("flv", "mp3"),
}


def film(container: str = "mp4", duration: float = 4.0, *, late: float = 0.0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """Grey pictures and a tone, which begins `late` s after them."""
    pictures, sound = CODECS[container]
    rate = {"libopus": OPUS_RATE, "mp3": 44_100, "mp2": 44_100}.get(sound, RATE)
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        video = cast(VideoStream, output.add_stream(pictures, rate=PICTURES))
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = cast(AudioStream, output.add_stream(sound, rate, layout="mono"))
        packets = [packet for frame in _pictures(duration, size) for packet in video.encode(frame)] + video.encode(None)
        packets += _sound(audio, duration, rate, late)
        for packet in sorted(packets, key=lambda packet: (packet.dts or 0) * packet.time_base):
            output.mux(packet)
    return file.getvalue()


def _pictures(duration: float, size: tuple[int, int]) -> Iterator[VideoFrame]:
    for index in range(round(duration * PICTURES)):
        frame = VideoFrame.from_ndarray(np.full((size[1], size[0], 3), GREY, np.uint8), "rgb24")
        frame.pts = index
        yield frame


def _sound(stream: AudioStream, duration: float, rate: int, late: float) -> list[av.Packet]:
    tracks = sounds.tone(duration=duration, rate=rate)
    resampler = av.AudioResampler(stream.format, "mono", rate, frame_size=stream.frame_size or 1024)
    frame = av.AudioFrame.from_ndarray(tracks, "flt", "mono")
    frame.sample_rate, frame.pts = rate, 0
    packets: list[av.Packet] = []
    for ready in (*resampler.resample(frame), *resampler.resample(None)):
        ready.pts = (ready.pts or 0) + round(late * rate)
        packets += stream.encode(ready)
    return packets + stream.encode(None)


# --- looking into them ---


def opened(film: bytes) -> InputContainer:
    return av.open(io.BytesIO(film))


def packets(film: bytes, kind: str) -> list[bytes]:
    """What the first stream of pictures ("video") or sound ("audio") is coded as, packet by packet."""
    with opened(film) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def texts(film: bytes) -> list[tuple[float, float, str]]:
    """Start, end and words of every caption of the first text track."""
    with opened(film) as container:
        (stream, *_) = container.streams.subtitles
        found = []
        for packet in container.demux(stream):
            said = _words(bytes(packet), stream.codec_context.name) if packet.size else ""
            if said:
                start = float((packet.pts or 0) * packet.time_base)
                found.append((round(start, 3), round(start + float((packet.duration or 0) * packet.time_base), 3), said))
        return found


def _words(packet: bytes, codec: str) -> str:
    if codec != "mov_text":
        return packet.decode()
    length = int.from_bytes(packet[:2], "big")  # 3GPP TS 26.245, 5.17
    return packet[2 : 2 + length].decode()


def track(film: bytes) -> tuple[str, str | None]:
    """Codec and language of the first text track."""
    with opened(film) as container:
        (stream, *_) = container.streams.subtitles
        return stream.codec_context.name, stream.metadata.get("language")


def frames(film: bytes) -> list[tuple[float, NDArray[np.uint8]]]:
    """Time and brightness (height, width) of every picture."""
    with opened(film) as container:
        return [(frame.time or 0.0, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
