"""Captions put into films, by the ffmpeg program. The film is the client's, and hostile.

The program gets it as an open descriptor that can only be read, with no name, and no protocol that opens anything else; it may
look at it as one of a few containers and with decoders in wide use alone. It works in a folder of its own, in its cage.
"""

from __future__ import annotations

import io
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import ffmpeg

from speech import render
from speech.calls import Call
from speech.descriptors import readable
from speech.errors import FilmNotWritten, FilmTooLarge, NoFont, NoPictures, ShuttingDown, StorageFull
from speech.films import Captions, Film, HowFar, unheard
from speech.labels import Labels
from speech.transcript import Language, Transcript

from . import fonts
from .program import HUNG, LOOK, Bounds, Failed, Running, flow, outcome, private_folder, running

log = logging.getLogger(__name__)

DEMUXERS = "mov,matroska,avi,flv,asf,mpegts,mpeg,ogg"  # one file each, and none that reads what it names (speech/containers.py)
DECODERS = (
    "h264,hevc,av1,libdav1d,vp8,vp9,mpeg4,mpeg2video,mpeg1video,msmpeg4v2,msmpeg4,wmv1,wmv2,wmv3,vc1,flv,h263,theora,mjpeg,"
    "prores,dnxhd,aac,mp3,mp3float,mp2,mp2float,ac3,eac3,dca,opus,libopus,vorbis,flac,alac,wmav1,wmav2,wmapro,amrnb,amrwb,"
    "pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_alaw,pcm_mulaw,adpcm_ima_wav,adpcm_ms,"
    "mov_text,subrip,srt,ass,ssa,webvtt,dvbsub,dvdsub,pgssub"
)
PIXELS = 8192 * 4320  # of one picture
PICTURELESS = ("matches no streams", "not on whitelist")  # the latter of what holds sound alone, as wav: it was heard already
SPARE = 1 << 26  # bytes that soft captions may add
STALL = 300.0  # s in which a film must get ahead
XFSZ = 153  # 128 + SIGXFSZ, and its negative from Python: the file grew too large
TEXT, FONTS = "captions", "fonts.conf"
TOLD, DIGITS = 1 << 16, 18  # bytes that it says at once, and digits of a number, at most: a hostile film may speak through it
TELLING = ("-progress", "pipe:1", "-stats_period", "0.5")  # how far it is, twice a second, also where it gets no further
BARE = str.maketrans("{}\\", "()/")  # what FFmpeg, on its way through ASS, would give back with signs between

# ISO 639-2, the bibliographic kind: QuickTime knows no other for Chinese, and none for Cantonese.
LANGUAGES = {Language.ZH: "chi", Language.YUE: "yue", Language.EN: "eng", Language.JA: "jpn", Language.KO: "kor"}
STYLE = f"FontName={fonts.NAME},Fontsize=22,Outline=1,Shadow=0,MarginV=14"  # of a picture that counts as 288 high


@dataclass(frozen=True, slots=True)
class Container:
    """Its text track is made of captions as `text`, and holds them as `codec`."""

    suffix: str
    media_type: str
    text: str
    codec: str = "copy"
    kept: bool = True  # it is the film's own


MP4 = Container("mp4", "video/mp4", "vtt", "mov_text")
MOV = Container("mov", "video/quicktime", "vtt", "mov_text")
MKV = Container("mkv", "video/x-matroska", "srt")
ANY = replace(MKV, kept=False)
WEBM = Container("webm", "video/webm", "vtt")


@dataclass(frozen=True, slots=True)
class _Work:
    """One film in hand: from which descriptor, in which folder, for whom, and who wants to know how far it is."""

    descriptor: int
    folder: Path
    call: Call
    how_far: HowFar


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    most: int = 2  # films at once
    memory: int = 3 * 2**30  # bytes of address space to code pictures anew
    frugal: int = 2**30  # the same to look at a film and to copy it
    largest: int = 4 * 10**9  # bytes of a film whose pictures are coded anew
    seconds: int = 4 * 3600  # of processor time


