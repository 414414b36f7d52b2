"""Where the hubs' own libraries keep what they brought, in the layouts of all times. Knows nothing of what should be there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def modelscope(repo: str) -> Iterator[Path]:
    """modelscope-hub 0.5.1 writes snapshots; the older layouts it and modelscope 1.40.2 still read are the other two.

    MODELSCOPE_CACHE and its default were above "hub" at some times and below it at others.
    """
    root = Path(os.environ.get("MODELSCOPE_CACHE") or Path.home() / ".cache" / "modelscope").expanduser()
    for base in (root, root / "hub"):
        yield from sorted((base / "models" / repo.replace("/", "--") / "snapshots").glob("*"))
        yield base / "models" / repo
        yield base / repo


def hugging_face(repo: str) -> Iterator[Path]:
    """huggingface_hub 2.4.0, constants.HF_HUB_CACHE."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    root = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    yield from sorted((root / f"models--{repo.replace('/', '--')}" / "snapshots").glob("*"))
