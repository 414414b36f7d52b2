from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from speech import cutting
from speech.audio import Waveform, decode
from speech.batching import BatcherOptions
from speech.calls import Call
from speech.cutting import CutOptions
from speech.engine import Clip, Device, Vad
from speech.errors import (
    Cancelled,
    EngineUnavailable,
    InferenceFailed,
    ModelLoading,
    QueueFull,
    ShuttingDown,
    UndecodableAudio,
    UnknownLanguage,
)
from speech.spans import Span
from speech.transcriber import Ask, Hearing, Progress, State, Transcriber, TranscriberOptions, parse_language
from speech.transcript import Language, Transcript
from speech.windows import WindowOptions
from tests.fakes import CHECKPOINT, INFO, FakeEngine, FakeVad, fake_transcriber
from tests.sounds import encode, noise

PATIENCE = 60  # s: longer than anything here takes on a busy machine
TALK = encode(noise(-20, duration=8.0))  # four stretches of speech, as FakeVad hears it
PLACES = [Span(0.0, 1.35), Span(1.85, 3.35), Span(3.85, 5.35), Span(5.85, 7.35)]


@dataclass
class Recorded(FakeEngine):
    """Keeps what it was given. While `gate` is shut, whoever has `entered` waits; with `permits`, each call takes one."""

    given: list[Clip] = field(default_factory=list)
    permits: threading.Semaphore | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def device(self) -> Device:
        return Device("CPU", 0, 0)

    def infer(self, clips: Sequence[Clip]) -> list[Transcript]:
        self.given.extend(clips)
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        assert self.permits is None or self.permits.acquire(timeout=PATIENCE)
        return super().infer(clips)


@pytest.fixture
def engine() -> Recorded:
    return Recorded()


@pytest.fixture
def transcriber(engine: Recorded) -> Iterator[Transcriber]:
    made = ready(engine)
    yield made
    engine.gate.set()
    made.stop()


def ready(engine: Recorded, vad: FakeVad | None = None, options: TranscriberOptions | None = None) -> Transcriber:
    made = fake_transcriber(engine, vad, options)
    assert made.wait(PATIENCE).state is State.READY
    engine.given.clear()  # of the warm-up
    engine.entered.clear()
    return made


def talk() -> io.BytesIO:
    return io.BytesIO(TALK)


def batched(at_once: float, waiting: float = 1e6) -> TranscriberOptions:
    return TranscriberOptions(batcher=BatcherOptions(at_once=at_once, waiting=waiting, wait=0.0))


# --- the pipeline ---


def test_a_file_is_cut_where_somebody_speaks_and_each_answer_stands_in_its_place(
    transcriber: Transcriber, engine: Recorded
) -> None:
    hearing = transcriber.transcribe(talk())
    waveform = decode(talk()).waveform
    segments = hearing.transcript.segments
    assert [segment.start for segment in segments] == pytest.approx([place.start for place in PLACES])
    assert [segment.end for segment in segments] == pytest.approx([place.end for place in PLACES])
    assert [s.text for s in segments] == [engine.hear(Clip(waveform.cut(place))).segments[0].text for place in PLACES]
    assert hearing.transcript.duration == 8.0
    assert (hearing.media.rate, hearing.media.codec, hearing.warnings) == (16_000, "pcm_s16le", ())


def test_of_a_part_of_a_recording_only_that_is_heard_and_stands_where_it_is(transcriber: Transcriber) -> None:
    hearing = transcriber.transcribe(talk(), Ask(within=Span(2.0, 5.0)))
    assert [(s.start, s.end) for s in hearing.transcript.segments] == [(2.0, 3.35), (3.85, 5.0)]
    assert hearing.transcript.duration == 5.0
    assert hearing.media.duration == 8.0


def test_a_part_behind_the_end_is_silence(transcriber: Transcriber) -> None:
    assert transcriber.transcribe(talk(), Ask(within=Span(20.0, 30.0))).transcript.segments == ()


def test_the_languages_it_may_be_in_go_with_every_clip(transcriber: Transcriber, engine: Recorded) -> None:
    among = frozenset({Language.JA, Language.KO})
    heard = transcriber.transcribe(talk(), Ask(among=among)).transcript
    assert {clip.among for clip in engine.given} == {among}
    assert {segment.language for segment in heard.segments} <= among
    with pytest.raises(UnknownLanguage):
        transcriber.transcribe(talk(), Ask(among=frozenset({Language.OTHER})))


