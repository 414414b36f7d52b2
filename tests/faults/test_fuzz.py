"""Five hundred broken files over HTTP to a real server and real decoders. `make fuzz` sends ten thousand."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from api.errors import STATUSES
from benchmarks import fuzz
from benchmarks.fuzz import Answer
from benchmarks.mutants import MUTATIONS, mutant, seeds
from speech import errors

ROOT = Path(__file__).parents[2]
FILES = 500
CODES = {kind.code for kind in errors.AudioError.__subclasses__()}


@pytest.mark.slow
def test_every_broken_file_is_heard_or_named_soon_and_nothing_breaks() -> None:
    found = fuzz.fuzz(FILES)
    assert found.bad == ()
    assert found.alive
    assert (found.crashed, found.decoders_replaced) == ((), 0)
    assert sum(found.answers.values()) == FILES
    assert {answer.split()[1] for answer in found.answers} <= {"heard", *CODES}
    assert found.answers["200 heard"] > FILES / 5  # most of them get past the headers
    assert len(found.answers) > 4
    assert found.grown_mb < 100
    assert 0 < found.decoder_mb < 300


def test_a_number_is_always_the_same_file() -> None:
    code = "import zlib; from benchmarks.mutants import mutant; print([zlib.crc32(mutant(number)) for number in range(60)])"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str([zlib.crc32(mutant(number)) for number in range(60)])


def test_the_files_differ_from_one_another_and_from_their_seeds() -> None:
    files = {mutant(number) for number in range(100)}
    assert len(files) > 95
    assert len(files & set(seeds())) < 5
    assert len(set(MUTATIONS)) > 10


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (Answer(1, 200, "heard", 1.0), True),
        (Answer(1, 400, "corrupt_audio", 1.0), True),
        (Answer(1, 200, "heard", fuzz.PATIENCE + 1), False),
        (Answer(1, 429, "queue_full", 0.1), False),
        (Answer(1, 500, "internal", 0.1), False),
        (Answer(1, 503, "engine_unavailable", 0.1), False),
        (Answer(1, fuzz.NO_ANSWER, "ReadTimeout", 1.0), False),
    ],
)
def test_only_what_is_the_files_fault_is_a_good_answer(answer: Answer, good: bool) -> None:
    assert answer.good is good


def test_faults_of_the_audio_are_good_answers() -> None:
    kinds = errors.AudioError.__subclasses__()
    statuses = {next(status for known, status in STATUSES if issubclass(kind, known)) for kind in kinds}
    assert statuses <= fuzz.GOOD