class FilmCaptioner:
    """speech.films.Captioner, over the ffmpeg program."""

    def __init__(self, options: CaptionOptions | None = None) -> None:
        self._options = options or CaptionOptions()
        self._seats = threading.Semaphore(self._options.most)
        self._lock = threading.Lock()
        self._n_films, self._stopped = 0, False

    @property
    def busy(self) -> bool:
        """Whether a film is being made, or waits to be."""
        return self._n_films > 0

    def stop(self) -> None:
        """Whatever is being made raises ShuttingDown, in a moment, and so does all that comes."""
        self._stopped = True

    def check(self, film: Path | BinaryIO, call: Call) -> None:
        with readable(film) as descriptor, private_folder() as folder:
            _offset(descriptor, self._bounds(folder, 0), call)

    def caption(
        self,
        film: Path | BinaryIO,
        heard: Transcript,
        labels: Labels,
        captions: Captions,
        call: Call,
        how_far: HowFar = unheard,
    ) -> Film:
        with self._seat(call), readable(film) as descriptor, private_folder() as folder:
            shown = heard.shift(_offset(descriptor, self._bounds(folder, 0), call))
            make = self._soft if captions is Captions.SOFT else self._burnt
            return make(_Work(descriptor, folder, call, how_far), shown, labels)

    def _soft(self, work: _Work, shown: Transcript, labels: Labels) -> Film:
        descriptor, folder = work.descriptor, work.folder
        container = _container(descriptor)
        _write(folder / TEXT, render.FORMATS[container.text](shown, labels), bare=container.codec != "copy")
        bounds = self._bounds(folder, os.fstat(descriptor).st_size + SPARE)
        return self._made(_soft(descriptor, container, _language(shown)), work, bounds, container)

    def _burnt(self, work: _Work, shown: Transcript, labels: Labels) -> Film:
        descriptor, folder = work.descriptor, work.folder
        container, options = _coded(_container(descriptor)), self._options
        bounds = replace(self._bounds(folder, options.largest), memory=options.memory)
        _write(folder / TEXT, render.vtt(shown, labels), bare=True)
        _write(folder / FONTS, fonts.configuration(_language(shown), folder))
        _check_fonts(render.vtt(shown, labels), bounds, work.call)
        return self._made(_burnt(descriptor, container), work, bounds, container)

    def _made(self, arguments: Sequence[str], work: _Work, bounds: Bounds, container: Container) -> Film:
        try:
            told = [*TELLING, *arguments]
            with running(told, bounds, given=[work.descriptor], environment=_environment(bounds)) as program:
                _follow(program, partial(self._heed, work.call), work.how_far)
        except Failed as fault:
            log.warning("captions could not be put into a film: %s", fault)
            raise _reason(fault, bounds) from fault
        file = (Path(bounds.folder) / _name(container)).open("rb")
        return Film(file, os.fstat(file.fileno()).st_size, container.suffix, container.media_type)

    def _bounds(self, folder: Path, largest: int) -> Bounds:
        options = self._options
        return Bounds(options.frugal, largest, options.seconds, folder=str(folder), readable=fonts.folders())

    @contextmanager
    def _seat(self, call: Call) -> Iterator[None]:
        with self._counted():
            while not self._seats.acquire(timeout=LOOK):
                self._heed(call)
            try:
                self._heed(call)
                yield
            finally:
                self._seats.release()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._n_films += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_films -= 1

    def _heed(self, call: Call) -> None:
        call.heed()
        if self._stopped:
            raise ShuttingDown()


def _follow(running: Running, heed: Callable[[], None], how_far: HowFar) -> None:
    """Until it ends well. Raises Failed, also where the film gets no further, and whatever `heed` raises."""
    done, moved, rest = 0.0, time.monotonic(), b""
    for piece in flow(running, iter(()), heed):
        *lines, rest = (rest + piece)[-TOLD:].split(b"\n")
        seconds = max((_seconds(line) for line in lines), default=0.0)
        if seconds > done:
            done, moved = seconds, time.monotonic()
            how_far(done)
        elif time.monotonic() - moved > STALL:
            raise Failed(HUNG, running.complaints.decode(errors="replace").strip())


def _seconds(line: bytes) -> float:
    """Of a line of `-progress`; 0 for those that tell something else."""
    name, _, value = line.strip().partition(b"=")
    return int(value) / 1e6 if name == b"out_time_us" and value.isdigit() and len(value) < DIGITS else 0.0


def _reason(fault: Failed, bounds: Bounds) -> Exception:
    if "No space left on device" in fault.complaints:
        return StorageFull()
    if fault.status in (XFSZ, XFSZ - 128, 128 - XFSZ) or "File too large" in fault.complaints:
        return FilmTooLarge(bounds.largest)
    return FilmNotWritten()


def _environment(bounds: Bounds) -> dict[str, str]:
    return {"HOME": bounds.folder, "FONTCONFIG_FILE": f"{bounds.folder}/{FONTS}"}


def _name(container: Container) -> str:
    return f"film.{container.suffix}"


def _write(path: Path, text: str, *, bare: bool = False) -> None:
    path.write_text(text.translate(BARE) if bare else text, encoding="utf-8", errors="replace")


def _language(transcript: Transcript) -> Language:
    return next(iter(transcript.languages), Language.OTHER)


# --- what the film is ---


def _container(descriptor: int) -> Container:
    """The film's own, where that can hold a text track; Matroska, which holds everything, where it cannot."""
    head = os.pread(descriptor, 64, 0)
    if head[4:8] == b"ftyp":
        return MOV if head[8:12] == b"qt  " else MP4
    if head[:4] == b"\x1aE\xdf\xa3":
        return WEBM if b"webm" in head else MKV
    return ANY


