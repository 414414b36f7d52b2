"""Where weights come from: a folder, a cache, a download, the bundled demo. Reads no weights and imports no torch.

`MODEL=auto` takes the first that is there: our own downloads and the hubs' caches, a download of the released model,
and the bundled demo where no hub gives it. A cache with files missing or cut off is passed over. Whatever is taken must
have the sha256 that the release, or the folder's own manifest.json, says: another content is somebody's doing and no
start goes on with it. Of a folder only the files of NEEDED are ever opened: no code, no requirements.txt.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from speech.engine import CheckpointInfo
from speech.errors import (
    CheckpointCorrupt,
    CheckpointError,
    CheckpointMissing,
    CheckpointNotSaved,
    HubUnreachable,
    UnknownCheckpoint,
    UnsafeEnvironment,
)

from . import caches
from .hubs import HUGGING_FACE, MODELSCOPE, DownloadProgress, Hub, Report, arrived_in, fetch_all, knock
from .manifest import MANIFEST, RELEASED, Finding, Manifest, first_changed, first_problem, own_manifest, verify
from .verified import Verified

__all__ = [
    "Checkpoint",
    "CheckpointOptions",
    "DownloadProgress",
    "Finding",
    "Place",
    "ask_hub",
    "available",
    "download",
    "find",
    "refuse_unsafe_environment",
    "verify",
]

log = logging.getLogger(__name__)

HUBS = {"modelscope": MODELSCOPE, "hf": HUGGING_FACE}
REPOS = {hub.repo: hub for hub in HUBS.values()}
NEEDED = ("model.pt", "config.yaml", "am.mvn", "*.bpe.model")  # of a folder that somebody gives
DEMO = "earshot-demo"
GET = "python cli.py models download"
TRUE = {"1", "y", "yes", "true"}  # torch 2.13, serialization.load


@dataclass(frozen=True, slots=True)
class CheckpointOptions:
    model: str = "auto"  # or "demo", a repo of REPOS, a folder
    hub: Literal["modelscope", "hf"] = "modelscope"
    offline: bool = False  # no network at all
    home: Path = field(default_factory=lambda: Path.home() / ".cache" / "earshot")  # our own downloads
    endpoint: str | None = None  # of a mirror
    answer_within: float = 5.0  # s a hub has for its first answer
    revision: str | None = None  # None: the hub's pinned commit. The manifest says which bytes are right in any case
    demo: Path = field(default_factory=lambda: Path(__file__).parent / "demo")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that an engine can load, and what to tell people about it."""

    folder: Path
    info: CheckpointInfo


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere weights may be, as `models list` shows it."""

    name: str  # a repo or DEMO
    source: Literal["cache", "download", "demo"]
    where: str  # a folder, or an endpoint
    size: int  # bytes that are there
    state: str  # "whole", "to be asked", "offline", or what is wrong
    taken: bool = False  # by `auto`


def find(options: CheckpointOptions, progress: Report | None = None, manifest: Manifest = RELEASED) -> Checkpoint:
    """The checkpoint that `options.model` means, downloaded if need be. Raises a CheckpointError."""
    refuse_unsafe_environment()
    if options.model == "auto":
        return _auto(options, progress, manifest)
    if options.model == "demo":
        return _demo(options, "asked for by name")
    if options.model in REPOS:
        return _cached(options, manifest) or download(options, progress, manifest)
    return _folder(options)


def refuse_unsafe_environment() -> None:
    """With this variable torch.load may run code that a model file carries."""
    variable = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"
    if os.environ.get(variable, "").strip().lower() in TRUE:
        raise UnsafeEnvironment(variable)


def download(options: CheckpointOptions, progress: Report | None = None, manifest: Manifest = RELEASED) -> Checkpoint:
    """The released model, moved to our own folder only when every file is whole and right; at once if it is there.

    A download that broke off is gone on with; of two at one time, one downloads and the other waits for it. An
    exception out of `progress` stops it. Raises HubUnreachable, CheckpointCorrupt or CheckpointNotSaved.
    """
    hub = _hub(options)
    target = _own_folder(options, hub)
    if _problem(options, target, manifest) is None:
        return Checkpoint(target, CheckpointInfo(hub.repo, "cache", f"revision {hub.revision}"))
    if options.offline:
        raise HubUnreachable(hub.name, "EARSHOT_OFFLINE is set, and the released weights are in no cache")
    knock(hub, manifest[0], options.answer_within)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target):
            _download(hub, target, manifest, progress, options)
    except OSError as fault:
        raise CheckpointNotSaved(str(target.parent), fault.strerror or str(fault)) from fault
    return Checkpoint(target, CheckpointInfo(hub.repo, "download", f"revision {hub.revision}"))


def ask_hub(options: CheckpointOptions) -> str:
    """The name of the hub, which has answered. Raises HubUnreachable."""
    hub = _hub(options)
    if options.offline:
        raise HubUnreachable(hub.name, "EARSHOT_OFFLINE is set")
    knock(hub, RELEASED[0], options.answer_within)
    return hub.name


def available(options: CheckpointOptions, manifest: Manifest = RELEASED) -> list[Place]:
    """Every place that `auto` looks at, in its order. Asks no hub: whether one answers is seen when it is needed."""
    hub = _hub(options)
    begun = arrived_in(_partial(_own_folder(options, hub)), manifest)
    places = [
        *(_cached_place(owner, folder, manifest) for owner, folder in _kept(options) if folder.is_dir()),
        Place(hub.repo, "download", hub.endpoint, begun, "offline" if options.offline else "to be asked"),
        _demo_place(options),
    ]
    first = next((place for place in places if place.state in ("whole", "to be asked")), None)
    return [replace(place, taken=place is first) for place in places]


# --- the sources ---


def _auto(options: CheckpointOptions, progress: Report | None, manifest: Manifest) -> Checkpoint:
    if cached := _cached(options, manifest):
        return cached
    try:
        return download(options, progress, manifest)
    except HubUnreachable as fault:
        log.warning("taking the bundled demo checkpoint: %s", fault)
        return _demo(options, str(fault))


def _cached(options: CheckpointOptions, manifest: Manifest) -> Checkpoint | None:
    for hub, folder in _kept(options):
        if not folder.is_dir():
            continue
        if problem := first_problem(folder, manifest):
            log.warning("passing over %s: %s %s", folder, problem.file, problem.problem)
            continue
        _refuse_changed(options, folder, manifest, f"Run {GET} to get it anew")
        return Checkpoint(folder, CheckpointInfo(hub.repo, "cache", _revision(folder, hub)))
    return None


def _revision(folder: Path, hub: Hub) -> str:
    """Old caches do not say which one they hold."""
    return "a revision of the released sizes" if folder.name == hub.repo.split("/")[1] else f"revision {folder.name}"


def _folder(options: CheckpointOptions) -> Checkpoint:
    """Somebody's own checkpoint: all needed files must be there, whatever is in them."""
    folder = Path(options.model).expanduser()
    if not folder.is_dir():
        raise UnknownCheckpoint(options.model, ["'auto'", "'demo'", *map(repr, REPOS)])
    if folder.resolve() == options.demo.resolve():
        return _demo(options, "asked for by its folder")
    for needed in NEEDED:
        if not any(path.is_file() for path in folder.glob(needed)):
            raise CheckpointMissing(str(folder), needed)
    if (folder / MANIFEST).is_file():
        _check_own_manifest(options, folder, f"Copy the model there anew, or write {MANIFEST} anew if the change is yours")
    return Checkpoint(folder, CheckpointInfo(folder.resolve().name, "folder"))


