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


@dataclass(frozen=True, slots=True)
class SenseVoiceOptions:
    """`threads` 0 lets torch choose; `device` "auto" takes CUDA where there is a GPU."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 0
