"""Files decoded in processes of their own: the same samples and errors as here, whatever becomes of the processes."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pytest

from speech import decoders as pool
from speech import wire
from speech.audio import SAMPLE_RATE, Decoding, MediaInfo, Stream
from speech.calls import Call
from speech.containers import DecodeLimits
from speech.decoders import Decoders
from speech.errors import (
    AudioError,
    AudioTooLong,
    Cancelled,
    DeadlineExceeded,
    DecoderCrashed,
    DecodingTooSlow,
    ShuttingDown,
    SpeechError,
)
from speech.mixing import Samples, join
from speech.pcm import as_wav
from tests.processes import most_resident
from tests.sounds import encode, noise, opus_bomb, rf64, riff, silence, tone

ROOT = Path(__file__).parents[2]
LONG = encode(noise(-20, 120.0))  # more than a line between two processes holds
LIMITS = DecodeLimits()


def subtitled() -> bytes:
    """A Matroska file whose second track says that it is one of subtitles."""
    first, second = tone(), tone()
    file = encode(first, second, container="matroska")
    for audio, text in ((b"\x83\x81\x02", b"\x83\x81\x11"), (b"A_PCM/INT/LIT", b"S_TEXT/UTF8\0\0")):
        before, found, behind = file.rpartition(audio)
        assert found
        file = before + text + behind
    return file


SOUNDS = {
    "wav": encode(tone(440, 3.0)),
    "stereo": encode(tone(440, 1.0, 44_100, 2), rate=44_100),
    "mp3": encode(tone(440, 30.0, 44_100, 2), rate=44_100, container="mp3", codec="libmp3lame"),
    "opus": encode(tone(440, 1.0, 48_000), rate=48_000, container="webm", codec="libopus"),
    "flac": encode(tone(440, 1.0, 96_000, 6), rate=96_000, container="flac", codec="flac"),
    "mp4": encode(tone(440, 1.0, 44_100), rate=44_100, container="mp4", codec="aac", pictures=True),
    "subtitled": subtitled(),
    "cut": encode(tone(440, 4.0, 44_100), rate=44_100, container="flac", codec="flac")[:100_000],
    "not finite": riff(np.array([np.nan, 0.5] * SAMPLE_RATE, "<f4").tobytes(), tag=3, bits=32),
    "claims": rf64(bytes(32_000), 2**62),
}
REFUSED = {
    "empty": b"",
    "text": b"hello " * 500,
    "short": riff(bytes(320)),
    "rate": riff(bytes(32_000), rate=1),
    "channels": riff(bytes(320_000), channels=9),
    "codec": riff(bytes(32_000), tag=0x1234),
    "no sound": encode(container="mp4", pictures=True),
    "no index": encode(tone(), container="mp4", codec="aac")[:3_000],
    "long": opus_bomb(70.0),
    "large": encode(silence(50.0, 96_000, 8), rate=96_000, container="flac", codec="flac"),
}
TIGHT = DecodeLimits(longest=60.0, decoded=50_000_000)


@pytest.fixture(scope="module")
def shared() -> Iterator[Decoders]:
    """For tests that leave it as it was."""
    with running(Decoders()) as decoders:
        yield decoders


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    with running(Decoders()) as made:
        yield made


@contextmanager
def running(decoders: Decoders) -> Iterator[Decoders]:
    decoders.start()
    yield decoders
    decoders.stop()


def heard(decoding: Decoding) -> Samples:
    return join(decoding, SAMPLE_RATE)


def by(decoders: Decoders, content: bytes, limits: DecodeLimits = LIMITS, call: Call | None = None) -> Decoding:
    return decoders.open(io.BytesIO(content), limits, call or Call())


def soon(true: Callable[[], bool], within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def alive(pid: int) -> bool:
    """And not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family(decoders: Decoders) -> list[int]:
    assert decoders.nursery
    return [decoders.nursery, *children(decoders.nursery)]


# --- the same as here ---


@pytest.mark.parametrize("name", SOUNDS)
def test_samples_info_and_warnings_are_those_of_a_stream(name: str, shared: Decoders) -> None:
    here, there = Stream(io.BytesIO(SOUNDS[name])), by(shared, SOUNDS[name])
    assert np.array_equal(heard(here), heard(there))
    assert (here.info, here.warnings, here.expected) == (there.info, there.warnings, there.expected)


