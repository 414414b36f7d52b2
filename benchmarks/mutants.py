"""Small files of every container, broken at random as radamsa does it, but reproducibly: number 4711 is always the same file."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from functools import cache

from tests.sounds import encode, noise, opus_bomb, rf64, riff, tone

LARGEST = 300_000  # bytes of a mutant
HEAD = 400  # bytes in which headers lie: half of all mutations hit there
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)

FORMS = (  # container, codec, rate in Hz, channels
    ("wav", "pcm_s16le", 16_000, 1),
    ("wav", "pcm_f32le", 48_000, 2),
    ("wav", "adpcm_ima_wav", 22_050, 1),
    ("w64", "pcm_s24le", 44_100, 2),
    ("aiff", "pcm_s16be", 44_100, 1),
    ("au", "pcm_mulaw", 8_000, 1),
    ("caf", "pcm_s16le", 32_000, 1),
    ("voc", "pcm_u8", 16_000, 1),
    ("mp3", "libmp3lame", 44_100, 2),
    ("mp2", "mp2", 44_100, 1),
    ("flac", "flac", 44_100, 2),
    ("ogg", "libopus", 48_000, 2),
    ("ogg", "flac", 16_000, 1),
    ("webm", "libopus", 48_000, 1),
    ("matroska", "flac", 16_000, 1),
    ("mp4", "aac", 44_100, 2),
    ("ipod", "alac", 44_100, 2),
    ("3gp", "aac", 44_100, 1),
    ("adts", "aac", 44_100, 1),
    ("avi", "libmp3lame", 44_100, 1),
    ("asf", "libmp3lame", 44_100, 2),
    ("mpegts", "aac", 44_100, 1),
    ("mpeg", "mp2", 44_100, 1),
    ("flv", "libmp3lame", 44_100, 1),
    ("ac3", "ac3", 48_000, 2),
    ("eac3", "eac3", 48_000, 2),
    ("tta", "tta", 44_100, 1),
    ("wv", "wavpack", 44_100, 2),
    ("rm", "ac3", 44_100, 2),
)

Mutation = Callable[[random.Random, bytearray], None]


@cache
def seeds() -> tuple[bytes, ...]:
    made = [_seed(*form) for form in FORMS]
    video = encode(tone(440, 0.5, 44_100), rate=44_100, container="mp4", codec="aac", pictures=True)
    return (*made, video, opus_bomb(60.0), riff(bytes(20_000), claimed=0xFFFFFFFF), rf64(bytes(20_000), 10**12))


def _seed(container: str, codec: str, rate: int, channels: int) -> bytes:
    sound = tone(440, 0.5, rate, channels) + noise(-30, 0.5, rate)
    return encode(sound, rate=rate, container=container, codec=codec)


def mutant(number: int) -> bytes:
    chance = random.Random(number)
    file = bytearray(chance.choice(seeds()))
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        chance.choice(MUTATIONS)(chance, file)
    return bytes(file[:LARGEST])


# --- mutations, in place ---


def flip_bits(chance: random.Random, file: bytearray) -> None:
    for _ in range(chance.choice((1, 1, 4, 30))):
        if file:
            file[_place(chance, file)] ^= 1 << chance.randrange(8)


def set_bytes(chance: random.Random, file: bytearray) -> None:
    for _ in range(chance.choice((1, 4, 30))):
        if file:
            file[_place(chance, file)] = chance.randrange(256)


def fill(chance: random.Random, file: bytearray) -> None:
    """A run becomes zeros, ones, one byte or noise."""
    start, end = _run(chance, file)
    one = bytes([chance.randrange(256)])
    made = chance.choice((b"\0", b"\xff", one))
    file[start:end] = made * (end - start) if chance.random() < 0.7 else chance.randbytes(end - start)


def set_integer(chance: random.Random, file: bytearray) -> None:
    """An integer of any width and order becomes an extreme, or nearly."""
    width, form = chance.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
    value = (chance.choice(EXTREMES) + chance.choice((-1, 0, 0, 1))) % (1 << 8 * width)
    place = _place(chance, file)
    file[place : place + width] = struct.pack(chance.choice("<>") + form, value)


def nudge_integer(chance: random.Random, file: bytearray) -> None:
    if file:
        place = _place(chance, file)
        file[place] = (file[place] + chance.choice((-2, -1, 1, 2))) % 256


def remove(chance: random.Random, file: bytearray) -> None:
    start, end = _run(chance, file)
    del file[start:end]


def insert(chance: random.Random, file: bytearray) -> None:
    place = _place(chance, file)
    file[place:place] = chance.randbytes(chance.choice((1, 2, 4, 100, 5_000)))


def double(chance: random.Random, file: bytearray) -> None:
    """A run is there twice, or very often."""
    start, end = _run(chance, file)
    times = chance.choice((1, 1, 2, 200))
    file[end:end] = bytes(file[start:end][: LARGEST // times]) * times
    del file[LARGEST:]


def move(chance: random.Random, file: bytearray) -> None:
    start, end = _run(chance, file)
    run = file[start:end]
    del file[start:end]
    place = _place(chance, file)
    file[place:place] = run


def cut(chance: random.Random, file: bytearray) -> None:
    del file[_place(chance, file) :]


def behead(chance: random.Random, file: bytearray) -> None:
    del file[: _place(chance, file)]


def splice(chance: random.Random, file: bytearray) -> None:
    """Goes on as another seed, from any place of it."""
    other = chance.choice(seeds())
    file[_place(chance, file) :] = other[_place(chance, other) :]


def embed(chance: random.Random, file: bytearray) -> None:
    """A part of another seed lies in it."""
    other = chance.choice(seeds())
    start, end = _run(chance, other)
    place = _place(chance, file)
    file[place : place + end - start] = other[start:end]


def _place(chance: random.Random, file: Sequence[int]) -> int:
    return chance.randrange(max(min(len(file), chance.choice((HEAD, LARGEST))), 1))


def _run(chance: random.Random, file: Sequence[int]) -> tuple[int, int]:
    start = _place(chance, file)
    return start, min(start + chance.choice((1, 2, 4, 8, 64, 1_000, 20_000)), len(file))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    flip_bits,
    set_bytes,
    fill,
    set_integer,
    set_integer,
    set_integer,
    nudge_integer,
    remove,
    insert,
    double,
    move,
    cut,
    behead,
    splice,
    splice,
    embed,
)
