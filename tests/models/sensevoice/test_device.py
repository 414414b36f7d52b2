"""Drivers that are there, broken or gone, as torch tells of them."""

from __future__ import annotations

import warnings

import pytest
import torch

from models.sensevoice import SenseVoiceOptions
from models.sensevoice.device import device_of
from speech.errors import NoGpu

TOO_OLD = (
    "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver by "
    "downloading and installing a new version."
)  # torch 2.13, c10/cuda/CUDAFunctions.cpp


@pytest.fixture
def cuda_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.version.cuda", "13.0")


def broken() -> bool:
    warnings.warn(TOO_OLD, stacklevel=1)
    return False


def test_a_broken_driver_is_one_warning_and_the_cpu_goes_on(
    cuda_build: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", broken)
    assert device_of(SenseVoiceOptions("auto")) == torch.device("cpu")
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "The NVIDIA driver on your system is too old (found version 11040). Set EARSHOT_DEVICE=cpu" in record.getMessage()


def test_cuda_asked_for_with_a_broken_driver_says_what_the_driver_says(cuda_build: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", broken)
    with pytest.raises(NoGpu, match=r"EARSHOT_DEVICE is cuda, but The NVIDIA driver on your system is too old"):
        device_of(SenseVoiceOptions("cuda"))


def test_a_gpu_on_which_nothing_can_be_computed_is_not_taken(
    cuda_build: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_kernel(*_: object, **__: object) -> torch.Tensor:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.ones", no_kernel)
    assert device_of(SenseVoiceOptions("auto")).type == "cpu"
    assert "but CUDA error: no kernel image is available for execution on the device. Set" in caplog.text
    with pytest.raises(NoGpu, match="no kernel image"):
        device_of(SenseVoiceOptions("cuda"))


def test_a_machine_without_a_gpu_is_not_warned_of(
    cuda_build: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert device_of(SenseVoiceOptions("auto")).type == "cpu"
    assert not caplog.records
    with pytest.raises(NoGpu, match="torch finds no GPU"):
        device_of(SenseVoiceOptions("cuda"))


def test_the_cpu_asks_no_driver(cuda_build: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: pytest.fail("the driver was asked"))
    assert device_of(SenseVoiceOptions("cpu")).type == "cpu"
