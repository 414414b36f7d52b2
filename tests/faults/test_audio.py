"""Files that are broken, hostile or odd, sent to OpenAI's route: real decoder processes, a fake engine behind them.

Each is answered by name or heard, soon, and neither the server nor a decoder takes much memory for it.
"""

from __future__ import annotations

import io
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import ApiOptions, add_routes
from api.guard import Guard, GuardOptions
from speech.audio import Waveform
from speech.batching import BatcherOptions
from speech.containers import DecodeLimits
from speech.decoders import Decoders
from speech.engine import Vad
from speech.spans import Span
from speech.transcriber import Transcriber, TranscriberOptions
from tests.fakes import INFO, FakeEngine, FakeVad
from tests.playlists import Opens, listens, playlists
from tests.processes import most_resident
from tests.sounds import encode, opus_bomb, rf64, riff, silence, tone

PATH = "/v1/audio/transcriptions"
SECOND = bytes(32_000)  # of 16-bit silence at 16 kHz
LONGEST = 600.0  # s, of these doors
ROOM = 100_000  # kB that the server or a decoder may grow by
RANDOM = random.Random(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """Of the door, and what it cost: s of the clock, and kB at the peak of the largest decoder, and more in this process."""

    status: int
    body: dict[str, object]
    seconds: float
    decoder: int
    here: int

    @property
    def code(self) -> object:
        error = self.body["error"]
        assert isinstance(error, dict)
        return error["code"]


@dataclass(frozen=True, slots=True)
class Door:
    client: TestClient
    decoders: Decoders

    def post(self, content: bytes, path: str = PATH) -> Answer:
        """Whatever comes must be soon, cheap, and leave all decoders free."""
        watch, before, started = _Watch(self.decoders), most_resident("self"), time.monotonic()
        with watch:
            got = self.client.post(path, files={"file": ("a.wav", io.BytesIO(content), "audio/wav")}, data={"labels": "plain"})
        answer = Answer(got.status_code, got.json(), time.monotonic() - started, watch.peak, most_resident("self") - before)
        assert answer.decoder < ROOM
        assert answer.here < ROOM
        assert self.decoders.busy == 0
        return answer

    def refuses(self, content: bytes, code: str, status: int = 400, within: float = 10.0) -> Answer:
        answer = self.post(content)
        assert (answer.status, answer.code) == (status, code), answer
        assert answer.seconds < within
        return answer

    def hears(self, content: bytes) -> Answer:
        """And says so at length."""
        answer = self.post(content, "/transcribe")
        assert answer.status == 200, answer
        short = self.post(content)
        assert (short.status, short.body["text"]) == (200, answer.body["text"])
        return answer


class _Watch:
    """The most memory that any decoder has at one time, looked at all the time."""

    def __init__(self, decoders: Decoders) -> None:
        self.peak = 0
        self._decoders, self._over = decoders, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max([self.peak, *(most_resident(pid) for pid in self._decoders.pids)])


@contextmanager
def standing(engine: FakeEngine, vad: Vad, longest: float) -> Iterator[Door]:
    decoders = Decoders()
    limits = DecodeLimits(longest=longest)
    options = TranscriberOptions(limits=limits, batcher=BatcherOptions(wait=0.0))
    transcriber = Transcriber(INFO, lambda say: (engine, vad), options, decoders.open)
    app = FastAPI()
    add_routes(app, transcriber, ApiOptions())
    app.add_middleware(Guard, options=GuardOptions(upload=200_000_000))
    decoders.start()
    transcriber.start()
    transcriber.wait(10)
    with TestClient(app, "http://localhost") as client:
        yield Door(client, decoders)
    transcriber.stop()
    decoders.stop()


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with standing(FakeEngine(), FakeVad(), LONGEST) as opened:
        yield opened


@pytest.fixture(autouse=True)
def still_sound(door: Door) -> Iterator[None]:
    """Whatever was sent, the next file is heard, and no decoder broke down that nobody killed."""
    before = door.decoders.crashed
    yield
    assert door.post(riff(SECOND)).status == 200
    assert door.decoders.crashed == before


# --- no audio ---


@pytest.mark.parametrize(
    "content",
    [
        RANDOM.randbytes(50_000),
        b"hello " * 500,
        b"\x89PNG\r\n\x1a\n" + RANDOM.randbytes(3_000),
        b"%PDF-1.7\n" + RANDOM.randbytes(3_000),
        b"PK\x03\x04" + RANDOM.randbytes(3_000),
        b"1\n00:00:00,000 --> 00:00:02,000\nHello\n\n" * 20,
    ],
    ids=["random", "text", "png", "pdf", "zip", "subtitles"],
)
def test_what_is_no_audio_but_named_so_is_refused(content: bytes, door: Door) -> None:
    door.refuses(content, "unsupported_media_type")


def test_a_video_without_sound_is_refused(door: Door) -> None:
    door.refuses(encode(container="mp4", pictures=True), "no_audio_stream")


@pytest.mark.parametrize("header", [{"bits": 0}, {"tag": 0x1234}, {"tag": 0xFFFE}])
def test_an_unknown_codec_is_refused(header: dict[str, int], door: Door) -> None:
    door.refuses(riff(SECOND, **header), "unsupported_codec")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Nobody may call it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


def test_playlists_are_refused_and_nothing_they_name_is_fetched_opened_or_listened_to(
    door: Door, tmp_path: Path, listener: socket.socket
) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(riff(SECOND))
    opens = Opens(secret)
    port = listener.getsockname()[1]
    for text in playlists(secret, port).values():
        door.refuses(text.encode(), "unsupported_media_type", within=5.0)
        assert not listens(port)
    assert not opens.seen()
    secret.read_bytes()
    assert opens.seen()  # the watch works


# --- damage ---


def test_a_flac_cut_in_its_header_and_an_m4a_without_index_are_corrupt(door: Door) -> None:
    door.refuses(encode(tone(), container="flac", codec="flac")[:40], "corrupt_audio")
    whole = encode(tone(440, 1.0, 44_100), rate=44_100, container="ipod", codec="aac")
    door.refuses(whole[: len(whole) // 2], "corrupt_audio")


def test_a_file_cut_in_the_middle_is_heard_as_far_as_it_goes(door: Door) -> None:
    whole = encode(tone(440, 4.0, 44_100), rate=44_100, container="flac", codec="flac")
    assert door.hears(whole[: len(whole) // 2]).body["duration"] == pytest.approx(2.0, abs=0.4)


def scrambled(content: bytes, places: Sequence[int]) -> bytes:
    file = bytearray(content)
    for place in places:
        file[place] ^= 0xFF
    return bytes(file)


@pytest.mark.parametrize(("container", "codec"), [("mp3", "libmp3lame"), ("adts", "aac")])
def test_bit_errors_in_the_middle_cost_their_packets_and_a_warning(container: str, codec: str, door: Door) -> None:
    whole = encode(tone(440, 10.0, 44_100), rate=44_100, container=container, codec=codec)
    middle = range(len(whole) // 3, len(whole) // 3 + 8_000, 20)
    answer = door.hears(scrambled(whole, middle))
    assert answer.body["duration"] == pytest.approx(10.0, abs=1.0)
    (warning,) = _warnings(answer)
    assert warning.startswith("decode_errors: ")


def test_a_file_that_is_mostly_unreadable_is_corrupt(door: Door) -> None:
    whole = encode(tone(440, 10.0, 44_100), rate=44_100, container="ipod", codec="alac")
    door.refuses(scrambled(whole, range(2_000, len(whole), 100)), "corrupt_audio")


def _warnings(answer: Answer) -> list[str]:
    found = answer.body["warnings"]
    assert isinstance(found, list)
    return found


# --- lengths and headers that lie ---


@pytest.mark.parametrize("content", [riff(), riff(claimed=0xFFFFFFFF), riff(SECOND[:2_000]), rf64(SECOND[:2_000], 32 * 10**12)])
def test_a_header_alone_or_a_blink_is_too_short(content: bytes, door: Door) -> None:
    door.refuses(content, "audio_too_short")


@pytest.mark.parametrize(
    "content", [riff(SECOND * 2, claimed=0xFFFFFFFF), rf64(SECOND * 2, 32 * 10**12), rf64(SECOND * 2, 2**62)]
)
def test_what_a_header_claims_is_neither_believed_nor_taken_room_for(content: bytes, door: Door) -> None:
    assert door.hears(content).body["duration"] == 2.0


@pytest.mark.parametrize("name", ["opus", "flac"])
def test_a_bomb_stops_at_the_longest_length(name: str, door: Door) -> None:
    bombs: dict[str, Callable[[], bytes]] = {
        "opus": lambda: opus_bomb(3_600),
        "flac": lambda: encode(silence(1_200, 8_000), rate=8_000, container="flac", codec="flac"),
    }
    bomb = bombs[name]()
    assert len(bomb) < 300_000
    door.refuses(bomb, "audio_too_long", status=413)


@pytest.mark.parametrize("channels", [1, 8])
def test_a_flac_of_the_highest_rate_it_can_write_is_refused(channels: int, door: Door) -> None:
    flac = encode(silence(2.0, 655_350, channels), rate=655_350, container="flac", codec="flac")
    assert len(flac) < 50_000
    door.refuses(flac, "unsupported_sample_rate")


@pytest.mark.parametrize("rate", [0, 1, 2**31 - 1, 2**32 - 1])
def test_a_rate_that_nothing_has_is_refused_before_resampling(rate: int, door: Door) -> None:
    door.refuses(riff(SECOND, rate=rate), "unsupported_sample_rate")


@pytest.mark.parametrize("channels", [0, 9, 64, 512, 65_535])
def test_channels_that_nothing_has_are_refused(channels: int, door: Door) -> None:
    door.refuses(riff(SECOND * 10, channels=channels), "unsupported_channels")


# --- odd, but heard ---


@pytest.mark.parametrize(("value", "code"), [(np.nan, "not_finite"), (np.inf, "not_finite"), (1e38, "clipped")])
def test_samples_that_are_none_are_heard_as_silence_with_a_warning(value: float, code: str, door: Door) -> None:
    samples = np.full(32_000, 0.25, "<f4")
    samples[:1_000] = value
    answer = door.hears(riff(samples.tobytes(), tag=3, bits=32))
    (warning,) = _warnings(answer)
    assert warning.startswith(f"{code}: 1000 samples")


def test_of_twelve_tracks_the_first_is_heard(door: Door) -> None:
    tracks = [tone(200.0 + 100 * index, 2.0) for index in range(12)]
    video = encode(*tracks, container="matroska", codec="pcm_s16le", pictures=True)
    alone, other = (door.hears(encode(track)).body["text"] for track in (tracks[0], tracks[5]))
    assert door.hears(video).body["text"] == alone != other


@pytest.mark.parametrize("name", ["one side silent", "offset", "telephone"])
def test_what_telephones_and_bad_cards_make_is_heard(name: str, door: Door) -> None:
    call = np.concatenate([tone(duration=2.0), silence(2.0)])
    files = {
        "one side silent": lambda: encode(call),
        "offset": lambda: encode(tone(duration=2.0) * 0.5 + 0.4),
        "telephone": lambda: encode(tone(440, 2.0, 8_000), rate=8_000, codec="pcm_mulaw"),
    }
    answer = door.hears(files[name]())
    assert answer.body["duration"] == 2.0
    assert answer.body["text"]
    assert _warnings(answer) == []


class _Loud:
    """Takes every half second above -50 dB for speech."""

    name = "loud"

    def segment(self, waveform: Waveform) -> list[Span]:
        half = waveform.rate // 2
        blocks = [waveform.samples[start : start + half] for start in range(0, len(waveform.samples), half)]
        loud = [index for index, block in enumerate(blocks) if float(block @ block) > 1e-5 * len(block)]
        return [Span(index / 2, min((index + 1) / 2, waveform.duration)) for index in loud]


@pytest.mark.slow
def test_two_hours_of_silence_are_no_words_and_no_memory() -> None:
    with standing(FakeEngine(), _Loud(), 4 * 3600.0) as quiet:
        answer = quiet.post(opus_bomb(7_200))
        assert (answer.status, answer.body["text"]) == (200, "")
        assert quiet.post(encode(tone(duration=2.0))).body["text"]  # it is not deaf


# --- decoders that break ---


def test_a_file_that_breaks_its_decoders_is_named_and_the_server_lives() -> None:
    with standing(FakeEngine(), FakeVad(), LONGEST) as door:
        file = encode(tone(440, 500.0))
        over = threading.Event()

        def murder() -> None:
            while not over.wait(0.005):
                for pid in door.decoders.pids:
                    os.kill(pid, signal.SIGSEGV)

        with ThreadPoolExecutor(1) as threads:
            threads.submit(murder)
            door.refuses(file, "decoder_crashed")
            over.set()
        assert door.decoders.crashed == 2
        assert door.hears(riff(SECOND)).body["duration"] == 1.0
