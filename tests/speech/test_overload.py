"""Places, turns of callers, deadlines, and engines that have no room, hang, break or die."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from itertools import chain
from math import inf

import pytest

from speech.batching import Answer, Batcher, BatcherOptions, Request
from speech.calls import Call
from speech.engine import Clip, halved
from speech.errors import Cancelled, DeadlineExceeded, EngineOutOfMemory, EngineUnavailable, QueueFull, ShuttingDown
from speech.spans import Span
from speech.transcript import Transcript
from tests.speech.test_batching import PATIENCE, RATE, Echo, clip, clips, expected, plug, started, texts


class Cramped(Echo):
    """Has room for `room` seconds of audio in a pass."""

    pads = False

    def __init__(self, room: float) -> None:
        super().__init__()
        self.room = room
        self.refused: list[float] = []

    def infer(self, clips: Sequence[Clip]) -> list[Transcript]:
        seconds = sum(clip.waveform.duration for clip in clips)
        if seconds > self.room:
            self.refused.append(seconds)
            raise EngineOutOfMemory()
        return super().infer(clips)


@pytest.fixture
def engine() -> Echo:
    return Echo()


@pytest.fixture
def opened() -> Iterator[Callable[..., Batcher]]:
    made: list[tuple[Batcher, Echo]] = []

    def make(engine: Echo, **options: float) -> Batcher:
        batcher = started(engine, BatcherOptions(**{"wait": 0.0, "turn": inf, **options}))  # type: ignore[arg-type]
        made.append((batcher, engine))
        return batcher

    yield make
    for batcher, engine in made:
        engine.gate.set()
        batcher.stop()


def within(seconds: float, true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(true())


def faults_of(futures: Sequence[Future[Answer]]) -> list[type]:
    return [type(future.exception(PATIENCE)) for future in futures]


# --- places ---


def test_no_more_requests_are_inside_than_there_are_places(engine: Echo, opened: Callable[..., Batcher]) -> None:
    batcher = opened(engine, requests=2)
    with batcher.inside(Call()), batcher.inside(Call()):
        assert isinstance(batcher.refusal(""), QueueFull)
        with pytest.raises(QueueFull, match="2 requests"), batcher.inside(Call()):
            pass
        assert batcher.load.requests == 2
    assert batcher.refusal("") is None
    assert batcher.load.requests == 0


def test_a_caller_with_a_name_has_fewer_places_than_all_together(engine: Echo, opened: Callable[..., Batcher]) -> None:
    batcher = opened(engine, requests=4, per_caller=1)
    with batcher.inside(Call("a")):
        assert isinstance(batcher.refusal("a"), QueueFull)
        assert batcher.refusal("b") is None
        assert batcher.refusal("") is None


def test_clips_of_a_request_that_ends_early_are_withdrawn(engine: Echo, opened: Callable[..., Batcher]) -> None:
    batcher = opened(engine)
    plug(batcher, engine)
    with batcher.inside(Call()) as request:
        futures = batcher.submit(clips(1, 2), request)
    engine.gate.set()
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(PATIENCE)
    assert batcher.waiting == 0


def test_who_is_refused_is_told_when_all_that_is_here_will_have_been_heard(opened: Callable[..., Batcher]) -> None:
    engine = Echo()
    batcher = opened(engine, requests=1)
    plug(batcher, engine)
    batcher._passes.pace = 0.1
    with batcher.inside(Call()) as request:
        batcher.submit(clips(*[1.0] * 100), request)
        request.coming = 200.0
        began = time.perf_counter()
        with pytest.raises(QueueFull) as full, batcher.inside(Call()):
            pass
    late = time.perf_counter() - began
    assert full.value.retry_after in range(29 - int(late), 32)  # (0.5 + 100 + 200) * 0.1 s, less what the pass has taken


def test_who_has_not_shown_his_file_yet_counts_as_much_as_those_before_him(opened: Callable[..., Batcher]) -> None:
    engine = Echo()
    batcher = opened(engine, requests=3)
    with batcher.inside(Call()) as request:
        texts(batcher.submit(clips(10, 20), request))
    batcher._passes.pace = 0.1
    with batcher.inside(Call()), batcher.inside(Call()), batcher.inside(Call()):
        fault = batcher.refusal("")
    assert isinstance(fault, QueueFull)
    assert fault.retry_after == 9  # three times 30 s, at a tenth of them


@pytest.mark.parametrize(("backlog", "told"), [(0.0, 1), (10_000_000.0, 120)])
def test_nobody_is_told_to_wait_for_no_time_or_for_too_long(
    engine: Echo, opened: Callable[..., Batcher], backlog: float, told: int
) -> None:
    batcher = opened(engine, requests=1)
    engine.gate.clear()
    threading.Timer(0.01, engine.gate.set).start()
    texts(batcher.submit(clips(1)))
    with batcher.inside(Call()) as request:
        request.coming = backlog
        fault = batcher.refusal("")
    assert isinstance(fault, QueueFull)
    assert fault.retry_after == told


# --- turns of callers ---


def test_one_caller_with_many_requests_has_one_turn_among_others(engine: Echo, opened: Callable[..., Batcher]) -> None:
    batcher = opened(engine, at_once=0.0)
    plug(batcher, engine)
    futures: list[Future[Answer]] = []
    for length in (1, 1.1, 1.2):
        futures += batcher.submit(clips(length, length), Request(Call("a")))
    futures += batcher.submit(clips(2, 2), Request(Call("b")))
    engine.gate.set()
    texts(futures)
    assert list(chain(*engine.batches[1:])) == [1, 2, 1.1, 2, 1.2, 1, 1.1, 1.2]


def test_a_long_file_fills_passes_alone_and_makes_them_short_beside_others(opened: Callable[..., Batcher]) -> None:
    engine = Echo()
    engine.pads = False
    batcher = opened(engine, turn=0.1)
    plug(batcher, engine)
    batcher._passes.pace = 0.01  # a turn is 10 s of audio
    alone = batcher.submit(clips(*[2.0] * 30))
    engine.gate.set()
    texts(alone)
    assert [sum(batch) for batch in engine.batches[1:]] == [60]
    engine.entered.clear()
    plug(batcher, engine)
    batcher._passes.pace = 0.01
    batcher._passes._note = lambda *_: None  # type: ignore[method-assign]  # the pass in hand says nothing of the pace
    futures = batcher.submit(clips(*[2.0] * 10)) + batcher.submit(clips(3.0, 3.0))
    engine.gate.set()
    texts(futures)
    assert sorted(engine.batches[3]) == [2.0] * 5 + [3.0, 3.0]


# --- deadlines and callers who leave ---


def test_late_and_unwanted_clips_never_reach_the_engine(engine: Echo, opened: Callable[..., Batcher]) -> None:
    batcher = opened(engine)
    plug(batcher, engine)
    late, left = Call(seconds=0.02), Call()
    dropped = batcher.submit(clips(1, 2), Request(late)) + batcher.submit(clips(3), Request(left))
    kept = batcher.submit(clips(4))
    left.leave()
    time.sleep(0.05)
    engine.gate.set()
    assert texts(kept) == expected(clips(4))
    assert list(chain(*engine.batches[1:])) == [4]
    assert all(future.cancelled() for future in dropped)


def test_a_call_says_why_nobody_waits_any_more() -> None:
    late, left = Call(seconds=0.0), Call()
    left.leave()
    with pytest.raises(DeadlineExceeded, match="within 0 seconds"):
        late.heed()
    with pytest.raises(Cancelled):
        left.heed()
    assert not late.wanted
    assert not left.wanted
    Call().heed()


def test_a_jump_of_the_wall_clock_changes_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Call(seconds=60.0)
    monkeypatch.setattr(time, "time", lambda: 1e12)
    call.heed()
    assert 59 < call.left() <= 60


# --- no room on the device ---


def test_a_batch_without_room_is_halved_until_it_fits_and_later_ones_are_smaller(opened: Callable[..., Batcher]) -> None:
    engine = Cramped(room=10.0)
    batcher = opened(engine)
    plug(batcher, engine)
    asked = clips(*[2.0] * 16)
    futures = batcher.submit(asked)
    engine.gate.set()
    assert texts(futures) == expected(asked)
    tried = len(engine.refused)
    assert 1 <= tried <= 4
    assert batcher.load.splits == tried
    assert texts(batcher.submit(asked)) == expected(asked)
    assert len(engine.refused) == tried  # remembered


def test_the_room_is_tried_again_little_by_little(opened: Callable[..., Batcher]) -> None:
    engine = Cramped(room=10.0)
    batcher = opened(engine, at_once=40.0)
    plug(batcher, engine)
    futures = batcher.submit(clips(*[2.0] * 20))
    engine.gate.set()
    texts(futures)
    engine.room = inf
    texts(batcher.submit(clips(*[2.0] * 300)))
    assert max(map(sum, engine.batches)) > 20


def test_a_clip_for_which_there_is_no_room_is_heard_in_parts(opened: Callable[..., Batcher]) -> None:
    engine = Cramped(room=10.0)
    batcher = opened(engine)
    (future,) = batcher.submit([clip(30.0)])
    transcript = future.result(PATIENCE).transcript
    assert transcript.duration == 30
    assert len(transcript.segments) == 4
    assert all(a.end == pytest.approx(b.start) for a, b in zip(transcript.segments, transcript.segments[1:], strict=False))
    assert transcript.segments[-1].end == pytest.approx(30)


def test_where_there_is_no_room_at_all_that_clip_alone_fails(opened: Callable[..., Batcher]) -> None:
    engine = Cramped(room=1.0)
    batcher = opened(engine)
    plug(batcher, engine)
    small, large = batcher.submit(clips(0.5)), batcher.submit(clips(20))
    engine.gate.set()
    assert faults_of(large) == [EngineOutOfMemory]
    assert texts(small) == expected(clips(0.5))


def test_halves_of_a_clip_are_the_clip_and_share_what_is_wanted_of_it() -> None:
    whole = Clip(clip(9.0).waveform, wanted=Span(2.0, 8.0))
    first, second, start = halved(whole)
    assert 3 <= start <= 6
    assert first.waveform.duration + second.waveform.duration == pytest.approx(9.0, abs=1 / RATE)
    assert first.wanted is not None
    assert second.wanted is not None
    assert (first.wanted.start, first.wanted.end) == (2.0, pytest.approx(start))
    assert (second.wanted.start, second.wanted.end) == (0.0, pytest.approx(8.0 - start))


# --- engines that hang, break and die ---


def test_everybody_is_answered_when_a_pass_hangs_and_served_when_it_ends_after_all(opened: Callable[..., Batcher]) -> None:
    engine = Echo()
    batcher = opened(engine, hung=0.2)
    in_hand, waiting = plug(batcher, engine), batcher.submit(clips(1, 2))
    assert faults_of([in_hand, *waiting]) == [EngineUnavailable] * 3
    assert "hangs" in batcher.trouble
    assert isinstance(batcher.refusal(""), EngineUnavailable)
    engine.gate.set()
    assert within(5, lambda: not batcher.trouble)
    assert texts(batcher.submit(clips(1))) == expected(clips(1))


def test_a_device_that_is_lost_ends_all_work_at_once(opened: Callable[..., Batcher]) -> None:
    engine = Echo()
    engine.poison = lambda one: EngineUnavailable("CUDA error: device-side assert triggered") if len(engine.batches) > 1 else None
    batcher = opened(engine, at_once=0.0)
    plug(batcher, engine)
    futures = batcher.submit(clips(1, 2, 3))
    engine.gate.set()
    assert faults_of(futures) == [EngineUnavailable] * 3
    assert within(1, lambda: "device-side assert" in batcher.trouble)
    with pytest.raises(EngineUnavailable, match="device-side"):
        batcher.submit(clips(1))
    assert len(engine.batches) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_everybody_is_answered_when_the_engines_thread_dies(
    opened: Callable[..., Batcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Echo()
    batcher = opened(engine, hung=1.0)
    in_hand, waiting = plug(batcher, engine), batcher.submit(clips(1))

    def dies(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(batcher._passes, "_answer", dies)
    engine.gate.set()
    assert faults_of([in_hand, *waiting]) == [EngineUnavailable] * 2
    assert "ended" in batcher.trouble
    with pytest.raises(EngineUnavailable):
        batcher.submit(clips(1))


# --- the end ---


def test_draining_finishes_what_was_begun_and_refuses_the_rest(engine: Echo, opened: Callable[..., Batcher]) -> None:
    batcher = opened(engine, at_once=0.0)
    engine.gate.clear()
    with batcher.inside(Call()) as begun, batcher.inside(Call()) as untouched:
        running = batcher.submit(clips(1, 2), begun)
        assert engine.entered.wait(PATIENCE)
        refused = batcher.submit(clips(3), untouched)
        batcher.drain()
        assert faults_of(refused) == [ShuttingDown]
        running += batcher.submit(clips(4), begun)
        with pytest.raises(ShuttingDown):
            batcher.submit(clips(5), untouched)
        assert isinstance(batcher.refusal(""), ShuttingDown)
        engine.gate.set()
        assert texts(running) == expected([*clips(1, 2), *clips(4)])


def test_the_load_tells_what_was_done(engine: Echo, opened: Callable[..., Batcher]) -> None:
    batcher = opened(engine, at_once=2.0)
    plug(batcher, engine)
    futures = batcher.submit(clips(1, 1, 1, 1))
    assert (batcher.load.waiting, batcher.load.turn > 0) == (4, True)
    engine.gate.set()
    texts(futures)
    assert within(5, lambda: batcher.load.turn == 0)
    load = batcher.load
    assert (load.clips, load.audio, load.batches, load.waiting) == (5, 4.5, 3, 0)
    assert load.busy > 0
    assert (load.crowded, load.filled) == (1, 1.0)