def test_words_are_shifted_with_their_segments(transcriber: Transcriber) -> None:
    for segment in transcriber.transcribe(talk()).transcript.segments:
        assert segment.words[0].start == pytest.approx(segment.start)
        assert segment.words[-1].end == pytest.approx(segment.end)


def test_a_path_gives_the_same_as_an_open_file(transcriber: Transcriber, tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(TALK)
    assert transcriber.transcribe(tmp_path / "talk.wav").transcript == transcriber.transcribe(talk()).transcript


def test_clips_of_one_file_heard_together_or_one_by_one_give_the_same() -> None:
    together, alone = ready(Recorded(), options=batched(60.0)), ready(Recorded(), options=batched(0.0))
    assert together.transcribe(talk()).transcript == alone.transcribe(talk()).transcript
    together.stop()
    alone.stop()


def test_many_callers_at_once_get_each_their_own(transcriber: Transcriber, engine: Recorded) -> None:
    files = [encode(noise(-20, duration=1.0 + i / 2, seed=i)) for i in range(12)]
    alone = [transcriber.transcribe(io.BytesIO(file)).transcript for file in files]
    with ThreadPoolExecutor(12) as pool:
        at_once = list(pool.map(lambda file: transcriber.transcribe(io.BytesIO(file)).transcript, files))
    assert at_once == alone
    assert max(engine.batches) > 1


def test_what_was_asked_reaches_the_engine(transcriber: Transcriber, engine: Recorded) -> None:
    hearing = transcriber.transcribe(talk(), Ask(Language.EN, itn=False))
    assert {(clip.language, clip.itn) for clip in engine.given} == {(Language.EN, False)}
    assert hearing.transcript.language is Language.EN


def test_without_a_wish_the_engine_finds_the_language_out(transcriber: Transcriber, engine: Recorded) -> None:
    transcriber.transcribe(talk())
    assert {(clip.language, clip.itn) for clip in engine.given} == {(None, True)}


def test_silence_has_no_segments_and_is_no_fault() -> None:
    engine = Recorded()
    transcriber = ready(engine, FakeVad(speech=0.0))
    steps = list(transcriber.listen(talk()))
    transcriber.stop()
    assert steps[0] == Progress(0.0, 8.0)
    assert isinstance(steps[-1], Hearing)
    assert steps[-1].transcript == Transcript((), 8.0)
    assert steps[-1].transcript.language is Language.NONE
    assert engine.given == []


def test_speech_in_which_nothing_is_heard_has_no_segments() -> None:
    transcriber = ready(Recorded(lines=()))
    steps = list(transcriber.listen(talk()))
    transcriber.stop()
    assert isinstance(steps[-1], Hearing)
    assert steps[-1].transcript == Transcript((), 8.0)
    assert len(steps) == 2 + len(PLACES)


def test_without_a_detector_all_is_heard_with_what_lies_around_it(transcriber: Transcriber, engine: Recorded) -> None:
    hearing = transcriber.transcribe(io.BytesIO(encode(noise(-20, duration=50.0))), Ask(vad=False))
    clips = engine.given
    assert len(clips) >= 3
    assert sum(clip.wanted.length if clip.wanted else clip.waveform.duration for clip in clips) == pytest.approx(50.0, abs=1e-3)
    assert hearing.transcript.duration == pytest.approx(50.0)


def test_a_long_file_is_heard_before_it_is_read_to_its_end(engine: Recorded) -> None:
    transcriber = ready(engine, options=TranscriberOptions(window=WindowOptions(first=4.0, length=4.0), ahead=4.0))
    file = io.BytesIO(encode(noise(-20, duration=120.0)))
    steps = transcriber.listen(file)
    while not (isinstance(step := next(steps), Progress) and step.segments):
        pass
    assert file.tell() < len(file.getvalue()) / 2
    *_, hearing = steps
    transcriber.stop()
    assert isinstance(hearing, Hearing)
    segments = hearing.transcript.segments
    assert all(left.end <= right.start + 1e-3 for left, right in pairwise(segments))
    assert segments[-1].end > 117
    assert hearing.transcript.duration == 120.0


def test_progress_of_a_long_file_knows_from_its_header_how_long_it_is(engine: Recorded) -> None:
    transcriber = ready(engine, options=TranscriberOptions(window=WindowOptions(first=4.0, length=4.0)))
    steps = transcriber.listen(io.BytesIO(encode(noise(-20, duration=60.0))))
    assert next(steps) == Progress(0.0, 60.0)
    steps.close()
    transcriber.stop()


# --- where clips lie ---


def cut(vad: FakeVad, duration: float, options: CutOptions | None = None) -> list[tuple[float, float]]:
    waveform = Waveform(np.zeros(round(duration * 16_000), np.float32))
    found = cutting.speech(waveform, vad, INFO.longest_clip, options or CutOptions())
    return [(round(span.start, 3), round(span.end, 3)) for span in found]


def test_speech_over_short_gaps_is_one_clip_as_long_as_it_is_comfortable() -> None:
    close = FakeVad(period=1.5, speech=1.2)  # gaps of 0.3 s
    assert cut(close, 9.0) == [(0, 8.85)]
    assert cut(close, 15.0) == [(0, 11.85), (11.85, 14.85)]


def test_speech_without_a_pause_is_cut_evenly_into_what_the_engine_hears_well() -> None:
    assert cut(FakeVad(period=100, speech=70), 80.0) == [(0, 23.383), (23.383, 46.767), (46.767, 70.15)]


def test_a_clip_that_may_be_too_long_is_cut_in_a_pause() -> None:
    pieces = cut(FakeVad(period=10, speech=9.7), 50.0, CutOptions(comfortable=100.0))
    assert pieces == [(0, 29.85), (29.85, 49.85)]


def test_clips_keep_the_order_of_time_and_do_not_overlap() -> None:
    pieces = cut(FakeVad(period=0.7, speech=0.5), 60.0)
    assert all(left[1] <= right[0] for left, right in pairwise(pieces))


# --- progress ---


def test_progress_goes_on_and_brings_every_segment_once(transcriber: Transcriber) -> None:
    *steps, hearing = transcriber.listen(talk())
    assert isinstance(hearing, Hearing)
    assert all(isinstance(step, Progress) and step.duration == 8.0 for step in steps)
    progress = [step for step in steps if isinstance(step, Progress)]
    assert [step.heard for step in progress] == pytest.approx([0.0, *(place.end for place in PLACES)])
    assert tuple(segment for step in progress for segment in step.segments) == hearing.transcript.segments


def test_progress_comes_while_the_rest_is_still_to_be_heard(engine: Recorded) -> None:
    transcriber = ready(engine, options=batched(0.0))
    engine.permits = threading.Semaphore(1)
    steps = transcriber.listen(talk())
    assert next(steps) == Progress(0.0, 8.0)
    assert engine.given == []
    first = next(steps)
    assert isinstance(first, Progress)
    assert len(first.segments) == 1
    assert len(engine.given) <= 2
    engine.permits.release(3)
    assert len(list(steps)) == 4
    transcriber.stop()


def test_timing_says_where_the_seconds_went() -> None:
    engine = Recorded(rtf=0.02)
    transcriber = ready(engine)
    began = time.perf_counter()
    timing = transcriber.transcribe(talk()).timing
    elapsed = time.perf_counter() - began
    transcriber.stop()
    assert timing.decode > 0
    assert timing.vad > 0
    assert timing.queue >= 0
    assert timing.engine >= 0.02 * sum(place.length for place in PLACES)
    assert timing.decode + timing.vad + timing.engine <= timing.total <= elapsed


# --- leaving ---


def test_closing_the_iterator_withdraws_what_was_not_begun(engine: Recorded) -> None:
    transcriber = ready(engine, options=batched(0.0))
    engine.permits = threading.Semaphore(1)
    steps = transcriber.listen(talk())
    next(steps)
    next(steps)
    steps.close()
    assert transcriber.waiting == 0
    engine.permits.release(3)
    transcriber.stop()
    assert len(engine.given) <= 2


def test_a_caller_who_leaves_while_the_engine_works_is_let_go_soon(transcriber: Transcriber, engine: Recorded) -> None:
    engine.gate.clear()
    left = Call()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(lambda: list(transcriber.listen(talk(), call=left)))
        assert engine.entered.wait(PATIENCE)
        left.leave()
        with pytest.raises(Cancelled):
            run.result(10)
    assert transcriber.waiting == 0


def test_the_clip_that_is_waited_for_is_withdrawn_too(transcriber: Transcriber, engine: Recorded) -> None:
    engine.gate.clear()
    left = Call()
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(transcriber.transcribe, talk())
        assert engine.entered.wait(PATIENCE)  # all of the other's clips are in hand, none of ours
        run = pool.submit(lambda: list(transcriber.listen(talk(), call=left)))
        deadline = time.monotonic() + PATIENCE
        while not transcriber.waiting and time.monotonic() < deadline:
            time.sleep(0.01)
        left.leave()
        with pytest.raises(Cancelled):
            run.result(10)
        waiting = transcriber.waiting
        engine.gate.set()
        other.result(PATIENCE)
    assert waiting == 0
    assert len(engine.given) == len(PLACES)


def test_a_caller_who_has_left_costs_neither_detector_nor_engine(transcriber: Transcriber, engine: Recorded) -> None:
    class Unwanted(FakeVad):
        def segment(self, waveform: Waveform) -> list[Span]:
            raise AssertionError("nobody waits for this")

    other = ready(engine, Unwanted())
    left = Call()
    left.leave()
    with pytest.raises(Cancelled):
        list(other.listen(talk(), call=left))
    other.stop()
    assert engine.given == []


def test_one_clip_that_fails_fails_its_file_and_withdraws_the_others() -> None:
    engine = Recorded(fails=lambda clip: 1.4 < clip.waveform.duration < 2)  # all but the first
    transcriber = ready(engine, options=batched(0.0))
    with pytest.raises(InferenceFailed):
        transcriber.transcribe(talk())
    assert transcriber.waiting == 0
    assert transcriber.status.state is State.READY
    engine.fails = lambda clip: False
    assert len(transcriber.transcribe(talk()).transcript.segments) == 4
    transcriber.stop()


# --- refusals ---


class Untouched(io.BytesIO):
    """A file that must not even be looked at."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("read")

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise AssertionError("looked at")


@pytest.mark.parametrize("language", [Language.OTHER, Language.NONE])
def test_an_unknown_language_is_refused_before_the_file_is_touched(transcriber: Transcriber, language: Language) -> None:
    with pytest.raises(UnknownLanguage, match="zh, yue, en, ja, ko, auto"):
        transcriber.transcribe(Untouched(), Ask(language))


def test_what_is_no_audio_is_refused_in_its_own_words(transcriber: Transcriber) -> None:
    with pytest.raises(UndecodableAudio):
        transcriber.transcribe(io.BytesIO(b"these are words" * 100))


def test_a_full_queue_refuses_the_whole_file(engine: Recorded) -> None:
    transcriber = ready(engine, options=batched(0.0, waiting=6.0))
    engine.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(transcriber.transcribe, talk())
        assert engine.entered.wait(PATIENCE)
        with pytest.raises(QueueFull):
            transcriber.transcribe(talk())
        engine.gate.set()
        assert len(first.result(PATIENCE).transcript.segments) == 4
    transcriber.stop()


# --- life ---


def test_nothing_is_loaded_before_the_start() -> None:
    transcriber = fake_transcriber(start=False)
    assert transcriber.status.state is State.LOADING
    with pytest.raises(ModelLoading):
        transcriber.transcribe(Untouched())
    transcriber.stop()


def test_a_loading_transcriber_says_how_far_it_is_and_asks_to_come_again() -> None:
    loading = threading.Event()
    transcriber = fake_transcriber(loading=loading)
    deadline = time.monotonic() + PATIENCE
    while "936" not in transcriber.status.detail and time.monotonic() < deadline:
        time.sleep(0.01)
    assert transcriber.status.state is State.LOADING
    assert "42 of 936 MB" in transcriber.status.detail
    with pytest.raises(ModelLoading):
        transcriber.transcribe(Untouched())
    loading.set()
    assert transcriber.wait(PATIENCE).state is State.READY
    assert len(transcriber.transcribe(talk()).transcript.segments) == 4
    transcriber.stop()


def test_a_ready_transcriber_names_its_checkpoint_and_its_detector(transcriber: Transcriber) -> None:
    assert (transcriber.status.checkpoint, transcriber.status.vad) == (CHECKPOINT, "fake-vad")


@pytest.mark.parametrize("engine", [Recorded(fails=lambda clip: True)])
def test_an_engine_that_cannot_hear_its_warm_up_is_not_ready(engine: Recorded) -> None:
    transcriber = fake_transcriber(engine)
    assert transcriber.wait(PATIENCE).state is State.FAILED


def test_a_transcriber_that_could_not_load_says_why() -> None:
    transcriber = fake_transcriber(broken="the disk is full")
    assert transcriber.status.state is State.FAILED
    with pytest.raises(EngineUnavailable, match="the disk is full"):
        transcriber.transcribe(Untouched())
    transcriber.stop()
    assert transcriber.status.state is State.STOPPED


def test_a_stopped_transcriber_takes_no_file(transcriber: Transcriber) -> None:
    transcriber.stop()
    assert replace(transcriber.status, detail="") == replace(
        transcriber.status, state=State.STOPPED, detail="", checkpoint=CHECKPOINT, vad="fake-vad"
    )
    with pytest.raises(ShuttingDown):
        transcriber.transcribe(Untouched())


def test_stopping_answers_those_who_wait(transcriber: Transcriber, engine: Recorded) -> None:
    engine.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        in_hand = pool.submit(transcriber.transcribe, talk())
        assert engine.entered.wait(PATIENCE)
        waits = pool.submit(transcriber.transcribe, talk())
        deadline = time.monotonic() + PATIENCE
        while not transcriber.waiting and time.monotonic() < deadline:
            time.sleep(0.01)
        threading.Timer(0.1, engine.gate.set).start()
        transcriber.stop()
        assert isinstance(waits.exception(PATIENCE), ShuttingDown)
        assert len(in_hand.result(PATIENCE).transcript.segments) == 4


def test_stopping_breaks_off_a_download() -> None:
    begun, went_on = threading.Event(), threading.Event()

    def load(say: Callable[[str], None]) -> tuple[FakeEngine, Vad]:
        for percent in range(10**6):
            say(f"{percent}")
            begun.set()
            time.sleep(0.001)
        went_on.set()
        return FakeEngine(), FakeVad()

    transcriber = Transcriber(INFO, load)
    transcriber.start()
    assert begun.wait(PATIENCE)
    began = time.monotonic()
    transcriber.stop()
    assert time.monotonic() - began < 10
    assert not went_on.is_set()
    assert transcriber.wait(0).state is State.STOPPED


def test_an_engine_that_comes_after_the_end_is_not_ready() -> None:
    loading = threading.Event()
    transcriber = fake_transcriber(loading=loading)
    threading.Timer(0.05, loading.set).start()
    transcriber.stop()
    assert transcriber.wait(PATIENCE).state is State.STOPPED
    with pytest.raises(ShuttingDown):
        transcriber.transcribe(Untouched())


# --- the language a user wrote ---


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("auto", None),
        ("AUTO", None),
        ("zh", Language.ZH),
        ("ZH", Language.ZH),
        (" zh ", Language.ZH),
        ("zh-CN", Language.ZH),
        ("zh_TW", Language.ZH),
        ("zh-Hans-CN", Language.ZH),
        ("Chinese", Language.ZH),
        ("mandarin", Language.ZH),
        ("zh-HK", Language.YUE),
        ("zh_HK", Language.YUE),
        ("zh-yue", Language.YUE),
        ("yue", Language.YUE),
        ("yue-HK", Language.YUE),
        ("Cantonese", Language.YUE),
        ("en", Language.EN),
        ("en-US", Language.EN),
        ("English", Language.EN),
        ("ja-JP", Language.JA),
        ("japanese", Language.JA),
        ("ko_KR", Language.KO),
        ("KOREAN", Language.KO),
    ],
)
def test_a_language_is_known_by_code_region_or_name(text: str | None, language: Language | None) -> None:
    assert parse_language(text, INFO) is language


@pytest.mark.parametrize(
    "text", ["de", "fr-FR", "klingon", "zhx", "english please", "en us", "zh/en", "nospeech", "und", "1", "<|zh|>", "auto-detect"]
)
def test_an_unknown_language_is_never_taken_for_auto(text: str) -> None:
    with pytest.raises(UnknownLanguage, match="zh, yue, en, ja, ko, auto"):
        parse_language(text, INFO)


def test_a_language_that_the_engine_lacks_is_unknown_to_it() -> None:
    with pytest.raises(UnknownLanguage, match=r"Allowed: en, auto"):
        parse_language("zh", replace(INFO, languages=(Language.EN,)))
