"""What becomes of jobs: heard, failed, stopped, begun anew, forgotten."""

from __future__ import annotations

import contextlib
import io
import stat
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from keeping import runner, store
from keeping.keeper import Keeper
from keeping.options import KeepingOptions
from keeping.sounds import PLAYED
from keeping.store import Store
from speech.engine import Clip
from speech.errors import (
    EmptyAudio,
    FileTooLarge,
    JobChanged,
    JobsUnavailable,
    JobUnfinished,
    QueueFull,
    SoundGone,
    StorageFull,
    UnknownJob,
)
from speech.hearing import Ask
from speech.jobs import JobState, Verdict
from speech.spans import Span
from speech.transcriber import Transcriber
from speech.transcript import Emotion, Language, Transcript
from tests import sounds
from tests.fakes import LINES, FakeEngine, fake_transcriber

from .conftest import ASK, Keepers, ended, running, sound, until


def test_a_job_is_heard_as_the_pipeline_hears_its_file(keepers: Keepers, transcriber: Transcriber) -> None:
    keeper = keepers()
    job = keeper.add(sound(), "../a talk.wav", ASK)
    done = ended(keeper, job.id)
    assert (done.state, done.name, done.heard, done.duration, done.trouble) == (JobState.DONE, "a talk.wav", 4.0, 4.0, None)
    assert keeper.transcript(job.id) == transcriber.transcribe(sound()).transcript
    assert done.gist is not None
    assert done.gist.segments == len(keeper.transcript(job.id).segments) == 2


def test_what_is_asked_of_a_job_is_asked_of_the_engine(keepers: Keepers) -> None:
    keeper = keepers()
    ask = Ask(Language.JA, itn=False, vad=False, among=frozenset({Language.JA}), within=Span(0.0, 3.0))
    job = ended(keeper, keeper.add(sound(), "a", ask).id)
    assert job.ask == ask
    assert {segment.text for segment in keeper.transcript(job.id).segments} == {"すみません電車が遅れています"}


def test_a_fault_of_one_file_is_that_jobs_alone(keepers: Keepers) -> None:
    keeper = keepers()
    bad = keeper.add(io.BytesIO(b"no sound" * 100), "bad.wav", ASK)
    good = keeper.add(sound(), "good.wav", ASK)
    failed = ended(keeper, bad.id)
    assert failed.state is JobState.FAILED
    assert failed.trouble is not None
    assert failed.trouble.code == "unsupported_media_type"
    assert "could not be decoded" in failed.trouble.message
    assert ended(keeper, good.id).state is JobState.DONE
    with pytest.raises(JobUnfinished, match="failed"):
        keeper.transcript(bad.id)


def test_a_mistake_of_ours_fails_one_job_and_ends_no_thread(keepers: Keepers, engine: FakeEngine) -> None:
    keeper = keepers(at_once=1)
    engine.fails = lambda clip: True
    broken = ended(keeper, keeper.add(sound(), "a", ASK).id)
    assert broken.trouble is not None
    assert broken.trouble.code == "inference_error"
    engine.fails = lambda clip: False
    assert ended(keeper, keeper.add(sound(), "b", ASK).id).state is JobState.DONE


def test_a_job_that_fails_in_the_middle_keeps_what_was_heard(keepers: Keepers, engine: FakeEngine) -> None:
    keeper = keepers()
    heard: list[Clip] = []

    def third(clip: Clip) -> bool:
        heard.append(clip)
        return len(heard) > 3

    engine.fails = third
    job = ended(keeper, keeper.add(sound(20.0), "a", ASK).id)
    assert job.state is JobState.FAILED
    assert job.gist is not None
    assert 0 < job.gist.segments < 10
    assert len(keeper.transcript(job.id).segments) == job.gist.segments


def test_a_running_job_says_how_far_it_is_and_what_it_heard(keepers: Keepers, engine: FakeEngine) -> None:
    engine.rtf = 0.3
    keeper = keepers()
    job = keeper.add(sound(20.0), "a", ASK)
    until(lambda: keeper.get(job.id).heard > 0)
    now = keeper.get(job.id)
    assert (now.state, now.duration) == (JobState.RUNNING, 20.0)
    assert now.heard < 20.0
    assert keeper.transcript(job.id).segments


