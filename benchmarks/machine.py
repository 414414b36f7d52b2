"""What this machine is, in words for tables."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BF16 = "avx512_bf16"
TELLING = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", BF16, "amx_int8", "amx_bf16", "asimd", "bf16", "i8mm")
PACKAGES = ("torch", "funasr", "gradio", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Machine:
    cpu: str
    cores: int  # that this process may use
    memory_gb: float
    instructions: tuple[str, ...]  # those that matrix products make use of
    system: str
    versions: tuple[str, ...]  # "package version"

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_gb:.0f} GB, {self.system}; "
            f"{' '.join(self.instructions) or 'no vector instructions known'}; {', '.join(self.versions)}"
        )

    def is_like(self, other: Machine) -> bool:
        """Whether ratios of one may be compared with those of the other."""
        return (self.cpu, self.cores, self.instructions) == (other.cpu, other.cores, other.instructions)


def this_machine() -> Machine:
    facts = _facts()
    flags = facts.get("flags", facts.get("Features", "")).split()
    return Machine(
        cpu=facts.get("model name") or platform.processor() or platform.machine(),
        cores=cores(),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        instructions=tuple(name for name in TELLING if name in flags),
        system=f"{platform.system()} {platform.machine()}",
        versions=(f"Python {platform.python_version()}", *filter(None, map(_version, PACKAGES))),
    )


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _facts() -> dict[str, str]:
    """What Linux says of the first core; nothing elsewhere."""
    file = Path("/proc/cpuinfo")
    if not file.is_file():
        return {}
    pairs = (line.split(":", 1) for line in file.read_text().split("\n\n")[0].splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""
