from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from models.sensevoice import Precision
from models.sensevoice.export import export, state
from models.sensevoice.network import Network, NetworkShape
from models.sensevoice.precision import fill
from speech.errors import CheckpointCorrupt, CheckpointMissing

SHAPE = NetworkShape(vocabulary=30, features=24, width=32, heads=4, inner=64, blocks=3, tp_blocks=2, kernel=5)
QUERIES = torch.tensor([[0, 1, 2, 14]])


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    torch.save(Network(SHAPE).state_dict(), tmp_path / "model.pt")
    return tmp_path / "model.pt"


@torch.inference_mode()
def heard(weights: Path, precision: Precision) -> torch.Tensor:
    network = fill(Network(SHAPE).eval(), state(weights, precision), precision)
    features = torch.randn(1, 20, 24, generator=torch.Generator().manual_seed(1))
    logits: torch.Tensor = network(features, torch.tensor([20]), QUERIES)
    return logits


@pytest.mark.parametrize(
    "precision",
    ["bf16", pytest.param("int8", marks=pytest.mark.skipif(not torch.cpu._is_vnni_supported(), reason="this CPU has no VNNI"))],
)
def test_exported_weights_are_taken_and_hear_the_same(
    weights: Path, precision: Precision, caplog: pytest.LogCaptureFixture
) -> None:
    before = heard(weights, precision)
    exported = export(weights.parent, precision)
    assert exported == weights.with_name(f"model.{precision}.pt")
    assert exported.stat().st_size < weights.stat().st_size
    with caplog.at_level(logging.INFO):
        assert torch.equal(heard(weights, precision), before)
    assert f"weights from {exported.name}" in caplog.text


def test_weights_of_another_training_are_left_alone(weights: Path, caplog: pytest.LogCaptureFixture) -> None:
    export(weights.parent, "bf16")
    torch.manual_seed(1)
    torch.save(Network(SHAPE).state_dict(), weights)
    assert torch.equal(state(weights, "bf16")["embed.weight"], torch.load(weights)["embed.weight"])
    assert "is left alone" in caplog.text


def test_a_damaged_export_is_left_alone(weights: Path, caplog: pytest.LogCaptureFixture) -> None:
    export(weights.parent, "bf16").write_bytes(b"nothing")
    assert "embed.weight" in state(weights, "bf16")
    assert "cannot be read" in caplog.text


def test_what_cannot_be_exported_has_a_name(tmp_path: Path) -> None:
    with pytest.raises(CheckpointMissing):
        export(tmp_path)
    (tmp_path / "model.pt").write_bytes(b"nothing")
    with pytest.raises(CheckpointCorrupt):
        export(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.pt"]