def test_a_running_job_is_cancelled_within_a_pass_and_keeps_what_was_heard(keepers: Keepers, engine: FakeEngine) -> None:
    engine.rtf = 0.3
    keeper = keepers()
    job = keeper.add(sound(60.0), "a", ASK)
    until(lambda: keeper.get(job.id).heard > 0)
    assert keeper.cancel(job.id).state is JobState.CANCELLED
    passes = len(engine.batches)
    until(lambda: not keeper._runner._calls, 3.0)
    assert len(engine.batches) <= passes + 2
    kept = keeper.get(job.id)
    assert (kept.state, kept.gist is not None) == (JobState.CANCELLED, True)
    assert keeper.transcript(job.id).segments


def test_a_waiting_job_can_be_cancelled_and_one_that_ended_stays_as_it_is(keepers: Keepers) -> None:
    keeper = keepers(start=False)
    waiting = keeper.add(sound(), "a", ASK)
    assert keeper.cancel(waiting.id).state is JobState.CANCELLED
    first = keeper.get(waiting.id)
    assert keeper.cancel(waiting.id) == first


def test_a_job_is_heard_again_behind_the_others(keepers: Keepers, engine: FakeEngine) -> None:
    keeper = keepers(start=False)
    first, second = keeper.add(sound(), "a", ASK), keeper.add(sound(), "b", ASK)
    assert (first.place, second.place) == (1, 2)
    keeper.cancel(first.id)
    assert keeper.get(second.id).place == 1
    with pytest.raises(JobUnfinished):
        keeper.retry(second.id)
    again = keeper.retry(first.id)
    assert (again.state, again.place, again.ended) == (JobState.WAITING, 2, None)
    keeper.start()
    assert ended(keeper, first.id).state is JobState.DONE


def test_a_run_that_was_broken_off_says_nothing_of_the_next(keepers: Keepers, engine: FakeEngine) -> None:
    engine.gate.clear()
    keeper = keepers(at_once=1)
    job = keeper.add(sound(), "a", ASK)
    running(keeper, job.id)
    keeper.cancel(job.id)
    keeper.retry(job.id)
    engine.gate.set()
    assert ended(keeper, job.id).state is JobState.DONE


def test_a_deleted_job_is_gone_with_its_sound_while_it_runs(
    keepers: Keepers, engine: FakeEngine, options: KeepingOptions
) -> None:
    engine.gate.clear()
    keeper = keepers()
    job = keeper.add(sound(), "a", ASK)
    running(keeper, job.id)
    keeper.delete(job.id)
    engine.gate.set()
    until(lambda: not keeper._runner._calls)
    for look in (keeper.get, keeper.transcript, keeper.audio, keeper.cancel, keeper.retry, keeper.delete):
        with pytest.raises(UnknownJob):
            look(job.id)
    assert not [*(options.home / "sounds").iterdir()]


def test_nobody_sees_a_job_of_another(keepers: Keepers) -> None:
    keeper = keepers()
    job = keeper.add(sound(), "a", ASK, owner="anna")
    ended(keeper, job.id, "anna")
    assert [each.id for each in keeper.list("anna")] == [job.id]
    assert keeper.list("bert") == []
    looks = (keeper.get, keeper.transcript, keeper.audio, keeper.wav, keeper.cancel, keeper.retry, keeper.delete, keeper.verdicts)
    for look in looks:
        for other in ("bert", ""):
            with pytest.raises(UnknownJob):
                look(job.id, other)
    with pytest.raises(UnknownJob):
        keeper.replace(job.id, Transcript((), 1.0), "bert")
    with pytest.raises(UnknownJob):
        keeper.judge(job.id, Verdict("anger", 0.0, True), "bert")
    with pytest.raises(UnknownJob):
        keeper.withdraw(job.id, "anger", Span(0.0, 9.0), "bert")


def test_a_pause_lets_what_runs_end_begins_nothing_and_outlives_the_process(keepers: Keepers, engine: FakeEngine) -> None:
    keeper = keepers(at_once=1)
    engine.gate.clear()
    ran, waited = (keeper.add(sound(), name, ASK, "anna") for name in ("ran", "waited"))
    running(keeper, ran.id, "anna")
    other = keeper.add(sound(), "bert's", ASK, "bert")
    assert [keeper.get(job.id, job.owner).place for job in (waited, other)] == [1, 2]
    keeper.pause("anna")
    keeper.pause("anna")
    assert (keeper.paused("anna"), keeper.paused("bert")) == (True, False)
    assert [keeper.get(job.id, job.owner).place for job in (waited, other)] == [0, 1]
    assert [job.place for job in keeper.list("anna")] == [0, 0]
    engine.gate.set()
    assert {ended(keeper, job.id, job.owner).state for job in (ran, other)} == {JobState.DONE}
    assert keeper.get(waited.id, "anna").state is JobState.WAITING
    keeper.stop()
    later = keepers(at_once=1)
    assert later.paused("anna")
    assert ended(later, later.add(sound(), "bert's second", ASK, "bert").id, "bert").state is JobState.DONE
    assert later.get(waited.id, "anna").state is JobState.WAITING
    later.resume("anna")
    assert ended(later, waited.id, "anna").state is JobState.DONE


