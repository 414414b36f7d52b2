from __future__ import annotations

import gc
import random
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from itertools import chain
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.audio import Waveform
from speech.batching import Answer, Batcher, BatcherOptions, Request
from speech.engine import Clip, Device
from speech.errors import EngineUnavailable, InferenceFailed, QueueFull, ShuttingDown
from speech.transcript import Language, Segment, Transcript
from tests.fakes import CHECKPOINT, INFO

RATE = 100  # Hz: small clips, long in seconds
PATIENCE = 60  # s: longer than anything here takes on a busy machine


class Echo:
    """Answers each clip with a hash of its samples. While `gate` is shut a call that has `entered` waits."""

    info, checkpoint, pads, at_once = INFO, CHECKPOINT, True, 60.0

    def __init__(self) -> None:
        self.batches: list[list[float]] = []  # lengths of the clips, call by call
        self.threads: set[int] = set()
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        self.poison: Callable[[Clip], BaseException | None] = lambda clip: None
        self.lost = 0  # answers it forgets

    def device(self) -> Device:
        return Device("CPU", 0, 0)

    def infer(self, clips: Sequence[Clip]) -> list[Transcript]:
        self.threads.add(threading.get_ident())
        self.batches.append([clip.waveform.duration for clip in clips])
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        for clip in clips:
            if error := self.poison(clip):
                raise error
        return [heard(clip) for clip in clips][self.lost :]


def heard(clip: Clip) -> Transcript:
    name = f"{zlib.crc32(clip.waveform.samples.tobytes())}"
    return Transcript((Segment(name, 0.0, clip.waveform.duration, Language.ZH),), clip.waveform.duration)


def clip(length: float, seed: int = 0) -> Clip:
    values = np.random.default_rng(seed).standard_normal(round(length * RATE))
    return Clip(Waveform(values.astype(np.float32), RATE))


def clips(*lengths: float) -> list[Clip]:
    return [clip(length, seed) for seed, length in enumerate(lengths)]


def texts(futures: Sequence[Future[Answer]]) -> list[str]:
    return [future.result(PATIENCE).transcript.text for future in futures]


def expected(asked: Sequence[Clip]) -> list[str]:
    return [heard(one).text for one in asked]


def started(engine: Echo, options: BatcherOptions | None = None) -> Batcher:
    batcher = Batcher(options or BatcherOptions(turn=inf, wait=0.0))
    batcher.start(lambda: engine, lambda reason: None)
    return batcher


@pytest.fixture
def engine() -> Echo:
    return Echo()


@pytest.fixture
def batcher(engine: Echo) -> Iterator[Batcher]:
    made = started(engine)
    yield made
    engine.gate.set()
    made.stop()


def plug(batcher: Batcher, engine: Echo) -> Future[Answer]:
    """Keeps the engine busy with a clip of half a second until its gate is opened."""
    engine.gate.clear()
    (future,) = batcher.submit([clip(0.5)])
    assert engine.entered.wait(PATIENCE)
    return future


# --- who gets what ---


def test_every_request_gets_its_own_answers(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, at_once=30.0, wait=0.001))
    rng = random.Random(0)
    requests = [[clip(rng.uniform(0.1, 12), seed=rng.randrange(10**9)) for _ in range(rng.randint(1, 4))] for _ in range(200)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda request: texts(batcher.submit(request)), requests))
    batcher.stop()
    assert answers == [expected(request) for request in requests]
    assert sum(map(len, engine.batches)) == sum(map(len, requests))
    assert len(engine.batches) < sum(map(len, requests))


def test_one_thread_loads_and_calls_the_engine(engine: Echo) -> None:
    loaded: list[int] = []

    def load() -> Echo:
        loaded.append(threading.get_ident())
        return engine

    batcher = Batcher(BatcherOptions(turn=inf, wait=0.0))
    batcher.start(load, lambda reason: None)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda length: texts(batcher.submit([clip(length)])), [1.0] * 20))
    batcher.stop()
    assert engine.threads == set(loaded)
    assert threading.get_ident() not in loaded


def test_clips_submitted_while_the_engine_loads_are_heard_when_it_has(engine: Echo) -> None:
    ready = threading.Event()

    def load() -> Echo:
        ready.wait(PATIENCE)
        return engine

    batcher = Batcher(BatcherOptions(turn=inf))
    asked = clips(1, 2, 3)
    futures = batcher.submit(asked)
    batcher.start(load, lambda reason: None)
    ready.set()
    assert texts(futures) == expected(asked)
    batcher.stop()


def test_a_request_without_clips_is_answered_at_once(batcher: Batcher) -> None:
    assert batcher.submit([]) == []


