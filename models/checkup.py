"""Whether this machine has what hearing needs, and what to do where it has not. Loads no weights, downloads nothing."""

from __future__ import annotations

import math
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from speech.errors import SpeechError

from . import ModelOptions, _vad
from .checkpoints import GET, REPOS, CheckpointOptions, Place, available, find
from .sensevoice import SenseVoiceOptions

MEMORY = 3e9  # bytes: loading the released model takes 2.1 GB (measured), long files and batches the rest
ROOM = 1.1e9  # bytes, to download it
INSTALL = "pip install -r requirements.txt"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found; `todo` says what to do where it is not as it should be."""

    found: str
    todo: str = ""


def checkup(options: ModelOptions) -> Iterator[Check]:
    yield Check(f"Python {platform.python_version()} on {platform.platform(terse=True)}")
    yield check_torch(options.sensevoice)
    yield check_detector(options)
    yield check_weights(options.checkpoint)
    yield check_memory()
    yield check_disk(options.checkpoint.home)


# --- torch and the detector ---


def check_torch(options: SenseVoiceOptions) -> Check:
    try:
        import torch
    except (ImportError, OSError) as fault:  # OSError: one of its libraries does not load
        return Check(f"torch cannot be imported: {fault}", INSTALL)
    cuda = torch.cuda.is_available()
    device = torch.cuda.get_device_name() if cuda and options.device != "cpu" else "the CPU"
    threads, cores = options.threads or torch.get_num_threads(), cores_allowed()
    found = f"torch {torch.__version__} on {device}, {threads} threads, {cores} cores"
    if options.device == "cuda" and not cuda:
        return Check(found, "EARSHOT_DEVICE is cuda, but torch finds no GPU: set it to auto, or install a CUDA build of torch")
    return Check(found, f"more threads than cores are slower: set EARSHOT_THREADS={cores}" if threads > cores else "")


def cores_allowed() -> int:
    """A container may have fewer than the machine: by affinity, or by quota (cgroup v2, cpu.max)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _text(Path("/sys/fs/cgroup/cpu.max")).partition(" ")
    return min(cores, math.ceil(int(quota) / int(period))) if quota.isdecimal() else cores


def check_detector(options: ModelOptions) -> Check:
    """By making it: it is small."""
    try:
        return Check(f"voice activity by {_vad(options).name}")
    except (ImportError, OSError, SpeechError) as fault:
        todo = "set EARSHOT_VAD_FOLDER to the folder of its files, or unset EARSHOT_VAD" if options.vad == "fsmn" else INSTALL
        return Check(f"no voice activity by {options.vad}: {fault}", todo)


# --- weights ---


def check_weights(options: CheckpointOptions) -> Check:
    """The checkpoint that a start would take, and why."""
    if options.model in ("auto", *REPOS):
        return _of_place(next((place for place in available(options) if place.taken), None))
    try:
        found = find(options)  # a folder or the demo: nothing to download
    except SpeechError as fault:
        return Check(f"weights: {fault}", f"set EARSHOT_MODEL to auto, and {GET}")
    return Check(f"weights: {found.info.name} in {found.folder}, as EARSHOT_MODEL says", _todo(found.info.demo))


def _of_place(place: Place | None) -> Check:
    if place is None:
        return Check("weights: none on this machine, and no bundled demo", f"unset EARSHOT_OFFLINE, and {GET}")
    if place.source == "download":
        found = f"weights: none on this machine; the first start asks {place.where}, and takes the bundled demo without it"
        return Check(found, GET)
    if place.source == "demo":
        return Check("weights: the bundled demo, as EARSHOT_OFFLINE is set and nothing better is here", _todo(True))
    return Check(f"weights: {place.name}, {place.state}, in {place.where}: the first place with all its files")


def _todo(demo: bool) -> str:
    return f"it shows the way and hears little: {GET}" if demo else ""


# --- memory and disk ---


def check_memory() -> Check:
    free = memory_free()
    if free is None:
        return Check("free memory: not known on this system")
    todo = f"the released model needs {_mb(MEMORY)}: close something, or take --model demo" if free < MEMORY else ""
    return Check(f"free memory: {_mb(free)}", todo)


def memory_free() -> int | None:
    """In bytes, as Linux counts it; at most what the container may have (cgroup v2, memory.max)."""
    lines = _text(Path("/proc/meminfo")).splitlines()
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), None)
    limit = _text(Path("/sys/fs/cgroup/memory.max"))
    return min(free, int(limit)) if free is not None and limit.isdecimal() else free


def check_disk(home: Path) -> Check:
    wanted = home.expanduser().absolute()
    there = next(place for place in (wanted, *wanted.parents) if place.is_dir())
    free = shutil.disk_usage(there).free
    todo = f"a download needs {_mb(ROOM)}: make room, or set EARSHOT_HOME to another folder" if free < ROOM else ""
    return Check(f"free disk for {wanted}: {_mb(free)}", todo)


def _text(path: Path) -> str:
    """What a system file says; nothing where this system has no such file."""
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def _mb(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:,.0f} MB"