def _coded(container: Container) -> Container:
    """H.264 is no WebM."""
    return MKV if container is WEBM else container


def _offset(descriptor: int, bounds: Bounds, call: Call) -> float:
    """Seconds by which the sound begins after the film does: its first packet is asked. Raises NoPictures or FilmNotWritten."""
    film = _film(descriptor)
    sound = ffmpeg.output(film["a:0"], "pipe:1", format="framecrc", c="copy", **{"frames:a": 1})
    pictures = ffmpeg.output(film["V:0"], "-", format="null", c="copy", **{"frames:v": 1})
    arguments = ffmpeg.merge_outputs(sound, pictures).get_args()
    try:
        with running(arguments, bounds, given=[descriptor], environment=_environment(bounds)) as program:
            return max(0.0, _first_time(outcome(program, call.heed).decode()))
    except Failed as fault:
        if any(words in fault.complaints for words in PICTURELESS):
            raise NoPictures() from fault
        log.warning("a film could not be looked at: %s", fault)
        raise FilmNotWritten() from fault
    except (ValueError, IndexError, ZeroDivisionError, StopIteration) as fault:
        raise FilmNotWritten() from fault


def _first_time(told: str) -> float:
    """By framecrc's lines, "#tb 0: 1/44100" and "0, dts, pts, ...". Before 0 lies what a codec needs to get going."""
    lines = told.splitlines()
    numerator, denominator = next(line for line in lines if line.startswith("#tb 0:")).split(":")[1].split("/")
    first = next(line for line in lines if not line.startswith("#"))
    return int(first.split(",")[2]) * int(numerator) / int(denominator)


# --- what the program is told ---


def _film(descriptor: int) -> ffmpeg.nodes.Stream:
    _rewind(descriptor)
    return ffmpeg.input(
        "fd:",
        fd=descriptor,
        protocol_whitelist="fd",
        format_whitelist=DEMUXERS,
        codec_whitelist=DECODERS,
        max_pixels=PIXELS,
        fflags="+genpts",
    )


def _rewind(descriptor: int) -> None:
    os.lseek(descriptor, 0, io.SEEK_SET)


def _soft(descriptor: int, container: Container, language: Language) -> list[str]:
    """The film's streams as they are, and ours before its own text tracks, which another container might not take."""
    form = {"vtt": "webvtt"}.get(container.text, container.text)
    film, text = _film(descriptor), ffmpeg.input(TEXT, format=form, protocol_whitelist="file")
    streams = [film["V"], film["a?"], text["s:0"], *([film["s?"]] if container.kept else [])]
    told = {"c": "copy", "c:s:0": container.codec, "metadata:s:s:0": f"language={LANGUAGES.get(language, 'und')}"}
    return list(ffmpeg.output(*streams, _name(container), **told, **{"disposition:s:0": "default"}).get_args())


def _burnt(descriptor: int, container: Container) -> list[str]:
    """H.264 wants even sides."""
    film = _film(descriptor)
    even = film["V:0"].filter("pad", "ceil(iw/2)*2", "ceil(ih/2)*2")
    pictures = even.filter("subtitles", TEXT, force_style=STYLE)
    told = {"c:v": "libx264", "preset": "veryfast", "crf": 21, "pix_fmt": "yuv420p", "c:a": "copy"}
    return list(ffmpeg.output(pictures, film["a?"], _name(container), **told).get_args())


# --- fonts ---


def check_fonts(words: str) -> None:
    """Whether captions with these words could be burnt in here. Raises NoFont, FilmNotWritten or FfmpegMissing."""
    with private_folder() as folder:
        _write(folder / FONTS, fonts.configuration(Language.ZH, folder))
        _check_fonts(words, Bounds(folder=str(folder), readable=fonts.folders()), Call())


def _check_fonts(text: str, bounds: Bounds, call: Call) -> None:
    """Draws every character once, on a picture that nobody sees. Raises NoFont."""
    characters = "".join(sorted(set(text) - set("&<>{}\\\n\r")))
    (Path(bounds.folder) / "all.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:09.000\n{characters}\n", encoding="utf-8")
    picture = ffmpeg.input("color=s=64x64:d=1:r=1", format="lavfi").filter("subtitles", "all.vtt", force_style=STYLE)
    arguments = [*picture.output("-", format="null").get_args(), "-loglevel", "warning"]
    try:
        with running(arguments, bounds, environment=_environment(bounds)) as program:
            outcome(program, call.heed)
            missing = fonts.lacking(program.complaints)
    except Failed as fault:
        log.error("captions cannot be drawn: %s", fault)
        raise FilmNotWritten() from fault
    if missing:
        raise NoFont(missing)
