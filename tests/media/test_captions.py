"""Captions in films, by the real program: what is in them afterwards, and what a hostile film comes to."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from media import captions, fonts, program
from media.captions import CaptionOptions, FilmCaptioner
from media.program import CAGE, Bounds
from speech.calls import Call
from speech.errors import Cancelled, DeadlineExceeded, FilmNotWritten, FilmTooLarge, NoFont, NoPictures, ShuttingDown, SpeechError
from speech.films import Captions, Film
from speech.labels import PLAIN, ZH
from speech.transcript import Emotion, Language, Segment, Transcript
from tests import sounds
from tests.media import films
from tests.media.children import children, none_within
from tests.playlists import Opens, listens, playlists

WORDS = "你好 <b>世界</b> {\\an8} a-->b & 안녕"
HEARD = Transcript(
    (
        Segment(WORDS, 0.5, 1.5, Language.ZH, Emotion.HAPPY),
        Segment("Hello again.", 2.5, 3.5, Language.EN),
    ),
    4.0,
)
SHOWN = {
    "mp4": WORDS.replace("{\\an8}", "(/an8)"),
    "mov": WORDS.replace("{\\an8}", "(/an8)"),
    "matroska": WORDS.replace("-->", "-- >"),
    "webm": WORDS.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
}
CONTAINERS = {"mp4": "mp4", "mov": "mov", "matroska": "mkv", "webm": "webm", "avi": "mkv", "mpegts": "mkv", "flv": "mkv"}
TRACKS = {"mp4": "mov_text", "mov": "mov_text", "mkv": "srt", "webm": "webvtt"}

noto = pytest.mark.skipif(not Path("/usr/share/fonts/opentype/noto").is_dir(), reason="fonts-noto-cjk is missing")


def made(film: bytes, kind: Captions, heard: Transcript = HEARD, **options: int) -> tuple[Film, bytes]:
    done = FilmCaptioner(CaptionOptions(**options)).caption(io.BytesIO(film), heard, PLAIN, kind, Call())
    return done, b"".join(done.pieces())


# --- soft ---


@pytest.mark.parametrize("container", CONTAINERS)
def test_soft_captions_are_a_track_of_text_and_nothing_else_changes(container: str) -> None:
    film = films.film(container)
    done, result = made(film, Captions.SOFT)
    assert (done.suffix, done.n_bytes) == (CONTAINERS[container], len(result))
    for kind in ("video", "audio"):
        assert films.packets(result, kind) == films.packets(film, kind)
    codec, language = films.track(result)
    assert codec == TRACKS[done.suffix]
    assert language == "chi"


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "webm"])
def test_soft_captions_say_what_was_said_when_it_was_said(container: str) -> None:
    _, result = made(films.film(container), Captions.SOFT)
    (first, *_, last) = films.texts(result)
    assert first[2].replace("\n", " ") == SHOWN[container]
    assert first[0] == pytest.approx(0.5, abs=0.6)  # a cue may begin before its first word
    assert first[0] < 1.5 <= first[1]
    assert last[2] == "Hello again."
    assert last[0] <= 2.5 < 3.5 <= last[1]


def test_captions_follow_a_sound_that_begins_after_the_pictures() -> None:
    on_time, late = (films.texts(made(films.film("matroska", late=shift), Captions.SOFT)[1]) for shift in (0.0, 0.7))
    assert [words for *_, words in on_time] == [words for *_, words in late]
    assert [start + 0.7 for start, *_ in on_time] == pytest.approx([start for start, *_ in late], abs=0.03)


def test_a_film_in_which_nobody_speaks_is_a_film_still() -> None:
    film = films.film()
    for kind in Captions:
        _, result = made(film, kind, Transcript((), 4.0))
        assert films.packets(result, "audio") == films.packets(film, "audio")


def test_a_film_that_has_captions_keeps_them_behind_ours() -> None:
    _, once = made(films.film(), Captions.SOFT)
    _, twice = made(once, Captions.SOFT, Transcript(HEARD.segments[1:], 4.0))
    with films.opened(twice) as container:
        assert len(container.streams.subtitles) == 2
    assert [words for *_, words in films.texts(twice)] == ["Hello again."]


# --- burnt ---


@noto
@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_burnt_captions_are_in_the_lower_part_of_the_pictures_while_they_are_said(container: str) -> None:
    film = films.film(container)
    done, result = made(film, Captions.BURNT, Transcript(HEARD.segments[1:], 4.0))
    assert done.suffix == {"mp4": "mp4", "webm": "mkv"}[container]
    assert films.packets(result, "audio") == films.packets(film, "audio")
    seen = films.frames(result)
    assert len(seen) == len(films.frames(film))
    for second, picture in seen:
        upper, lower = picture[: films.HEIGHT // 2], picture[films.HEIGHT * 2 // 3 :]
        assert np.ptp(upper) < 12, second
        if 2.6 <= second <= 3.4:
            assert lower.max() > 200, second  # white letters
        if second < 1.4:
            assert np.ptp(lower) < 12, second


@noto
def test_burnt_words_of_every_script_are_drawn_and_not_boxes() -> None:
    drawn = []
    for words in ("国国国国", "안안안안", "ああああ", "AAAA"):
        film = films.film(size=(640, 360))
        _, result = made(film, Captions.BURNT, Transcript((Segment(words, 0.5, 3.5, Language.ZH),), 4.0))
        drawn.append(films.frames(result)[20][1][240:] > 200)
    assert all(picture.sum() > 50 for picture in drawn)
    assert all((one != other).sum() > 50 for at, one in enumerate(drawn) for other in drawn[:at])


@noto
def test_odd_sides_are_made_even() -> None:
    _, result = made(films.film("matroska", size=(162, 90)), Captions.BURNT)
    assert films.frames(result)[0][1].shape == (90, 162)


def test_without_a_font_for_the_words_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", (str(tmp_path),))
    with pytest.raises(NoFont):
        made(films.film(), Captions.BURNT)


@noto
def test_a_font_that_lacks_a_script_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", ("/usr/share/fonts/truetype/dejavu",))
    if not fonts.folders():
        pytest.skip("no DejaVu fonts")
    with pytest.raises(NoFont, match=r"U\+"):
        made(films.film(), Captions.BURNT)
    made(films.film(), Captions.BURNT, Transcript(HEARD.segments[1:], 4.0))


# --- what is refused ---


@pytest.mark.parametrize("kind", Captions)
def test_a_file_without_pictures_is_refused_in_words(kind: Captions) -> None:
    sound = sounds.encode(sounds.tone(), container="mp4", codec="aac")
    with pytest.raises(NoPictures):
        FilmCaptioner().check(io.BytesIO(sound), Call())
    with pytest.raises(NoPictures):
        made(sound, kind)


@pytest.mark.parametrize("content", [b"", b"no film" * 100, b"\0" * 1000, films.film()[:3000], sounds.encode(sounds.tone())])
def test_what_is_no_film_is_refused(content: bytes) -> None:
    for kind in Captions:
        with pytest.raises((FilmNotWritten, NoPictures)):
            made(content, kind)


def test_what_names_other_files_opens_none_of_them(tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(films.film())
    opens = Opens(secret)
    with socket.create_server(("127.0.0.1", 0)) as sink:
        sink.settimeout(0.05)
        port = sink.getsockname()[1]
        for name, text in playlists(secret, port).items():
            (tmp_path / name).write_text(text)
            for film in (tmp_path / name, io.BytesIO(text.encode())):
                with pytest.raises((FilmNotWritten, NoPictures)):
                    FilmCaptioner().caption(film, HEARD, PLAIN, Captions.SOFT, Call())
            assert not listens(port)
        with pytest.raises(TimeoutError):
            sink.accept()
    assert not opens.seen()


def test_a_caged_program_reads_nothing_of_the_machine_and_reaches_no_network(tmp_path: Path) -> None:
    if sys.platform != "linux" or not _landlocked():
        pytest.skip("no Landlock here")
    secret, own = tmp_path / "secret", tmp_path / "own"
    own.mkdir()
    secret.write_text("secret")
    (own / "mine").write_text("mine")
    written = Bounds(largest=1000, folder=str(own)).written(0)

    def caged(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-I", "-S", str(CAGE), written, *command], capture_output=True, text=True, cwd=own)

    assert caged("/usr/bin/cat", "mine").stdout == "mine"
    for path in (str(secret), "../secret", "/etc/passwd", "/proc/self/environ"):
        refused = caged("/usr/bin/cat", path)
        assert refused.returncode != 0
        assert refused.stdout == ""
        assert "Permission denied" in refused.stderr
    assert caged("/usr/bin/cp", "mine", "../theirs").returncode != 0
    with socket.create_server(("127.0.0.1", 0)) as sink:
        asked = ["-f", "mpegts", "-i", f"tcp://127.0.0.1:{sink.getsockname()[1]}?timeout=1000000", "-f", "null", "-"]
        assert caged(program.program(), "-nostdin", *asked).returncode != 0
        sink.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sink.accept()


def _landlocked() -> bool:
    import ctypes

    return int(ctypes.CDLL(None).syscall(444, None, 0, 1)) >= 4


def test_nothing_of_a_film_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = FilmCaptioner().caption(io.BytesIO(films.film()), HEARD, PLAIN, Captions.SOFT, Call())
    assert not list(tmp_path.iterdir())
    assert len(b"".join(done.pieces())) == done.n_bytes
    with pytest.raises(SpeechError):
        made(b"no film" * 100, Captions.SOFT)
    assert not list(tmp_path.iterdir())


def test_a_film_that_grows_too_large_is_given_up() -> None:
    with pytest.raises(FilmTooLarge):
        made(films.film(), Captions.BURNT, Transcript(HEARD.segments[1:], 4.0), largest=5_000)


# --- who leaves, who is late, who waits ---


@cache
def _long() -> bytes:
    return films.film("matroska", 30.0, size=(1280, 720))


def test_who_leaves_takes_the_program_with_him() -> None:
    before = children()
    film = _long()
    call = Call(seconds=1.0)
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        FilmCaptioner().caption(io.BytesIO(film), Transcript(HEARD.segments[1:], 30.0), PLAIN, Captions.BURNT, call)
    assert time.monotonic() - started < 4
    assert none_within(2.0, before)
    call.leave()
    with pytest.raises(Cancelled):
        FilmCaptioner().caption(io.BytesIO(film), HEARD, PLAIN, Captions.SOFT, call)


@noto
def test_a_long_film_tells_how_far_it_is_and_is_not_taken_for_hung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "STALL", 0.8)
    told: list[float] = []
    heard = Transcript(HEARD.segments[1:], 30.0)
    FilmCaptioner().caption(io.BytesIO(_long()), heard, PLAIN, Captions.BURNT, Call(), told.append).file.close()
    assert len(told) >= 2
    assert told == sorted(told)
    assert told[-1] == pytest.approx(30.0, abs=0.5)


@noto
def test_a_film_that_gets_no_further_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "STALL", 0.0)
    monkeypatch.setattr(captions, "_seconds", lambda _: 0.0)
    with pytest.raises(FilmNotWritten):
        FilmCaptioner().caption(io.BytesIO(_long()), HEARD, PLAIN, Captions.BURNT, Call())


def test_only_so_many_films_are_made_at_once() -> None:
    captioner = FilmCaptioner(CaptionOptions(most=1))
    with captioner._seat(Call()), pytest.raises(DeadlineExceeded):
        captioner.caption(io.BytesIO(films.film()), HEARD, ZH, Captions.SOFT, Call(seconds=0.3))
    captioner.caption(io.BytesIO(films.film()), HEARD, ZH, Captions.SOFT, Call()).file.close()


def test_a_film_in_hand_is_given_up_when_the_server_ends() -> None:
    captioner, before = FilmCaptioner(), children()
    threading.Timer(1.0, captioner.stop).start()
    with pytest.raises(ShuttingDown):
        captioner.caption(io.BytesIO(_long()), Transcript(HEARD.segments[1:], 30.0), PLAIN, Captions.BURNT, Call())
    assert not captioner.busy
    assert none_within(2.0, before)
    with pytest.raises(ShuttingDown):
        captioner.caption(io.BytesIO(films.film()), HEARD, PLAIN, Captions.SOFT, Call())


def test_it_is_busy_while_a_film_waits() -> None:
    captioner = FilmCaptioner(CaptionOptions(most=1))
    assert not captioner.busy
    with captioner._seat(Call()):
        assert captioner.busy
    assert not captioner.busy


def test_every_container_is_told_by_its_first_bytes() -> None:
    for container, suffix in CONTAINERS.items():
        with program.private_folder() as folder:
            path = folder / "film"
            path.write_bytes(films.film(container, 1.0))
            with path.open("rb", buffering=0) as film:
                assert captions._container(film.fileno()).suffix == suffix