def test_an_answer_says_what_it_cost(batcher: Batcher, engine: Echo) -> None:
    plug(batcher, engine)
    futures = batcher.submit([clip(2.0), clip(2.5)])
    time.sleep(0.05)
    engine.gate.set()
    short, long = (future.result(PATIENCE) for future in futures)
    assert short.queued >= 0.05
    assert long.queued == pytest.approx(short.queued)
    assert long.engine == pytest.approx(short.engine * 1.25)


# --- what shares a batch ---


def test_clips_of_like_length_share_a_batch_and_others_do_not(batcher: Batcher, engine: Echo) -> None:
    plug(batcher, engine)
    futures = batcher.submit(clips(10, 1, 9, 1.2, 7.5, 0.2))
    engine.gate.set()
    texts(futures)
    assert engine.batches[1:] == [[10, 9, 7.5], [1, 1.2], [0.2]]


def test_clips_of_many_requests_share_a_batch(batcher: Batcher, engine: Echo) -> None:
    plug(batcher, engine)
    futures = [batcher.submit([clip(4 + i / 10)])[0] for i in range(5)]
    engine.gate.set()
    texts(futures)
    assert sorted(engine.batches[1]) == [4.0, 4.1, 4.2, 4.3, 4.4]


def test_a_batch_with_its_padding_stays_within_the_budget(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, at_once=20.0, wait=0.0))
    plug(batcher, engine)
    futures = batcher.submit(clips(5, 5, 5, 5.5, 5, 30))
    engine.gate.set()
    texts(futures)
    batcher.stop()
    assert engine.batches[1:] == [[5, 5, 5, 5], [5.5], [30]]  # 5.5 would make four of 5.5; 30 goes alone, however long


def test_where_nothing_is_padded_all_lengths_go_together(engine: Echo) -> None:
    engine.pads = False
    batcher = started(engine, BatcherOptions(turn=inf, at_once=20.0, wait=0.0))
    plug(batcher, engine)
    futures = [*batcher.submit(clips(12, 1, 12)), *batcher.submit(clips(2, 3))]
    engine.gate.set()
    texts(futures)
    batcher.stop()
    assert engine.batches[1:] == [[12, 2, 3, 1], [12]]


def test_a_caller_who_was_let_in_may_bring_more_and_keeps_one_turn(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, at_once=1.0, wait=0.0, waiting=10.0))
    plug(batcher, engine)
    file, other = Request(), Request()
    futures = batcher.submit(clips(4), file) + batcher.submit(clips(5), other)
    futures += batcher.submit(clips(4.1, 4.2), file)
    with pytest.raises(QueueFull):
        batcher.submit(clips(1))
    engine.gate.set()
    texts(futures)
    batcher.stop()
    assert list(chain(*engine.batches[1:])) == [4, 5, 4.1, 4.2]


@settings(max_examples=40)
@given(st.lists(st.lists(st.floats(0.1, 40).map(lambda s: round(s, 2)), min_size=1, max_size=6), max_size=8))
def test_any_requests_are_heard_once_and_their_batches_keep_the_rules(requests: list[list[float]]) -> None:
    engine, options = Echo(), BatcherOptions(turn=inf, alike=0.7, wait=0.0)
    batcher = started(engine, options)
    plug(batcher, engine)
    futures = [future for lengths in requests for future in batcher.submit(clips(*lengths))]
    engine.gate.set()
    texts(futures)
    batcher.stop()
    batches = engine.batches[1:]
    assert sorted(chain(*batches)) == sorted(chain(*requests))
    assert all(len(batch) == 1 or max(batch) * len(batch) <= engine.at_once for batch in batches)
    assert all(min(batch) >= options.alike * max(batch) for batch in batches)


def test_a_lone_clip_waits_a_little_for_company(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, wait=PATIENCE))
    futures = [batcher.submit([clip(1.0)])[0], batcher.submit([clip(1.1)])[0]]
    texts(futures)
    batcher.stop()
    assert engine.batches == [[1.0, 1.1]]


# --- turns ---


def test_a_short_request_does_not_wait_for_a_long_file(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, at_once=20.0, wait=0.0))
    plug(batcher, engine)
    file = batcher.submit(clips(*[10] * 50))
    short = batcher.submit(clips(1))
    engine.gate.set()
    texts([*file, *short])
    batcher.stop()
    assert engine.batches[1:4] == [[10, 10], [1], [10, 10]]


def test_others_clips_go_along_before_more_of_the_same_file(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, at_once=30.0, wait=0.0))
    plug(batcher, engine)
    futures = [*batcher.submit(clips(10, 10.0, 10)), *batcher.submit(clips(9.5)), *batcher.submit(clips(9))]
    engine.gate.set()
    texts(futures)
    batcher.stop()
    assert engine.batches[1:] == [[10, 9.5, 9], [10, 10]]