@pytest.mark.parametrize("name", SOUNDS)
def test_channels_are_those_of_a_stream(name: str, shared: Decoders) -> None:
    here, there = Stream(io.BytesIO(SOUNDS[name]), apart=True), shared.open(io.BytesIO(SOUNDS[name]), LIMITS, Call(), apart=True)
    assert np.array_equal(np.concatenate(list(here), axis=1), np.concatenate(list(there), axis=1))
    assert (here.info, here.warnings, here.expected) == (there.info, there.warnings, there.expected)


@pytest.mark.parametrize("name", REFUSED)
def test_errors_are_those_of_a_stream(name: str, shared: Decoders) -> None:
    with pytest.raises(AudioError) as here:
        heard(Stream(io.BytesIO(REFUSED[name]), TIGHT))
    with pytest.raises(AudioError) as there:
        heard(by(shared, REFUSED[name], TIGHT))
    assert type(there.value) is type(here.value)
    assert (str(there.value), there.value.code, there.value.param) == (str(here.value), here.value.code, here.value.param)
    assert shared.crashed == 0


@pytest.mark.parametrize("kind", AudioError.__subclasses__())
def test_every_error_of_the_audio_finds_its_way_back(kind: type[AudioError]) -> None:
    error = kind.__new__(kind)
    SpeechError.__init__(error, "a sentence")
    back = wire.fault_of(wire.Kind.FAULT, bytearray(wire.fault(error)))
    assert (type(back), str(back)) == (kind, "a sentence")


# --- any file ---


def opened(kind: str, content: bytes, folder: Path) -> Path | BinaryIO:
    path, packed = folder / "a", folder / "a.gz"
    path.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    made: dict[str, Callable[[], object]] = {
        "path": lambda: path,
        "open": lambda: path.open("rb"),
        "unbuffered": lambda: path.open("rb", buffering=0),
        "memory": lambda: io.BytesIO(content),
        "spooled": lambda: spooled(content, 10**9),
        "rolled": lambda: spooled(content, 100),
        "packed": lambda: gzip.GzipFile(packed),  # its descriptor is that of what is packed
        "pipe": lambda: _Pipe(content),
    }
    return cast(BinaryIO, made[kind]())


def spooled(content: bytes, size: int) -> object:
    file = tempfile.SpooledTemporaryFile(max_size=size)  # noqa: SIM115
    file.write(content)
    return file


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("kind", ["path", "open", "unbuffered", "memory", "spooled", "rolled", "packed", "pipe"])
def test_any_file_is_read_from_its_start_and_left_open(kind: str, shared: Decoders, tmp_path: Path) -> None:
    file = opened(kind, SOUNDS["wav"], tmp_path)
    for _ in range(1 if kind == "pipe" else 2):
        samples = heard(shared.open(file, LIMITS, Call()))
        assert np.array_equal(samples, heard(Stream(io.BytesIO(SOUNDS["wav"]))))
    if not isinstance(file, Path):
        assert not file.closed
        file.close()


def test_a_real_pipe_is_heard(shared: Decoders, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(SOUNDS["wav"],))
    writer.start()
    assert len(heard(shared.open(path, LIMITS, Call()))) == 3 * SAMPLE_RATE
    writer.join()


