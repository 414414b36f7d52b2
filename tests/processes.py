"""What Linux says of a process."""

from __future__ import annotations

from pathlib import Path


def most_resident(pid: int | str) -> int:
    """kB of memory that it had at most until now, itself as "self"; 0 of one that is gone."""
    return _told(pid, "VmHWM")


def resident(pid: int | str) -> int:
    """Bytes of memory that it has now."""
    return 1024 * _told(pid, "VmRSS")


def _told(pid: int | str, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