def _demo(options: CheckpointOptions, reason: str) -> Checkpoint:
    _check_own_manifest(options, options.demo, "It came with Earshot: copy the folder models/demo from there anew")
    return Checkpoint(options.demo, CheckpointInfo(DEMO, "demo", reason))


# --- whether the files are the right ones ---


def _problem(options: CheckpointOptions, folder: Path, manifest: Manifest) -> Finding | None:
    return first_problem(folder, manifest) or first_changed(folder, manifest, Verified(options.home).sha256)


def _check_own_manifest(options: CheckpointOptions, folder: Path, mend: str) -> None:
    """Every file that its manifest names, and that it names every file that is opened."""
    manifest = own_manifest(folder)
    if problem := first_problem(folder, manifest):
        raise CheckpointCorrupt(str(folder / problem.file), f"it {problem.problem}", mend)
    named = {file.name for file in manifest}
    for opened in sorted(path.name for needed in NEEDED for path in folder.glob(needed)):
        if opened not in named:
            raise CheckpointCorrupt(str(folder / opened), f"{MANIFEST} beside it does not name it", mend)
    _refuse_changed(options, folder, manifest, mend)


def _refuse_changed(options: CheckpointOptions, folder: Path, manifest: Manifest, mend: str) -> None:
    if changed := first_changed(folder, manifest, Verified(options.home).sha256):
        raise CheckpointCorrupt(str(folder / changed.file), f"it {changed.problem}", mend)


