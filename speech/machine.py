"""What memory this machine has, and this process of it. Knows nothing of GPUs."""

from __future__ import annotations

import os
import resource
from pathlib import Path

STATM = Path("/proc/self/statm")  # pages (proc(5)); absent beside Linux
LIMIT = Path("/sys/fs/cgroup/memory.max")  # cgroup v2: what a container may have


def resident() -> int:
    """Bytes of memory that this process has now; beside Linux, the most it ever had."""
    if STATM.is_file():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def total() -> int:
    """Bytes of memory that processes may have here, all together."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = LIMIT.read_text().strip() if LIMIT.is_file() else ""
    return min(machine, int(limit)) if limit.isdecimal() else machine