@pytest.mark.parametrize("n_bytes", [20_001, 3_000_001])
def test_samples_without_a_header_are_heard_to_the_bit(n_bytes: int, shared: Decoders) -> None:
    sent = np.random.default_rng(0).bytes(n_bytes)
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as file:
        file.write(sent)
        samples = heard(shared.open(as_wav(cast(BinaryIO, file)), LIMITS, Call()))
    assert np.array_equal(samples, np.frombuffer(sent[: n_bytes // 2 * 2], "<i2") / np.float32(2**15))


def test_a_file_that_is_not_there_is_an_os_error(shared: Decoders, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        heard(shared.open(tmp_path / "none.wav", LIMITS, Call()))
    with pytest.raises(IsADirectoryError):
        heard(shared.open(tmp_path, LIMITS, Call()))
    assert shared.busy == 0


# --- processes that end ---


def test_a_worker_that_dies_is_replaced_and_no_sample_is_lost_or_doubled(decoders: Decoders) -> None:
    pieces = iter(by(decoders, LONG))
    parts = [next(pieces)]
    os.kill(*decoders.pids, signal.SIGKILL)
    parts.extend(pieces)
    assert np.array_equal(np.concatenate(parts), heard(Stream(io.BytesIO(LONG))))
    assert decoders.crashed == 1


def test_a_file_over_which_two_workers_die_is_given_up_and_the_next_one_is_heard(decoders: Decoders) -> None:
    pieces = iter(by(decoders, LONG))
    next(pieces)
    first = decoders.pids
    os.kill(*first, signal.SIGSEGV)
    while decoders.pids == first:
        next(pieces)
    os.kill(*decoders.pids, signal.SIGABRT)
    with pytest.raises(DecoderCrashed):
        list(pieces)
    assert (decoders.crashed, decoders.busy) == (2, 0)
    assert len(heard(by(decoders, SOUNDS["wav"]))) == 3 * SAMPLE_RATE


def test_a_worker_that_hangs_is_killed_when_the_time_is_up(decoders: Decoders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "GRACE", 0.2)
    pieces = iter(by(decoders, LONG, DecodeLimits(seconds=1.0)))
    next(pieces)
    (pid,) = decoders.pids
    os.kill(pid, signal.SIGSTOP)
    started = time.monotonic()
    with pytest.raises(DecodingTooSlow):
        list(pieces)
    assert time.monotonic() - started < 4
    assert soon(lambda: not alive(pid))
    assert (decoders.crashed, decoders.busy) == (1, 0)


def test_waiting_workers_that_die_are_not_taken(decoders: Decoders) -> None:
    heard(by(decoders, SOUNDS["wav"]))
    assert soon(lambda: len(family(decoders)) == 3)
    for pid in family(decoders)[1:]:
        os.kill(pid, signal.SIGKILL)
        assert soon(lambda pid=pid: not alive(pid))
    assert len(heard(by(decoders, SOUNDS["wav"]))) == 3 * SAMPLE_RATE
    assert decoders.crashed == 0


def test_a_nursery_that_dies_is_replaced_even_while_a_file_is_in_hand(decoders: Decoders) -> None:
    pieces = iter(by(decoders, LONG))
    parts = [next(pieces)]
    old = family(decoders)
    os.kill(old[0], signal.SIGKILL)
    parts.extend(pieces)
    assert np.array_equal(np.concatenate(parts), heard(Stream(io.BytesIO(LONG))))
    assert decoders.nursery != old[0]
    assert soon(lambda: not any(map(alive, old)))


def test_a_nursery_that_hangs_is_replaced(decoders: Decoders, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = heard(by(decoders, SOUNDS["wav"]))
    old = decoders.nursery
    assert old
    monkeypatch.setattr(pool, "BIRTH", 4.0)
    os.kill(old, signal.SIGSTOP)
    started = time.monotonic()
    for _ in range(4):  # two, perhaps, by those that were waiting
        assert np.array_equal(heard(by(decoders, SOUNDS["wav"])), expected)
    assert 4.0 < time.monotonic() - started < 20
    assert decoders.nursery != old
    assert not alive(old)
    assert decoders.crashed == 0


def test_stop_leaves_no_process_and_ends_files_in_hand(decoders: Decoders) -> None:
    pieces = iter(by(decoders, LONG))
    next(pieces)
    everybody = family(decoders)
    assert len(everybody) > 1
    decoders.stop()
    with pytest.raises(ShuttingDown):
        list(pieces)
    with pytest.raises(ShuttingDown):
        heard(by(decoders, SOUNDS["wav"]))
    assert soon(lambda: not any(map(alive, everybody)))
    decoders.start()
    assert len(heard(by(decoders, SOUNDS["wav"]))) == 3 * SAMPLE_RATE


PARENT = """
import io, sys, time
from speech.containers import DecodeLimits
from speech.calls import Call
from speech.decoders import Decoders
decoders = Decoders()
pieces = iter(decoders.open(open(sys.argv[1], "rb"), DecodeLimits(), Call()))
next(pieces)
print(decoders.nursery, *decoders.pids, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_is_killed_leaves_no_process(name: signal.Signals, tmp_path: Path) -> None:
    """Not even one that is stopped in the middle of a file."""
    file = tmp_path / "a.wav"
    file.write_bytes(LONG)
    command = [sys.executable, "-c", PARENT, str(file)]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        nursery, worker = map(int, server.stdout.readline().split())
        everybody = [nursery, *children(nursery)]
        assert worker in everybody
        os.kill(worker, signal.SIGSTOP)
        server.send_signal(name)
        server.wait(10)
    assert soon(lambda: not any(map(alive, everybody)))


def test_ctrl_c_is_for_the_server_alone(decoders: Decoders) -> None:
    pieces = iter(by(decoders, LONG))
    parts = [next(pieces)]
    assert decoders.nursery
    assert os.getsid(decoders.nursery) != os.getsid(0)
    for pid in family(decoders):
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
    parts.extend(pieces)
    assert sum(map(len, parts)) == 120 * SAMPLE_RATE
    assert decoders.crashed == 0


# --- who asks ---


def test_a_file_that_nobody_wants_any_more_frees_its_worker_at_once(decoders: Decoders) -> None:
    pieces = iter(by(decoders, LONG))
    next(pieces)
    (pid,) = decoders.pids
    os.kill(pid, signal.SIGSTOP)  # it cannot end by itself
    pieces.close()  # type: ignore[attr-defined]
    assert decoders.busy == 0
    assert soon(lambda: not alive(pid))
    assert decoders.crashed == 0


@pytest.mark.alone
def test_a_caller_who_leaves_or_is_too_late_is_not_decoded_for(decoders: Decoders) -> None:
    call = Call()
    pieces = iter(by(decoders, LONG, call=call))
    next(pieces)
    os.kill(*decoders.pids, signal.SIGSTOP)
    threading.Timer(0.1, call.leave).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        list(pieces)
    assert time.monotonic() - started < 1
    with pytest.raises(DeadlineExceeded):
        heard(by(decoders, LONG, call=Call(seconds=0.0)))
    assert decoders.busy == 0


def test_where_all_are_busy_one_waits_and_heeds_the_call() -> None:
    with running(Decoders(most=1)) as decoders:
        first = iter(by(decoders, LONG))
        next(first)
        with pytest.raises(DeadlineExceeded):
            heard(by(decoders, SOUNDS["wav"], call=Call(seconds=0.3)))
        with ThreadPoolExecutor(1) as threads:
            second = threads.submit(heard, by(decoders, SOUNDS["wav"]))
            time.sleep(0.3)
            assert not second.done()
            assert decoders.busy == 1
            assert sum(map(len, first)) > 0
            assert len(second.result(10)) == 3 * SAMPLE_RATE


def test_never_more_than_the_most_are_decoded_at_once() -> None:
    with running(Decoders(most=3)) as decoders:
        seen = []

        def hear(_: int) -> int:
            n_samples = 0
            for piece in by(decoders, LONG):
                seen.append(decoders.busy)
                n_samples += len(piece)
            return n_samples

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(hear, range(8))) == [120 * SAMPLE_RATE] * 8
        assert max(seen) == 3


@pytest.mark.alone
def test_time_counts_only_while_decoding(decoders: Decoders) -> None:
    """A slow engine is no fault of the file's."""
    for decoding in (Stream(io.BytesIO(LONG), DecodeLimits(seconds=1.0)), by(decoders, LONG, DecodeLimits(seconds=1.0))):
        n_samples = 0
        for index, piece in enumerate(decoding):
            n_samples += len(piece)
            time.sleep(1.2 if index == 2 else 0)
        assert n_samples == 120 * SAMPLE_RATE


# --- what it costs ---


def test_descriptors_processes_and_threads_stay_as_they_are(decoders: Decoders) -> None:
    files = [SOUNDS["wav"], REFUSED["text"], REFUSED["empty"]]

    def hear(index: int) -> None:
        with pytest.raises(AudioError) if index % 3 else nullcontext():
            heard(by(decoders, files[index % 3]))

    hear(0)
    before = _descriptors()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(hear, range(200)))
    assert _descriptors() == before
    assert soon(lambda: len(family(decoders)) == 3)
    assert decoders.crashed == 0


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_memory_does_not_grow_with_the_file(decoders: Decoders) -> None:
    """20 minutes are 77 MB of samples, more than a worker has in all; those who take them may be slow."""
    pieces = iter(by(decoders, opus_bomb(1_200.0)))
    n_samples = len(next(pieces))
    time.sleep(1.0)
    (pid,) = decoders.pids
    peak = 0
    for piece in pieces:
        n_samples += len(piece)
        peak = most_resident(pid) or peak
    assert n_samples > 1_190 * SAMPLE_RATE
    assert 10_000 < peak < 60_000  # kB, of which 26,000 are the nursery's


def test_a_worker_can_open_nothing_and_write_nothing(decoders: Decoders) -> None:
    pieces = iter(by(decoders, LONG))
    next(pieces)
    (pid,) = decoders.pids
    limits = dict(_limits(pid))
    assert limits["Max file size"] == limits["Max core file size"] == 0
    assert limits["Max open files"] <= 8
    assert limits["Max address space"] < 3 * 2**30
    assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()
    environment = Path(f"/proc/{decoders.nursery}/environ").read_text()
    assert "EARSHOT" not in environment
    descriptors = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    assert all(target.startswith(("/dev/null", "socket:", "/memfd:", "pipe:", "/dev/pts", "/tmp")) for target in descriptors)
    assert len([target for target in descriptors if target.startswith("socket:")]) <= 2  # its line, and perhaps stderr


def _limits(pid: int) -> Iterator[tuple[str, int]]:
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]:
        value = line[26:].split()[0]
        yield line[:25].strip(), sys.maxsize if value == "unlimited" else int(value)


# --- workers that lie ---

GOOD = MediaInfo(1.0, 16_000, 1, "pcm_s16le", "wav", None, 32_044)


def test_an_outcome_goes_over_the_line_and_back() -> None:
    assert wire.outcome_of(bytearray(wire.outcome(GOOD, ("a: b",)))) == (GOOD, ("a: b",))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 10_000,
        b'[[1.0,1,1,"a","b",null,null],[1]]',
        b'[[NaN,1,1,"a","b",null,null],[]]',
        b'[[1.0,-1,1,"a","b",null,null],[]]',
        b'[[1.0,1,1,"a",{},null,null],[]]',
        b'[[1.0,1,1,"a","b",null,null],7]',
    ],
)
def test_an_outcome_that_is_none_is_garbled(body: bytes) -> None:
    with pytest.raises(wire.Garbled):
        wire.outcome_of(bytearray(body))


@pytest.mark.parametrize("body", [b"", b"[]", b'["SpeechError","x"]', b'["AudioTooLong",7]', b'[["a"],"x"]', b"[" * 10_000])
def test_a_fault_that_is_none_is_garbled(body: bytes) -> None:
    with pytest.raises(wire.Garbled):
        wire.fault_of(wire.Kind.FAULT, bytearray(body))
    with pytest.raises(wire.Garbled):
        wire.fault_of(wire.Kind.BORN, bytearray(body))


@pytest.mark.parametrize("code", [-1.0, 1e300, float("nan")])
def test_an_errno_that_is_none_is_garbled(code: float) -> None:
    with pytest.raises(wire.Garbled):
        wire.fault_of(wire.Kind.BROKEN, bytearray(wire.number(code)))
    assert str(wire.fault_of(wire.Kind.BROKEN, bytearray(wire.number(5.0)))) == "[Errno 5] Input/output error"


@pytest.mark.parametrize("samples", [b"", b"abc", np.array([np.nan], "f4").tobytes(), np.array([np.inf], "f4").tobytes()])
def test_samples_that_are_none_are_garbled(samples: bytes) -> None:
    with pytest.raises(wire.Garbled):
        wire.samples_of(bytearray(samples))


@pytest.mark.parametrize("head", [(0, 0), (9, 0), (wire.Kind.SAMPLES, 2**30), (wire.Kind.DONE, 2**20), (255, 2**32 - 1)])
def test_a_frame_of_unknown_kind_or_any_size_is_garbled(head: tuple[int, int]) -> None:
    with pytest.raises(wire.Garbled):
        wire.size_of(wire.HEAD.pack(*head))


def test_the_longest_a_file_may_be_holds_there_too(shared: Decoders) -> None:
    with pytest.raises(AudioTooLong, match="longer than the limit of 60 seconds"):
        heard(by(shared, opus_bomb(3_600), TIGHT))
