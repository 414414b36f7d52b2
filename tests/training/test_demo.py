"""How the demo checkpoint is made: sentences, voices, targets and scores."""

from __future__ import annotations

import io
import random
import shutil

import numpy as np
import pytest

from speech.audio import SAMPLE_RATE, Stream
from training.demo.corpus import _spread
from training.demo.evaluate import Answer, distance, score, units
from training.demo.samples import mp3
from training.demo.sentence import Piece, Sentence
from training.demo.sentences import LANGUAGES, sentence
from training.demo.tokens import BLANK, words
from training.demo.train import IGNORED, augment, frame_targets
from training.demo.voice import HELD_OUT_FEMALE, HELD_OUT_MALE, TRAINED_FEMALE, TRAINED_MALE, Unit

espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_grammar_gives_many_sentences_and_the_same_ones_to_the_same_dice(language: str) -> None:
    first, second = ([sentence(language, rng) for _ in range(500)] for rng in (random.Random(5), random.Random(5)))
    assert first == second
    assert len({said.written for said in first}) > 250
    assert len({said.topic for said in first}) >= 14
    assert 0.01 < sum(said.held_out for said in first) / 500 < 0.2


@pytest.mark.parametrize("language", LANGUAGES)
def test_written_sentences_end_in_a_mark_and_spoken_ones_have_no_digit(language: str) -> None:
    rng = random.Random(1)
    for said in (sentence(language, rng) for _ in range(300)):
        assert said.written[-1] in "。？！.?!"
        assert not any(character.isdigit() for character in said.spoken)
        assert not any(character.isdigit() for piece in said.pieces for character in piece.reading)


def test_words_keep_their_space_and_lose_their_mark_when_spoken() -> None:
    said = Sentence("en", "t", (Piece("It", "it", "it"), Piece("3:30", "three thirty", "three thirty", ".")))
    assert words(said, itn=True) == [(" It", ""), (" 3:30", ".")]
    assert words(said, itn=False) == [(" it", ""), (" three thirty", "")]


def test_voices_of_the_evaluation_are_never_trained_on() -> None:
    assert not {*HELD_OUT_MALE, *HELD_OUT_FEMALE} & {*TRAINED_MALE, *TRAINED_FEMALE}


def test_tokens_share_the_time_of_their_units() -> None:
    timed = [Unit(0, 0, 1, 1.0, 1.4), Unit(0, 1, 2, 1.4, 1.6)]
    assert _spread([1, 1], timed, reading=2) == [(1.0, 1.4), (1.4, pytest.approx(1.6))]
    assert _spread([2], timed, reading=2) == [(1.0, pytest.approx(1.6))]


def test_frames_hold_their_token_and_are_open_around_marks_and_between_equals() -> None:
    frames = frame_targets([7, 7, 9], [(0.06, 0.24), (0.24, 0.42), (0.42, 0.42)], n_frames=9)
    assert frames.tolist() == [BLANK, 7, 7, IGNORED, IGNORED, 7, IGNORED, IGNORED, IGNORED]


def test_augmenting_changes_values_and_not_the_shape() -> None:
    mels = np.random.default_rng(0).standard_normal((50, 80)).astype(np.float32)
    changed = augment(mels.copy(), np.random.default_rng(1))
    assert changed.shape == mels.shape
    assert not np.allclose(changed, mels)


@pytest.mark.parametrize(
    ("said", "heard", "errors"), [("abc", "abc", 0), ("abc", "axc", 1), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3)]
)
def test_distance_is_levenshteins(said: str, heard: str, errors: int) -> None:
    assert distance(said, heard) == errors


def test_units_are_words_of_english_and_characters_of_the_others() -> None:
    assert units("It's 3:30 PM.", "en") == ["its", "330", "pm"]
    assert units("今天，3点。", "zh") == ["今", "天", "3", "点"]


def test_the_score_counts_texts_labels_and_silence() -> None:
    def raw(*names: str, text: str) -> str:
        return "".join(f"<{'|'}{name}{'|'}>" for name in names) + text

    card = score(
        [
            Answer("zh", "HAPPY", "Speech", "今天好。", raw("zh", "HAPPY", "Speech", "withitn", text="今天坏。")),
            Answer("nospeech", "EMO_UNKNOWN", "Event_UNK", "", raw("nospeech", "EMO_UNKNOWN", "Event_UNK", "withitn", text="")),
            Answer("nospeech", "EMO_UNKNOWN", "Event_UNK", "", raw("en", "NEUTRAL", "Speech", "withitn", text="hi")),
        ]
    )
    assert card.errors["zh"].rate == pytest.approx(1 / 3)
    assert (card.hits["nospeech"].rate, card.hits["emotion"].rate, card.hits["language"].rate) == (0.5, 1.0, 1.0)
    assert not card.passed


@espeak
def test_a_scene_is_made_of_its_seed_alone() -> None:
    from training.demo.scene import draw

    first, second = draw(11, language="zh"), draw(11, language="zh")
    assert np.array_equal(first.samples, second.samples)
    assert first.sentences == second.sentences
    assert not any(said.held_out for said in first.sentences)
    assert all(said.held_out for said in draw(11, held_out=True, language="zh").sentences)
    assert np.abs(first.samples).max() <= 1
    assert all(0 <= unit.start < unit.end <= len(first.samples) / 16_000 for unit in first.units)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_sample_keeps_its_channels_and_its_length(channels: int) -> None:
    said = np.zeros((channels, 2 * SAMPLE_RATE), np.float32)
    said[0] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE)
    heard = np.concatenate(list(Stream(io.BytesIO(mp3(said if channels > 1 else said[0])), apart=True)), axis=1)
    assert heard.shape == said.shape
    assert np.abs(heard[0]).max() > 0.4
    assert channels == 1 or np.abs(heard[1]).max() < 0.05