def test_corrections_and_verdicts_are_kept(keepers: Keepers) -> None:
    keeper = keepers()
    job = ended(keeper, keeper.add(sound(), "a", ASK).id)
    heard = keeper.transcript(job.id)
    better = Transcript(heard.segments[:1], heard.duration)
    keeper.replace(job.id, better)
    assert keeper.get(job.id).gist != job.gist
    keeper.judge(job.id, Verdict("anger", 1.5, True))
    keeper.judge(job.id, Verdict("anger", 1.5, False))
    keeper.judge(job.id, Verdict("anger", 3.0, True))
    keeper.stop()
    later = keepers(start=False)
    assert later.transcript(job.id) == better
    assert later.verdicts(job.id) == [Verdict("anger", 1.5, False), Verdict("anger", 3.0, True)]
    later.withdraw(job.id, "laughter", Span(0.0, 9.0))
    later.withdraw(job.id, "anger", Span(1.52, 2.0))
    assert later.verdicts(job.id) == [Verdict("anger", 3.0, True)]


def test_who_corrects_what_was_changed_since_is_told_and_changes_nothing(keepers: Keepers) -> None:
    keeper = keepers()
    job = ended(keeper, keeper.add(sound(), "a", ASK).id)
    read = keeper.kept(job.id)
    assert (read.state, read.transcript) == (JobState.DONE, keeper.transcript(job.id))
    first, second = (Transcript(read.transcript.segments[:n], read.transcript.duration) for n in (1, 0))
    written = keeper.replace(job.id, first, revision=read.revision)
    assert written == keeper.kept(job.id).revision != read.revision
    with pytest.raises(JobChanged):
        keeper.replace(job.id, second, revision=read.revision)
    assert keeper.transcript(job.id) == first
    keeper.retry(job.id)
    ended(keeper, job.id)
    with pytest.raises(JobChanged):
        keeper.replace(job.id, second, revision=written)
    assert keeper.transcript(job.id) == read.transcript
    assert keeper.kept(job.id).revision not in (read.revision, written)


