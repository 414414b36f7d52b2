"""Channels as speakers: whose sound is whose, and a call heard with a name behind every line."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from speech.audio import SAMPLE_RATE, Stream, Waveform
from speech.calls import Call
from speech.containers import DecodeLimits
from speech.decoders import Decoders
from speech.errors import NotDiarised
from speech.mixing import Flaws, Samples, part
from speech.spans import Span
from speech.tracks import FRAME, Tracks, _parted
from speech.transcriber import Ask, Hearing, Progress, Transcriber
from speech.windows import Piece, Window, abreast
from tests.fakes import FakeEngine, FakeVad, fake_transcriber
from tests.sounds import encode, noise, silence, tone

ALONE, BOTH = -20.0, 12.0  # dB of full scale of a voice, s of a call


class Hearer(FakeVad):
    """Hears speech where it is loud."""

    def segment(self, waveform: Waveform) -> list[Span]:
        framed = waveform.samples[: len(waveform.samples) // FRAME * FRAME].reshape(-1, FRAME)
        edges = np.flatnonzero(np.diff((np.square(framed).mean(axis=1) > 1e-4).astype(int), prepend=0, append=0)) / 10
        return [Span(float(start), float(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def call(rate: int = 16_000, seconds: float = 60.0, turn: float = 3.0, bleed: float = 0.0) -> Samples:
    """(2, n): two who take turns, the first begins; `bleed` of each in the other's channel."""
    times = np.arange(round(seconds * rate)) / rate
    mine = (times // turn) % 2 == 0
    first, second = (noise(ALONE, seconds, rate, seed)[0] * when for seed, when in ((1, mine), (2, ~mine)))
    return np.stack([first + bleed * second, second + bleed * first]).astype(np.float32)


def fed(tracks: Samples, size: int = 5_000) -> Iterator[Samples]:
    yield from (tracks[:, at : at + size] for at in range(0, tracks.shape[1], size))


def taken_apart(tracks: Samples, size: int = 5_000) -> tuple[Samples, Tracks]:
    parted = Tracks(fed(tracks, size))
    return np.stack([np.concatenate(list(track)) for track in parted]), parted


@pytest.fixture
def transcriber() -> Iterator[Transcriber]:
    made = fake_transcriber(vad=Hearer())
    yield made
    made.stop()


def heard(transcriber: Transcriber, content: bytes, **asked: object) -> Hearing:
    return transcriber.transcribe(io.BytesIO(content), Ask(multichannel=True, **asked))  # type: ignore[arg-type]


# --- whose sound is whose ---


@pytest.mark.parametrize("size", [160, FRAME - 1, FRAME, 5_000, 100_000])
def test_two_voices_stay_as_they_are(size: int) -> None:
    tracks = call(seconds=9.5)
    parted, about = taken_apart(tracks, size)
    np.testing.assert_array_equal(parted, tracks)
    assert about.speakers == ("A", "B")
    assert not about.warnings


@pytest.mark.parametrize("bleed", [0.01, 0.1, 0.4])
def test_what_bleeds_into_the_others_channel_is_silent_there(bleed: float) -> None:
    parted, _ = taken_apart(call(bleed=bleed), size=3 * FRAME)  # nobody begins in the middle of a frame
    clean = call()
    strayed = parted[clean == 0]
    assert np.abs(strayed).max() == 0
    np.testing.assert_allclose(parted[clean != 0], clean[clean != 0], atol=1e-6)


def test_who_speaks_while_the_other_does_is_not_silenced() -> None:
    both = np.concatenate([noise(ALONE, 5.0, seed=1), noise(ALONE, 5.0, seed=2)])
    mixed = np.stack([both[0] + 0.2 * both[1], both[1] + 0.2 * both[0]])
    parted, _ = taken_apart(mixed)
    np.testing.assert_array_equal(parted, mixed)


def test_the_same_on_both_channels_is_the_firsts() -> None:
    one = call()[:1]
    almost = np.concatenate([one, one * 0.9 + noise(-70.0, 60.0, seed=5)])  # as a lossy codec leaves it
    for tracks in (np.concatenate([one, one]), almost, almost[::-1]):
        parted, about = taken_apart(tracks, size=3 * FRAME)
        np.testing.assert_array_equal(parted[0], tracks[0])
        assert np.abs(parted[1])[one[0] != 0].max() == 0
        assert about.warnings == ("one_voice: only channel 1 has a sound of its own",)


def test_a_silent_channel_is_told() -> None:
    one = call()[:1]
    _, about = taken_apart(np.concatenate([silence(60.0), one]))
    assert about.warnings == ("one_voice: only channel 2 has a sound of its own",)


def test_one_channel_is_nobodys() -> None:
    parted, about = taken_apart(tone(duration=2.0))
    assert about.speakers == ("",)
    assert about.warnings == ("one_channel: the sound has one channel, so speakers are not told apart",)
    assert parted.shape == (1, 2 * SAMPLE_RATE)


@pytest.mark.parametrize("gains", [(1, 1.9, 3.7), (1, 2, 4), (1, 1.5, 2.6), (1, 1, 1), (0.2, 1, 1), (4, 2, 1, 0.5)])
def test_a_voice_on_many_channels_is_one_channels(gains: tuple[float, ...]) -> None:
    one = noise(-30, 3.0)[0]
    parted, _ = taken_apart(np.stack([gain * one for gain in gains]).astype(np.float32))
    loud = [number for number, track in enumerate(parted) if np.abs(track).max() > 0]
    assert len(loud) == 1
    assert gains[loud[0]] >= max(gains) / 2


def test_what_is_silent_does_not_depend_on_the_pieces() -> None:
    tracks = call(seconds=20.0, bleed=0.2)
    whole, _ = taken_apart(tracks, tracks.shape[1])
    for size in (700, FRAME + 1, 21_845):
        np.testing.assert_array_equal(taken_apart(tracks, size)[0], whole)


# --- decoded ---


@pytest.mark.parametrize(("rate", "codec"), [(8_000, "pcm_s16le"), (16_000, "pcm_f32le"), (44_100, "pcm_s16le")])
def test_channels_of_a_file_are_kept_apart(rate: int, codec: str) -> None:
    tones = np.concatenate([tone(frequency, 2.0, rate) for frequency in (300, 500, 700)])
    pieces = list(Stream(io.BytesIO(encode(tones, rate=rate, codec=codec)), apart=True))
    tracks = np.concatenate(pieces, axis=1)
    assert tracks.shape[0] == 3
    assert tracks.shape[1] == pytest.approx(2 * SAMPLE_RATE, abs=32)
    strongest = [int(np.abs(np.fft.rfft(track)).argmax() * SAMPLE_RATE / tracks.shape[1] + 0.5) for track in tracks]
    assert strongest == [300, 500, 700]


def test_the_first_channel_alone_is_what_a_file_of_one_channel_gives() -> None:
    left = call(44_100, 5.0)[:1]
    stereo, mono = encode(np.concatenate([left, left * 0.5]), rate=44_100), encode(left, rate=44_100)
    apart = np.concatenate(list(Stream(io.BytesIO(stereo), apart=True)), axis=1)[0]
    np.testing.assert_array_equal(apart, np.concatenate(list(Stream(io.BytesIO(mono)))))


def test_limits_hold_for_channels_too() -> None:
    content = encode(call(8_000, 5.0), rate=8_000)
    with pytest.raises(Exception, match=r"longer than"):
        list(Stream(io.BytesIO(content), DecodeLimits(longest=2.0), Call(), apart=True))


# --- heard ---


@pytest.mark.parametrize("seconds", [20.0, 200.0])
def test_every_line_of_a_call_has_its_speaker(transcriber: Transcriber, seconds: float) -> None:
    hearing = heard(transcriber, encode(call(8_000, seconds, bleed=0.05), rate=8_000))
    segments = hearing.transcript.segments
    assert len(segments) == np.ceil(seconds / 3)
    assert [segment.speaker for segment in segments] == ["AB"[int((segment.start + 0.5) // 3) % 2] for segment in segments]
    assert hearing.transcript.duration == pytest.approx(seconds, abs=0.01)
    assert (hearing.media.channels, hearing.warnings) == (2, ())


def test_segments_come_in_the_order_of_time_and_progress_never_falls(transcriber: Transcriber) -> None:
    content = encode(call(8_000, 200.0, turn=2.5), rate=8_000)
    steps = [step for step in transcriber.listen(io.BytesIO(content), Ask(multichannel=True)) if isinstance(step, Progress)]
    starts = [segment.start for step in steps for segment in step.segments]
    assert len(starts) == 80
    assert all(one <= next for one, next in pairwise(starts))
    assert all(one.heard <= next.heard for one, next in pairwise(steps))


def test_unless_it_is_asked_for_channels_are_mixed(transcriber: Transcriber) -> None:
    content = encode(call(8_000, 20.0), rate=8_000)
    hearing = transcriber.transcribe(io.BytesIO(content), Ask())
    assert {segment.speaker for segment in hearing.transcript.segments} == {""}


def test_a_file_of_one_channel_is_heard_as_ever(transcriber: Transcriber) -> None:
    content = encode(call(16_000, 20.0)[:1])
    apart, mixed = heard(transcriber, content), transcriber.transcribe(io.BytesIO(content), Ask())
    assert apart.transcript == mixed.transcript
    assert apart.warnings == ("one_channel: the sound has one channel, so speakers are not told apart",)


def test_a_part_of_a_call_heard_without_a_detector(transcriber: Transcriber) -> None:
    content = encode(call(8_000, 30.0), rate=8_000)
    segments = heard(transcriber, content, vad=False, within=Span(3.0, 6.0)).transcript.segments
    assert {(segment.speaker, segment.start, segment.end) for segment in segments} == {("A", 3.0, 6.0), ("B", 3.0, 6.0)}


def test_each_channel_is_cleaned_for_itself() -> None:
    asked: list[int] = []

    def cleaner(pieces: Iterator[Samples], call: Call) -> Iterator[Samples]:
        asked.append(1)
        yield from (piece * np.float32(0.5) for piece in pieces)

    transcriber = fake_transcriber(vad=Hearer(), cleaner=cleaner)  # type: ignore[arg-type]
    hearing = heard(transcriber, encode(call(8_000, 20.0), rate=8_000), clean=True)
    transcriber.stop()
    assert len(asked) == 2
    assert {segment.speaker for segment in hearing.transcript.segments} == {"A", "B"}


def test_tracks_that_come_in_other_pieces_are_heard_side_by_side() -> None:
    sizes = iter((977, 4_099))

    def cleaner(pieces: Iterator[Samples], call: Call) -> Iterator[Samples]:
        """As a program gives them back: in pieces of its own."""
        whole, size = np.concatenate(list(pieces)), next(sizes)
        yield from (whole[at : at + size] for at in range(0, len(whole), size))

    transcriber = fake_transcriber(vad=Hearer(), cleaner=cleaner)  # type: ignore[arg-type]
    hearing = heard(transcriber, encode(call(8_000, 30.05), rate=8_000), clean=True)
    transcriber.stop()
    assert {segment.speaker for segment in hearing.transcript.segments} == {"A", "B"}
    assert hearing.transcript.duration == pytest.approx(30.05, abs=0.01)


def test_who_leaves_leaves_no_decoder_behind() -> None:
    content = encode(call(8_000, 400.0), rate=8_000)
    with closing_decoders(Decoders(most=1)) as decoders:
        transcriber = Transcriber(FakeEngine.info, lambda say: (FakeEngine(), Hearer()), opener=decoders.open)
        transcriber.start()
        transcriber.wait(10)
        gc.disable()
        try:
            for ask in (Ask(multichannel=True), Ask(diarized=True)):
                steps = transcriber.listen(io.BytesIO(content), ask)
                next(steps)
                steps.close()
                assert decoders.busy == 0
            with pytest.raises(NotDiarised):
                transcriber.transcribe(io.BytesIO(encode(call(8_000, 5.0)[:1], rate=8_000)), Ask(diarized=True))
            assert decoders.busy == 0
        finally:
            gc.enable()
            transcriber.stop()


@contextmanager
def closing_decoders(decoders: Decoders) -> Iterator[Decoders]:
    yield decoders
    decoders.stop()


def test_a_part_of_a_long_call_keeps_no_more_than_the_part(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(
        "speech.tracks._parted", lambda pieces, own: _parted((given.append(p.shape[1]) or p for p in pieces), own)
    )
    transcriber = fake_transcriber(vad=Hearer())
    hearing = heard(transcriber, encode(call(8_000, 120.0), rate=8_000), within=Span(3.0, 9.0))
    transcriber.stop()
    assert sum(given) == 6 * SAMPLE_RATE
    assert [(segment.speaker, round(segment.start)) for segment in hearing.transcript.segments] == [("B", 3), ("A", 6)]


def test_channels_that_come_late_are_not_lost() -> None:
    mono, stereo = (list(frames(encode(call(8_000, 2.0)[:n], rate=8_000))) for n in (1, 2))
    pieces = np.concatenate(list(part([*mono, *stereo], SAMPLE_RATE, Flaws())), axis=1)
    assert len(pieces) == 1
    assert np.square(pieces[0, 2 * SAMPLE_RATE :]).mean() > 1e-4
    pieces = np.concatenate(list(part([*stereo, *mono], SAMPLE_RATE, Flaws())), axis=1)
    assert len(pieces) == 2
    assert np.abs(pieces[1, 2 * SAMPLE_RATE + 100 :]).max() == 0


def frames(content: bytes) -> Iterator[AudioFrame]:
    with av.open(io.BytesIO(content)) as container:
        yield from container.decode(audio=0)


# --- windows side by side ---


def window(read: float, until: float, *starts: float, last: bool = False) -> Window:
    pieces = tuple(Piece(Span(start, start + 1), Waveform(np.zeros(1, np.float32))) for start in starts)
    return Window(pieces, read, last, until)


def test_a_clip_waits_for_those_before_it_on_another_track() -> None:
    left = [window(10, 9, 1, 8), window(20, 20, 12, last=True)]
    right = [window(10, 5, 3), window(20, 20, 5, 13, last=True)]  # one that begins at 5 s is not settled yet
    given = list(abreast({"A": left, "B": right}))
    assert [[(piece.speaker, piece.place.start) for piece in each.pieces] for each in given] == [
        [("A", 1), ("B", 3)],
        [("B", 5), ("A", 8), ("A", 12), ("B", 13)],
    ]
    assert [(each.read, each.until, each.last) for each in given] == [(10, 5, False), (20, 20, True)]
