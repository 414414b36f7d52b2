"""Samples without a header are heard as they are, within the limits that hold for files."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.audio import decode
from speech.containers import DecodeLimits
from speech.errors import AudioTooLong, AudioTooShort
from speech.pcm import as_wav
from tests import sounds


def raw(duration: float = 1.0) -> bytes:
    return (sounds.tone(duration=duration)[0] * 2**15).astype("<i2").tobytes()


@given(st.binary(max_size=200))
def test_samples_are_heard_bit_by_bit(noise: bytes) -> None:
    sent = raw(0.1) + noise
    heard = decode(as_wav(io.BytesIO(sent))).waveform
    expected = np.frombuffer(sent[: len(sent) // 2 * 2], "<i2") / np.float32(2**15)
    assert np.array_equal(heard.samples, expected)
    assert heard.rate == 16_000


def test_the_header_is_one_that_others_read() -> None:
    with wave.open(as_wav(io.BytesIO(raw() + b"\x01"))) as reader:
        assert reader.getparams()[:4] == (1, 2, 16_000, 16_000)
        assert reader.readframes(16_000) == raw()


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=20))
def test_it_can_be_read_from_anywhere(reads: list[tuple[int, int]]) -> None:
    whole = as_wav(io.BytesIO(b"abcdefg")).read()
    assert whole.endswith(b"data\x06\0\0\0abcdef")
    opened = as_wav(io.BytesIO(b"abcdefg"))
    for place, n_bytes in reads:
        assert opened.seek(place) == opened.tell() == place
        assert opened.read(n_bytes) == whole[place : place + n_bytes]
    assert opened.seek(0, io.SEEK_END) == len(whole) == 50


def test_the_limits_of_files_hold() -> None:
    with pytest.raises(AudioTooLong):
        decode(as_wav(io.BytesIO(raw(2.0))), DecodeLimits(longest=1.0))
    for sent in (b"\x01", raw(0.05)):
        with pytest.raises(AudioTooShort):
            decode(as_wav(io.BytesIO(sent)))


def test_what_it_stands_on_stays_open() -> None:
    samples = io.BytesIO(raw())
    opened = as_wav(samples)
    opened.read()
    opened.close()
    assert samples.read(1) == b""
    assert not samples.closed