def test_a_job_whose_end_could_not_be_written_is_heard_again(keepers: Keepers, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = keepers(start=False)
    full, finish, fail = [True], Store.finish, Store.fail

    def written(act: Callable[..., None]) -> Callable[..., None]:
        def write(*args: object) -> None:
            if full:
                raise StorageFull()
            act(*args)

        return write

    monkeypatch.setattr(Store, "finish", written(finish))
    monkeypatch.setattr(Store, "fail", written(fail))
    job = keeper.add(sound(), "a", ASK)
    keeper.start()
    running(keeper, job.id)
    until(lambda: not keeper._runner._calls)
    full.clear()
    assert ended(keeper, job.id).state is JobState.DONE


def test_all_is_there_after_a_restart_and_what_ran_runs_again(keepers: Keepers, engine: FakeEngine) -> None:
    keeper = keepers(at_once=1)
    done = ended(keeper, keeper.add(sound(), "done", ASK).id)
    text = keeper.transcript(done.id)
    engine.gate.clear()
    ran, waited = keeper.add(sound(), "ran", ASK), keeper.add(sound(), "waited", ASK)
    running(keeper, ran.id)
    keeper._store.close()  # as a process that is killed: nothing is said
    keeper._runner._ending = True
    later = keepers(start=False)
    assert [(job.name, job.state) for job in later.list()] == [
        ("waited", JobState.WAITING),
        ("ran", JobState.WAITING),
        ("done", JobState.DONE),
    ]
    assert later.transcript(done.id) == text
    engine.gate.set()
    later.start()
    assert {ended(later, job.id).state for job in (ran, waited)} == {JobState.DONE}


def test_the_end_does_not_wait_for_jobs_and_puts_them_back(keepers: Keepers, engine: FakeEngine) -> None:
    engine.rtf = 0.3
    keeper = keepers()
    job = keeper.add(sound(600.0), "long", ASK)
    until(lambda: keeper.get(job.id).heard > 0)
    began = time.monotonic()
    keeper.drain()
    until(lambda: keeper.get(job.id).state is JobState.WAITING, 3.0)
    keeper.stop()
    assert time.monotonic() - began < 4.0


def test_a_job_that_takes_the_process_with_it_again_and_again_fails(keepers: Keepers, options: KeepingOptions) -> None:
    keeper = keepers(start=False)
    job = keeper.add(sound(), "a", ASK)
    for _ in range(store.TRIES):
        assert keeper._store.take(()) is not None
        keeper._store._database.let_go()
    assert keeper._store.take(()) is None
    failed = keeper.get(job.id)
    assert failed.trouble is not None
    assert (failed.state, failed.trouble.code) == (JobState.FAILED, "inference_error")


def test_jobs_wait_while_the_model_loads_and_are_no_ones_fault(keepers: Keepers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PAUSE", 0.05)
    loading = threading.Event()
    slow = fake_transcriber(loading=loading)
    keeper = keepers(transcriber=slow)
    job = keeper.add(sound(), "a", ASK)
    time.sleep(0.3)
    assert keeper.get(job.id).state is JobState.WAITING
    loading.set()
    assert ended(keeper, job.id).state is JobState.DONE
    keeper.stop()
    slow.stop()


def test_there_is_an_end_to_what_waits_and_to_what_is_kept(keepers: Keepers) -> None:
    few = keepers(start=False, waiting=2, bytes=300_000, upload=200_000)
    few.add(sound(), "a", ASK)
    with pytest.raises(FileTooLarge):
        few.add(sound(60.0), "b", ASK)
    with pytest.raises(EmptyAudio):
        few.add(io.BytesIO(), "b", ASK)
    few.add(sound(), "b", ASK)
    with pytest.raises(QueueFull, match="2 jobs"):
        few.add(sound(), "c", ASK)
    for job in few.list():
        few.cancel(job.id)
    with pytest.raises(QueueFull, match="GB"):
        few.add(sound(), "c", ASK)
    assert len(few.list()) == len([*few._store.sounds._folder.iterdir()]) == 2


def test_nobody_with_a_name_takes_all_places(keepers: Keepers) -> None:
    few = keepers(start=False, waiting=4, per_owner=2)
    first, second = few.add(sound(), "a", ASK, "anna"), few.add(sound(), "b", ASK, "anna")
    with pytest.raises(QueueFull, match=r"2 jobs of this caller.*60 seconds") as full:
        few.add(sound(), "c", ASK, "anna")
    assert full.value.retry_after == 60
    assert len([*few._store.sounds._folder.iterdir()]) == 2
    few.add(sound(), "c", ASK, "bert")
    few.cancel(first.id, "anna")
    few.add(sound(), "c", ASK, "anna")
    with pytest.raises(QueueFull, match="2 jobs of this caller"):
        few.retry(first.id, "anna")
    few.delete(second.id, "anna")
    assert few.retry(first.id, "anna").state is JobState.WAITING
    few.add(sound(), "d", ASK)
    with pytest.raises(QueueFull, match="4 jobs are in it"):
        few.add(sound(), "e", ASK)


def test_those_without_a_name_are_not_one_caller(keepers: Keepers) -> None:
    few = keepers(start=False, waiting=3, per_owner=1)
    for name in "abc":
        few.add(sound(), name, ASK)
    with pytest.raises(QueueFull, match="3 jobs are"):
        few.add(sound(), "d", ASK)


def test_sounds_go_first_and_texts_later(keepers: Keepers, options: KeepingOptions) -> None:
    keeper = keepers()
    job = ended(keeper, keeper.add(sound(), "a", ASK).id)
    keeper.peaks(job.id, 10)
    now = time.time()
    keeper._store._clock = lambda: now + options.sound + 60
    keeper._store.sweep()
    assert not [*(options.home / "sounds").iterdir()]
    assert not keeper.get(job.id).sound
    assert keeper.transcript(job.id).segments
    for look in (keeper.audio, keeper.wav, keeper.retry):
        with pytest.raises(SoundGone):
            look(job.id)
    keeper._store._clock = lambda: now + options.text + 60
    keeper._store.sweep()
    assert keeper.list() == []


def test_a_pause_that_nobody_ends_does_so_by_itself(keepers: Keepers, options: KeepingOptions) -> None:
    keeper = keepers()
    keeper.pause("anna")
    job = keeper.add(sound(), "a", ASK, "anna")
    now = time.time()
    for later, paused in ((options.text - 60, True), (options.text + 60, False)):
        keeper._store._clock = lambda later=later: now + later  # type: ignore[misc]
        keeper._store.sweep()
        assert keeper.paused("anna") is paused
    assert ended(keeper, job.id, "anna").state is JobState.DONE


def test_what_was_made_for_players_is_removed_soon_and_made_again(keepers: Keepers, options: KeepingOptions) -> None:
    keeper = keepers()
    job = ended(keeper, keeper.add(sound(), "a", ASK).id)
    wav = keeper.wav(job.id)
    now = time.time()
    keeper._store._clock = lambda: now + PLAYED + 60
    keeper._store.sweep()
    assert [path.name for path in (options.home / "sounds").iterdir()] == [job.id]
    assert keeper.wav(job.id) == wav
    assert wav.exists()


def test_a_sound_can_go_with_the_end(keepers: Keepers, options: KeepingOptions) -> None:
    keeper = keepers(sound=0.0)
    job = ended(keeper, keeper.add(sound(), "a", ASK).id)
    until(lambda: not [*(options.home / "sounds").iterdir()])
    assert keeper.transcript(job.id).segments


def test_all_files_are_their_owners_alone(keepers: Keepers, options: KeepingOptions) -> None:
    keeper = keepers()
    job = ended(keeper, keeper.add(sound(), "a", ASK).id)
    keeper.wav(job.id)
    assert stat.S_IMODE(options.home.stat().st_mode) == 0o700
    files = [path for path in options.home.rglob("*") if path.is_file()]
    assert len(files) >= 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_one_process_at_a_time_has_the_folder(keepers: Keepers) -> None:
    first, second = keepers(), keepers()
    first.list()
    with pytest.raises(JobsUnavailable, match="another"):
        second.list()
    first.stop()
    assert second.list() == []


def test_a_folder_that_cannot_be_used_is_said_and_nothing_ends(tmp_path: Path, transcriber: Transcriber) -> None:
    (tmp_path / "file").write_text("no folder")
    keeper = Keeper(transcriber, KeepingOptions(tmp_path / "file" / "jobs"))
    keeper.start()
    with pytest.raises(JobsUnavailable):
        keeper.list()
    keeper.stop()


def test_who_writes_and_who_closes_never_wait_for_each_other(tmp_path: Path, transcriber: Transcriber) -> None:
    for turn in range(20):
        place = tmp_path / str(turn) / "jobs"
        place.parent.mkdir()
        if turn % 2:
            place.write_text("no folder")
        keeper = Keeper(transcriber, KeepingOptions(place))
        keeper.start()
        ends = threading.Thread(target=keeper.stop, daemon=True)
        ends.start()
        with contextlib.suppress(JobsUnavailable):
            keeper.list()
        ends.join(20)
        assert not ends.is_alive()


def test_what_a_killed_process_left_of_an_upload_is_removed(keepers: Keepers, options: KeepingOptions) -> None:
    (options.home / "sounds").mkdir(parents=True)
    (options.home / "sounds" / "0123").write_bytes(b"half")
    keepers(start=False).list()
    assert not [*(options.home / "sounds").iterdir()]


def test_a_sound_is_played_as_a_wav_of_the_same_length(keepers: Keepers) -> None:
    keeper = keepers()
    stereo = sounds.encode(sounds.tone(duration=2.0, rate=48_000, channels=2), rate=48_000, container="mp4", codec="aac")
    job = ended(keeper, keeper.add(io.BytesIO(stereo), "a.m4a", ASK).id)
    with wave.open(str(keeper.wav(job.id))) as played:
        assert (played.getframerate(), played.getnchannels(), played.getsampwidth()) == (16_000, 1, 2)
        assert played.getnframes() == pytest.approx(32_000, abs=2000)
    peaks = keeper.peaks(job.id, 100)
    assert len(peaks) == 100
    assert 100 < max(peaks) < 160
    assert keeper.audio(job.id).read_bytes() == stereo


def test_the_felt_emotion_is_the_longest_that_is_none_of_the_quiet_ones(keepers: Keepers, engine: FakeEngine) -> None:
    engine.lines = [line for line in LINES if line.emotion in (Emotion.NEUTRAL, Emotion.ANGRY)]
    keeper = keepers()
    job = ended(keeper, keeper.add(sound(20.0), "a", ASK).id)
    assert job.gist is not None
    assert job.gist.emotion is Emotion.ANGRY