def test_long_files_take_turns(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, at_once=1.0, wait=0.0))
    plug(batcher, engine)
    futures = [*batcher.submit(clips(2, 2.1)), *batcher.submit(clips(3, 3.1)), *batcher.submit(clips(4, 4.1))]
    engine.gate.set()
    texts(futures)
    batcher.stop()
    assert list(chain(*engine.batches[1:])) == [2, 3, 4, 2.1, 3.1, 4.1]


# --- faults ---


@pytest.mark.parametrize("error", [RuntimeError("no"), MemoryError(), SystemExit(1), KeyboardInterrupt()])
def test_a_poisoned_clip_fails_alone_and_the_engine_lives_on(batcher: Batcher, engine: Echo, error: BaseException) -> None:
    asked = clips(*[1.0] * 16)
    engine.poison = lambda one: error if one is asked[5] else None
    plug(batcher, engine)
    futures = batcher.submit(asked)
    engine.gate.set()
    with pytest.raises(InferenceFailed):
        futures[5].result(PATIENCE)
    others = [i for i in range(16) if i != 5]
    assert texts([futures[i] for i in others]) == expected([asked[i] for i in others])
    assert len(engine.batches) == 1 + 1 + 2 * 4  # the plug, all sixteen, and two halves four times
    assert texts(batcher.submit([clip(2.0)])) == expected([clip(2.0)])


def test_a_batch_that_is_only_too_big_succeeds_in_parts(batcher: Batcher, engine: Echo) -> None:
    engine.poison = lambda one: RuntimeError("out of memory") if len(engine.batches[-1]) > 3 else None
    plug(batcher, engine)
    futures = batcher.submit(asked := clips(*[1.0] * 8))
    engine.gate.set()
    assert texts(futures) == expected(asked)


def test_an_engine_that_forgets_an_answer_gives_nobody_anothers(batcher: Batcher, engine: Echo) -> None:
    engine.lost = 1
    futures = batcher.submit(clips(1, 1, 1))
    assert all(isinstance(future.exception(PATIENCE), InferenceFailed) for future in futures)
    engine.lost = 0
    assert texts(batcher.submit(clips(1))) == expected(clips(1))


@pytest.mark.parametrize(("error", "reason"), [(RuntimeError("no weights"), "no weights"), (SystemExit(), "SystemExit")])
def test_an_engine_that_does_not_load_is_unavailable_to_all(error: BaseException, reason: str) -> None:
    begin = threading.Event()
    heard_of: list[BaseException] = []

    def load() -> Echo:
        begin.wait(PATIENCE)
        raise error

    batcher = Batcher(BatcherOptions(turn=inf))
    waiting = batcher.submit(clips(1, 2))
    batcher.start(load, heard_of.append)
    begin.set()
    assert all(isinstance(future.exception(PATIENCE), EngineUnavailable) for future in waiting)
    with pytest.raises(EngineUnavailable, match=reason):
        batcher.submit(clips(1))
    batcher.stop()
    assert heard_of == [error]


# --- withdrawing ---


def test_what_was_cancelled_is_not_heard(batcher: Batcher, engine: Echo) -> None:
    plug(batcher, engine)
    kept, dropped, gone = batcher.submit(clips(1, 2, 3)), batcher.submit(clips(4)), batcher.submit(clips(5, 6))
    assert all(future.cancel() for future in [kept[1], *dropped, *gone])
    engine.gate.set()
    assert not wait([*kept, *dropped, *gone], timeout=PATIENCE).not_done
    assert sorted(chain(*engine.batches[1:])) == [1, 3]
    with pytest.raises(CancelledError):
        dropped[0].result(0)


def test_what_is_being_heard_cannot_be_cancelled_any_more(batcher: Batcher, engine: Echo) -> None:
    future = plug(batcher, engine)
    assert not future.cancel()
    engine.gate.set()
    assert texts([future]) == expected([clip(0.5)])


def test_cancelled_clips_make_room(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, waiting=10.0, wait=0.0))
    plug(batcher, engine)
    first = batcher.submit(clips(5, 5))
    with pytest.raises(QueueFull):
        batcher.submit(clips(5))
    assert all(future.cancel() for future in first)
    second = batcher.submit(clips(5, 5))
    assert batcher.waiting == 10
    assert not wait(first, timeout=0).not_done
    engine.gate.set()
    texts(second)
    batcher.stop()


def test_the_engine_keeps_no_clip_while_it_is_idle(batcher: Batcher) -> None:
    asked = clip(3.0)
    samples = weakref.ref(asked.waveform.samples)
    texts(batcher.submit([asked]))
    del asked
    deadline = time.monotonic() + PATIENCE
    while samples() is not None and time.monotonic() < deadline:  # the thread may not have come back yet
        gc.collect()
        time.sleep(0.01)
    assert samples() is None


