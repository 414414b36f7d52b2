"""What the files of a checkpoint must be, and whether they are. Knows nothing of where they come from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from speech.errors import CheckpointCorrupt, CheckpointMissing


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    name: str
    size: int  # bytes
    sha256: str
    needed: bool = True  # False: another file says the same


Manifest = tuple[ExpectedFile, ...]

MANIFEST = "manifest.json"  # of a folder that says itself what is in it

# What ModelScope publishes as iic/SenseVoiceSmall, smallest first. tokens.json lists the pieces of the .bpe.model, and
# the twin on Hugging Face has no such file. Code and examples are not fetched.
RELEASED: Manifest = (
    ExpectedFile("configuration.json", 396, "02810a7f8e9e8aee10370a265f7e799728ce25b4c00cdbf4602b303ee395a38e"),
    ExpectedFile("config.yaml", 1_855, "f71e239ba36705564b5bf2d2ffd07eece07b8e3f2bbf6d2c99d8df856339ac19"),
    ExpectedFile("am.mvn", 11_203, "29b3c740a2c0cfc6b308126d31d7f265fa2be74f3bb095cd2f143ea970896ae5"),
    ExpectedFile("tokens.json", 352_064, "a2594fc1474e78973149cba8cd1f603ebed8c39c7decb470631f66e70ce58e97", needed=False),
    ExpectedFile(
        "chn_jpn_yue_eng_ko_spectok.bpe.model",
        377_341,
        "aa87f86064c3730d799ddf7af3c04659151102cba548bce325cf06ba4da4e6a8",
    ),
    ExpectedFile("model.pt", 936_291_369, "833ca2dcfdf8ec91bd4f31cfac36d6124e0c459074d5e909aec9cabe6204a3ea"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one expected file; no problem means that it is right."""

    file: str
    problem: str = ""


Digest = Callable[[Path], str]  # the sha256 of a file, in hex


def verify(folder: Path, manifest: Manifest | None = None) -> list[Finding]:
    """Size and sha256 of every expected file: those of the folder's own manifest.json, else those of the release."""
    expected = manifest or (own_manifest(folder) if (folder / MANIFEST).is_file() else RELEASED)
    return [Finding(file.name, _size_problem(folder, file) or _content_problem(folder, file)) for file in expected]


def first_problem(folder: Path, manifest: Manifest) -> Finding | None:
    """The first file that is missing or has the wrong size. Cheap: for every start."""
    findings = (Finding(file.name, _size_problem(folder, file)) for file in manifest)
    return next((finding for finding in findings if finding.problem), None)


def first_changed(folder: Path, manifest: Manifest, digest: Digest) -> Finding | None:
    """The first file whose content is another than it should be. Reads all of them, unless `digest` knows them."""
    findings = (Finding(file.name, _content_problem(folder, file, digest)) for file in manifest)
    return next((finding for finding in findings if finding.problem), None)


def own_manifest(folder: Path) -> Manifest:
    """From the folder's manifest.json, {file: {"size": bytes, "sha256": hex}}."""
    path = folder / MANIFEST
    if not path.is_file():
        raise CheckpointMissing(str(folder), path.name)
    try:
        entries = json.loads(path.read_text("utf-8")).items()
        return tuple(ExpectedFile(_inside(name), int(facts["size"]), str(facts["sha256"])) for name, facts in entries)
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise CheckpointCorrupt(str(path), f"it cannot be read ({fault!r})") from fault


def _inside(name: str) -> str:
    """A manifest speaks of its own folder."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{name} lies outside of the folder")
    return name


def size_of(path: Path) -> int:
    """In bytes; 0 where there is no file."""
    return path.stat().st_size if path.is_file() else 0


def sha256_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _size_problem(folder: Path, file: ExpectedFile) -> str:
    path = folder / file.name
    if not path.is_file():
        return "is missing" if file.needed else ""
    return "" if size_of(path) == file.size else f"has {size_of(path):,} bytes instead of {file.size:,}"


def _content_problem(folder: Path, file: ExpectedFile, digest: Digest = sha256_of) -> str:
    path = folder / file.name
    actual = digest(path) if path.is_file() else file.sha256
    return "" if actual == file.sha256 else f"has sha256 {actual[:12]}… instead of {file.sha256[:12]}…"
