"""The checkpoint that benchmarks make for themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.checkpoint import random_checkpoint
from benchmarks.floor import shape_of
from models.sensevoice.engine import SenseVoice
from models.sensevoice.network import NetworkShape
from models.sensevoice.tokenizer import Tokenizer
from speech.audio import Waveform
from speech.engine import CheckpointInfo, Clip

SHAPE = NetworkShape(vocabulary=2700, width=32, inner=64, blocks=2, tp_blocks=1)


def test_the_engine_loads_it_in_the_shape_that_was_asked_for_and_hears(tmp_path: Path) -> None:
    folder = random_checkpoint(tmp_path / "made", SHAPE)
    assert shape_of(folder) == SHAPE
    engine = SenseVoice.load(folder, CheckpointInfo("made", "folder"))
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * 0.1
    assert engine.infer([Clip(Waveform(noise))])[0].duration == 1.0


def test_its_tokenizer_is_filled_up_with_pieces_that_mean_nothing(tmp_path: Path) -> None:
    folder = random_checkpoint(tmp_path / "made", SHAPE)
    tokenizer = Tokenizer(next(folder.glob("*.bpe.model")))
    tokens = json.loads((folder / "tokens.json").read_text())
    assert len(tokens) == len(tokenizer) == SHAPE.vocabulary
    assert [tokenizer.piece(i) for i in (2600, 2699)] == tokens[2600::99] == ["⁂0", "⁂99"]


def test_one_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    assert random_checkpoint(tmp_path / "made", SHAPE) == tmp_path / "made"
    assert not any((tmp_path / "made").iterdir())