# --- what `models list` shows of them ---


def _cached_place(hub: Hub, folder: Path, manifest: Manifest) -> Place:
    return Place(hub.repo, "cache", str(folder), arrived_in(folder, manifest), _state(folder, manifest))


def _demo_place(options: CheckpointOptions) -> Place:
    try:
        manifest = own_manifest(options.demo)
    except CheckpointError as fault:
        return Place(DEMO, "demo", str(options.demo), 0, str(fault))
    size = arrived_in(options.demo, manifest)
    return Place(DEMO, "demo", str(options.demo), size, _state(options.demo, manifest))


def _state(folder: Path, manifest: Manifest) -> str:
    problem = first_problem(folder, manifest)
    return f"{problem.file} {problem.problem}" if problem else "whole"


# --- where the released model may be kept ---


def _hub(options: CheckpointOptions) -> Hub:
    """The one whose repo is named, else the one chosen; at the endpoint and revision that are asked for."""
    hub = REPOS.get(options.model) or HUBS[options.hub]
    endpoint = options.endpoint or os.environ.get(hub.variable) or hub.endpoint
    return replace(hub, endpoint=endpoint, revision=options.revision or hub.revision)


def _kept(options: CheckpointOptions) -> Iterator[tuple[Hub, Path]]:
    """Our own folders, then the hubs' caches; the chosen hub's first, but the same bytes are as good from the other."""
    chosen = _hub(options)
    both = (chosen, *(hub for repo, hub in REPOS.items() if repo != chosen.repo))
    for hub in both:
        yield hub, _own_folder(options, hub)
    for hub in both:
        cache = caches.modelscope if hub.repo == MODELSCOPE.repo else caches.hugging_face
        yield from ((hub, folder) for folder in cache(hub.repo))


def _own_folder(options: CheckpointOptions, hub: Hub) -> Path:
    return options.home.expanduser() / hub.repo.replace("/", "__") / hub.revision.replace("/", "__")


# --- the download ---


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """One download of a target at a time, over all processes; the system frees the lock of one that dies."""
    lock = FileLock(f"{target}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        log.info("another download to %s is under way; waiting for it", target)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _download(hub: Hub, target: Path, manifest: Manifest, progress: Report | None, options: CheckpointOptions) -> None:
    problem = _problem(options, target, manifest)
    if problem is None:  # whoever had the lock before us brought it
        return
    partial = _partial(target)
    partial.mkdir(exist_ok=True)
    _check_room(partial, manifest)
    fetch_all(hub, manifest, partial, progress)
    if target.is_dir():
        log.warning("replacing %s: %s %s", target, problem.file, problem.problem)
        shutil.rmtree(target)
    partial.replace(target)


def _check_room(partial: Path, manifest: Manifest) -> None:
    lacking = sum(file.size for file in manifest) - arrived_in(partial, manifest)
    free = shutil.disk_usage(partial).free
    if free < lacking:
        raise CheckpointNotSaved(str(partial), f"{lacking / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB are free")


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial")
