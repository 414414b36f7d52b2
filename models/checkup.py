"""Whether this machine has what hearing needs, and what to do where it has not. Loads no weights, downloads nothing.

A hub is knocked at, for a first answer: nobody calls this but the one who asks how things stand.
"""

from __future__ import annotations

import math
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from speech.errors import HubUnreachable, SpeechError

from . import ModelOptions, _vad
from .checkpoints import GET as GET
from .checkpoints import REPOS, Checkpoint, CheckpointOptions, Place, ask_hub, available, find, refuse_unsafe_environment
from .manifest import MANIFEST, RELEASED, verify
from .sensevoice import SenseVoiceOptions

MEMORY = 3e9  # bytes: loading the released model takes 2.1 GB (measured), long files and batches the rest
ROOM = 1.1e9  # bytes, to download it
KNOCK = 3.0  # s a hub has to answer
INSTALL = "pip install -r requirements.txt"
PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Check:
    """What was found; `todo` says what to do where it is not as it should be."""

    found: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """The first release of a package in which a known hole is closed."""

    package: str
    version: str
    closes: str


FLOORS = (
    Floor("torch", "2.10", "CVE-2026-24747, code out of a weights file"),
    Floor("gradio", "6.31", "reads of files beside those uploaded"),
    Floor("starlette", "1.5.1", "CVE-2025-62727, endless Range headers"),
    Floor("python-multipart", "0.0.27", "CVE-2026-42561, endless form headers"),
    Floor("av", "17.1", "playlists that open other files"),
    Floor("brotli", "1.2.1", "CVE-2026-111497, answers that unpack without end"),
)


def checkup(options: ModelOptions) -> Iterator[Check]:
    yield check_packages()
    yield check_environment()
    yield check_torch(options.sensevoice)
    yield check_detector(options)
    weights = check_weights(options.checkpoint)
    yield weights
    yield check_hub(options.checkpoint, needed=bool(weights.todo))
    yield check_memory()
    yield check_disk(options.checkpoint.home)


# --- Python, its packages and its environment ---


def check_packages() -> Check:
    found = f"Python {platform.python_version()} on {platform.platform(terse=True).partition('-with')[0]}"
    if sys.version_info < PYTHON:
        return Check(found, f"Earshot needs Python {'.'.join(map(str, PYTHON))} or newer")
    below = [problem for floor in FLOORS if (problem := _below(floor))]
    return Check("; ".join([found, *below]), INSTALL) if below else Check(f"{found}; no package with a known hole")


def _below(floor: Floor) -> str:
    try:
        installed = version(floor.package)
    except PackageNotFoundError:
        return f"{floor.package} is not installed"
    return "" if numbers(installed) >= numbers(floor.version) else f"{floor.package} {installed} is open to {floor.closes}"


def numbers(release: str) -> tuple[int, ...]:
    """Of "2.13.0+cpu": (2, 13, 0)."""
    return tuple(int(part) for part in re.findall(r"\d+", release.partition("+")[0])[:3])


def check_environment() -> Check:
    try:
        refuse_unsafe_environment()
    except SpeechError as fault:
        return Check(str(fault).partition(" Unset")[0], "unset it: no start goes on with it")
    return Check("environment: nothing lets a model file run code")


# --- torch and the detector ---


def check_torch(options: SenseVoiceOptions) -> Check:
    try:
        import torch

        from .sensevoice.device import device_of
    except (ImportError, OSError) as fault:  # OSError: one of its libraries does not load
        return Check(f"torch cannot be imported: {fault}", INSTALL)
    threads, cores = options.threads or torch.get_num_threads(), cores_allowed()
    found = f"torch {torch.__version__}, {threads} threads, {cores} cores"
    try:
        device = device_of(options)
    except SpeechError as fault:
        return Check(found, str(fault))
    found += f", on {_gpu(*torch.cuda.mem_get_info()) if device.type == 'cuda' else 'the CPU'}"
    return Check(found, f"more threads than cores are slower: set EARSHOT_THREADS={cores}" if threads > cores else "")


def _gpu(free: int, total: int) -> str:
    import torch

    return f"{torch.cuda.get_device_name()}, {_mb(free)} of {_mb(total)} free"


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
    """The checkpoint that a start would take and why, every file of it read."""
    if options.model not in ("auto", *REPOS):
        return _named(options)
    place = next((place for place in available(options) if place.taken), None)
    if place is None or (place.source == "demo" and options.model in REPOS):
        return Check("weights: none on this machine that may be taken", f"unset EARSHOT_OFFLINE, and {GET}")
    if place.source == "download":
        found = f"weights: none on this machine; a start asks {place.where}, and takes the bundled demo without it"
        return Check(found, GET)
    return _of_place(place)


def _named(options: CheckpointOptions) -> Check:
    """A folder or the demo: nothing to download."""
    try:
        taken = find(options)
    except SpeechError as fault:
        return Check(f"weights: {fault}", f"set EARSHOT_MODEL to auto, and {GET}")
    if wrong := _wrong(taken):
        return Check(f"weights: {wrong}", "copy the model there anew")
    proof = "sha256 right" if (taken.folder / MANIFEST).is_file() else f"no {MANIFEST} to compare with"
    return Check(f"weights: {taken.info.name}, {proof}, in {taken.folder}, as EARSHOT_MODEL says", _todo(taken.info.demo))


def _wrong(taken: Checkpoint) -> str:
    if not (taken.folder / MANIFEST).is_file():
        return ""
    return next((f"{finding.file} {finding.problem}" for finding in verify(taken.folder) if finding.problem), "")


def _of_place(place: Place) -> Check:
    demo = place.source == "demo"
    found = verify(Path(place.where), None if demo else RELEASED)
    wrong = next((finding for finding in found if finding.problem), None)
    if wrong:
        todo = "copy models/demo out of Earshot anew" if demo else f"{GET}: gets it anew"
        return Check(f"weights: {wrong.file} in {place.where} {wrong.problem}", todo)
    if demo:
        return Check("weights: the bundled demo, as EARSHOT_OFFLINE is set and nothing better is here", _todo(True))
    return Check(f"weights: {place.name}, sha256 right, in {place.where}")


def _todo(demo: bool) -> str:
    return f"it shows the way and hears little: {GET}" if demo else ""


def check_hub(options: CheckpointOptions, needed: bool) -> Check:
    """`needed`: something has to be downloaded before Earshot hears well."""
    if options.offline:
        return Check("hub: not asked, as EARSHOT_OFFLINE is set")
    try:
        return Check(f"hub: {ask_hub(replace(options, answer_within=KNOCK))} answers; a start asks it only where no weights are")
    except HubUnreachable as fault:
        todo = "EARSHOT_HUB=hf asks the other, MODELSCOPE_ENDPOINT or HF_ENDPOINT names a mirror, EARSHOT_OFFLINE=1 asks none"
        return Check(f"hub: {fault}", todo) if needed else Check(f"hub: {fault} The weights are here without it.")


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
    found = f"free disk for {wanted}: {_mb(free)}"
    if not os.access(there, os.W_OK):
        return Check(f"{found}, but it cannot be written", "nothing can be downloaded: set EARSHOT_HOME to another folder")
    todo = f"a download needs {_mb(ROOM)}: make room, or set EARSHOT_HOME to another folder" if free < ROOM else ""
    return Check(found, todo)


def _text(path: Path) -> str:
    """What a system file says; nothing where this system has no such file."""
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def _mb(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:,.0f} MB"