# --- overload ---


def test_a_full_queue_takes_no_part_of_a_request(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, waiting=10.0, wait=0.0))
    plug(batcher, engine)
    taken = batcher.submit(clips(4, 4))
    with pytest.raises(QueueFull, match="8 seconds") as full:
        batcher.submit(clips(1, 1, 1))
    assert full.value.retry_after
    assert batcher.waiting == 8
    assert batcher.submit([]) == []
    taken += batcher.submit(clips(2))
    engine.gate.set()
    texts(taken)
    batcher.stop()
    assert sorted(chain(*engine.batches)) == [0.5, 2, 4, 4]


def test_an_empty_queue_takes_a_request_of_any_length(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, waiting=10.0, wait=0.0))
    plug(batcher, engine)
    giant = batcher.submit(clips(*[30] * 5))
    with pytest.raises(QueueFull):
        batcher.submit(clips(0.1))
    engine.gate.set()
    assert texts(giant) == expected(clips(*[30] * 5))
    assert batcher.waiting == 0
    assert texts(batcher.submit(clips(11, 12))) == expected(clips(11, 12))
    batcher.stop()


@pytest.mark.alone
def test_the_ten_thousandth_request_is_as_cheap_as_the_first(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, waiting=1e9, wait=0.0))
    plug(batcher, engine)
    asked = [clip(1.0)]
    futures, costs = [], []
    for _ in range(100):
        began = time.thread_time()
        futures += [batcher.submit(asked)[0] for _ in range(100)]
        costs.append(time.thread_time() - began)
    assert min(costs[-10:]) < 2 * min(costs[:10])  # a sum over all that wait, each time, makes it many times as dear
    assert batcher.waiting == 10_000
    assert all(future.cancel() for future in futures)
    assert batcher.waiting == 0
    engine.gate.set()
    batcher.stop()


# --- the end ---


def test_stopping_finishes_the_batch_in_hand_and_refuses_what_waits(batcher: Batcher, engine: Echo) -> None:
    in_hand = plug(batcher, engine)
    waiting = batcher.submit(clips(1, 20))
    threading.Timer(0.1, engine.gate.set).start()
    batcher.stop()
    assert in_hand.done()
    assert texts([in_hand]) == expected([clip(0.5)])
    assert all(isinstance(future.exception(0), ShuttingDown) for future in waiting)
    assert len(engine.batches) == 1
    assert batcher.waiting == 0


def test_nothing_is_taken_after_the_end(batcher: Batcher) -> None:
    batcher.stop()
    faults = []
    for _ in range(2):
        with pytest.raises(ShuttingDown) as fault:
            batcher.submit(clips(1))
        faults.append(fault.value)
    assert faults[0] is not faults[1]  # one error for all would keep every caller's frames alive


def test_stopping_twice_or_before_the_start_does_no_harm(batcher: Batcher) -> None:
    batcher.stop()
    batcher.stop()
    Batcher().stop()


def test_stopping_while_the_engine_loads_ends_the_thread(engine: Echo) -> None:
    ready = threading.Event()

    def load() -> Echo:
        ready.wait(PATIENCE)
        return engine

    batcher = Batcher(BatcherOptions(turn=inf))
    waiting = batcher.submit(clips(1))
    batcher.start(load, lambda reason: None)
    threading.Timer(0.05, ready.set).start()
    batcher.stop()
    assert isinstance(waiting[0].exception(0), ShuttingDown)
    assert engine.batches == []


def test_no_future_is_left_open_whoever_submits_cancels_and_stops(engine: Echo) -> None:
    batcher = started(engine, BatcherOptions(turn=inf, wait=0.001, waiting=50.0))
    engine.poison = lambda one: RuntimeError("no") if one.waveform.duration > 4.9 else None
    taken: list[Future[Answer]] = []

    def caller(seed: int) -> None:
        rng = random.Random(seed)
        try:
            while True:
                try:
                    futures = batcher.submit(clips(*(rng.uniform(0.1, 5) for _ in range(rng.randint(1, 5)))))
                except QueueFull:
                    time.sleep(0.001)
                    continue
                taken.extend(futures)
                if rng.random() < 0.5:
                    rng.choice(futures).cancel()
        except ShuttingDown:
            return

    with ThreadPoolExecutor(8) as pool:
        callers = [pool.submit(caller, seed) for seed in range(8)]
        time.sleep(0.5)
        batcher.stop()
        for finished in callers:
            finished.result(PATIENCE)
    assert taken
    assert not wait(taken, timeout=PATIENCE).not_done
    kinds = {type(future.exception()) for future in taken if not future.cancelled()}
    assert kinds <= {type(None), InferenceFailed, ShuttingDown}
