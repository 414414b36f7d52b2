from __future__ import annotations

import json

import pytest

from speech.audio import MediaInfo
from speech.engine import CheckpointInfo
from speech.errors import AudioTooShort, ModelLoading
from speech.transcriber import Hearing, State, Status, Timing
from speech.transcript import Emotion, Event, Language, Segment, Transcript, Word
from ui import present
from ui.listening import Heard, Phase

INFO = MediaInfo(12.3456, 48_000, 2, "aac", "mov,mp4,m4a,3gp,3g2,mj2", 128_000, 41_000_000)
SAID = Segment(
    "Hi, you.", 1.0, 2.0, Language.EN, Emotion.HAPPY, (Event.BGM,), (Word("hi", 1.0, 1.4, 0.9), Word("you", 1.4, 1.91234, 0.9))
)


def hearing(*segments: Segment) -> Heard:
    done = Hearing(Transcript(segments, 60.0), INFO, (), Timing(0.1, 0.1, 0.0, 1.0, 1.5))
    return Heard(Phase.DONE, 60.0, 60.0, 9.9, segments, done)


def test_a_text_is_cut_into_words_with_times_and_marks_without() -> None:
    assert present.pieces(SAID) == [["Hi", 1.0, 1.4, 0.9], [", "], ["you", 1.4, 1.912, 0.9], ["."]]


def test_pieces_joined_are_the_text_even_where_words_are_missing() -> None:
    said = Segment(
        "𠮷野家, 好。", 0, 1, Language.ZH, words=(Word("𠮷", 0, 0.1, 1), Word("absent", 0.1, 0.2, 1), Word("好", 0.5, 1, 1))
    )
    assert "".join(str(piece[0]) for piece in present.pieces(said)) == said.text


def test_a_sound_without_words_has_no_pieces() -> None:
    assert present.segment(Segment("", 0, 1, Language.NONE, events=(Event.LAUGHTER,)))["pieces"] == []


def test_segments_are_lines_of_codes_that_only_grow() -> None:
    assert present.lines([SAID, SAID]) == present.lines([SAID]) * 2
    assert present.lines([]) == ""
    assert json.loads(present.lines([SAID])) == {
        "start": 1.0,
        "end": 2.0,
        "language": "en",
        "emotion": "happy",
        "events": ["bgm"],
        "pieces": present.pieces(SAID),
        "scores": {"language": {}, "emotion": {}, "event": {}, "no_speech": 0.0, "avg_logprob": 0.0},
        "raw": "",
        "speaker": "",
    }


def test_no_line_can_be_taken_for_a_tag_or_for_two_lines() -> None:
    said = Segment("a <script>\nb\u2028c", 0, 1, Language.EN)
    line = present.lines([said])
    assert "<" not in line
    assert line.count("\n") == 1
    assert json.loads(line)["pieces"] == [[said.text]]


def test_progress_tells_what_the_whole_run_took() -> None:
    view = present.progress(hearing(SAID), ["clipped: 9 samples were over full scale"])
    assert (view["phase"], view["heard"], view["duration"], view["elapsed"]) == ("done", 60.0, 60.0, 1.5)
    assert view["warnings"] == ["clipped"]
    assert not view["silent"]


def test_no_segments_is_silence_not_failure() -> None:
    view = present.progress(hearing())
    assert view["silent"]
    assert "code" not in view


def test_silence_is_only_known_at_the_end() -> None:
    assert not present.progress(Heard(Phase.HEARING, 1.0, 60.0))["silent"]


def test_a_failure_shows_its_code_and_its_sentence() -> None:
    view = present.failure(AudioTooShort(0.05, 0.1))
    assert (view["phase"], view.get("code")) == ("failed", "audio_too_short")
    assert "0.1 seconds" in view.get("message", "")
    assert (view.get("fault"), len(view.get("reference", ""))) == ("audio", 8)
    assert present.progress(Heard(Phase.FAILED, error=ModelLoading())).get("code") == "model_loading"


def test_the_demo_checkpoint_is_told_apart() -> None:
    demo = Status(State.READY, "ready", CheckpointInfo("earshot-demo", "demo"), "silero")
    real = Status(State.READY, "ready", CheckpointInfo("iic/SenseVoiceSmall", "download"), "silero")
    assert present.status(demo, 0.0)["demo"]
    assert not present.status(real, 0.0)["demo"]
    assert present.status(Status(State.LOADING, "downloading"), 12.6) == {
        "state": "loading",
        "detail": "downloading",
        "checkpoint": "",
        "demo": False,
        "vad": "",
        "waiting": 13,
    }


@pytest.mark.parametrize(
    ("codec", "container", "shown"),
    [
        ("pcm_s16le", "wav", ("PCM 16 bit", "WAV")),
        ("pcm_mulaw", "wav", ("G.711 µ-law", "WAV")),
        ("opus", "matroska,webm", ("Opus", "MKV / WebM")),
        ("mp3", "mp3", ("MP3", "MP3")),
        ("aac", "mov,mp4,m4a,3gp,3g2,mj2", ("AAC", "MP4 / MOV")),
    ],
)
def test_codecs_and_containers_have_the_names_people_use(codec: str, container: str, shown: tuple[str, str]) -> None:
    assert (present.codec_name(codec), present.container_name(container)) == shown


def test_views_are_json() -> None:
    for view in (
        present.media("a.m4a", "f00d", INFO, (0, 255), {"token": "t"}),
        present.segment(SAID),
        present.progress(hearing()),
    ):
        assert json.loads(json.dumps(view)) == view
