"""What `python cli.py` can do, a module a command: add_to() says how it is typed, run() does it and gives the exit status.

Imported by cli.py alone. What the commands share: complaints.py, and hearing.py for the two that hear.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
