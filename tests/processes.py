"""What Linux says of a process."""

from __future__ import annotations

from pathlib import Path


def most_resident(pid: int | str) -> int:
    """kB of memory that it had at most until now, itself as "self"; 0 of one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
