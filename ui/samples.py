"""The clips that are bundled for a first try."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .i18n import TONGUES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """A clip and what is said in it. `title` is by language of the interface."""

    path: Path
    title: Mapping[str, str]
    language: str
    text: str = ""


def read_samples(folder: Path | None) -> list[Sample]:
    """Those that samples.json lists and that are there. A list that cannot be read is no reason not to start."""
    if folder is None or not (folder / "samples.json").is_file():
        return []
    try:
        listed = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
        samples = [_sample(folder, entry) for entry in listed]
    except (OSError, ValueError, TypeError, KeyError) as fault:
        log.warning("%s cannot be read: %s", folder / "samples.json", fault)
        return []
    return [sample for sample in samples if sample.path.is_file()]


def _sample(folder: Path, entry: Mapping[str, str | Mapping[str, str]]) -> Sample:
    """Raises KeyError or TypeError where an entry is not one."""
    title = entry["title"]
    titles = {str(tongue): title if isinstance(title, str) else str(title[tongue]) for tongue in TONGUES}
    path = folder / Path(str(entry["file"])).name
    return Sample(path, titles, str(entry.get("language", "")), str(entry.get("text", "")))
