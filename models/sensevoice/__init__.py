"""SenseVoiceSmall by FunAudioLLM. What is known of it before its weights, or torch, are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from speech.engine import EngineInfo
from speech.transcript import Language

INFO = EngineInfo(
    name="sensevoice-small",
    languages=(Language.ZH, Language.YUE, Language.EN, Language.JA, Language.KO),
    sample_rate=16_000,
    longest_clip=30.0,
)


Precision = Literal["fp32", "bf16", "fp16", "int8"]


@dataclass(frozen=True, slots=True)
class SenseVoiceOptions:
    """`device` "auto" takes CUDA where there is a GPU, `threads` 0 lets torch choose, `precision` "auto" is the fastest there."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 0
    precision: Literal["auto"] | Precision = "auto"
