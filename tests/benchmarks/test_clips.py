"""What is heard: the same every time, of mixed lengths."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.clips import SAMPLE_RATE, Source, described, lengths, write_clips, write_recording
from benchmarks.contestants.ours import together
from benchmarks.contestants.serving import read

SOURCE = Source(np.sin(np.arange(7 * SAMPLE_RATE) / 10).astype(np.float32), "a tone")


@pytest.mark.parametrize("n", [12, 24, 64])
def test_lengths_span_what_they_should_and_stand_in_a_mixed_order(n: int) -> None:
    found = lengths(n)
    assert (min(found), max(found)) == (1.0, 30.0)
    assert len(set(found)) == n
    assert found != sorted(found)
    assert np.median(found) < np.mean(found)  # more short than long


def test_clips_are_the_same_every_time_and_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    first, again = (write_clips(SOURCE, tmp_path / folder, 3) for folder in ("a", "b"))
    assert [file.path.read_bytes() for file in first] == [file.path.read_bytes() for file in again]
    heard = np.concatenate([read(str(file.path)) for file in first])
    assert np.allclose(heard, SOURCE.cut(0, len(heard)), atol=1e-4)
    assert described(first, SOURCE).startswith("3 clips of 1 to 30 s, ")


def test_a_recording_has_its_length_and_is_the_source_over_and_over(tmp_path: Path) -> None:
    file = write_recording(SOURCE, tmp_path / "long.wav", 130.5)
    with wave.open(str(file.path)) as reader:
        assert (reader.getnframes(), reader.getframerate()) == (file.n_samples, SAMPLE_RATE)
    assert file.duration == 130.5
    assert np.allclose(read(str(file.path)), SOURCE.cut(0, file.n_samples), atol=1e-4)


def test_a_forward_pass_gets_what_it_may_at_most_in_the_order_of_the_clips() -> None:
    clips = [np.zeros(seconds * SAMPLE_RATE, np.float32) for seconds in (30, 30, 1, 59, 1)]
    assert [[len(clip) // SAMPLE_RATE for clip in batch] for batch in together(clips, 60.0)] == [[30, 30], [1, 59], [1]]
