"""How fast Earshot is: beside its peers, and beside what the machine's arithmetic allows. Nothing imports this package.

Every figure is a ratio of two that were measured in turn in one run, because machines are shared and noisy. Run from the
project's root, as modules: `python -m benchmarks.engine`.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "benchmarks"
RECORDINGS = ROOT.parent / "shared" / "data" / "speech"  # real speech, where it lies beside the project
SAMPLES = ROOT / "models" / "demo" / "samples"
DEMO = ROOT / "models" / "demo"
