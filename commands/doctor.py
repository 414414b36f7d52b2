"""`doctor`: looks at this machine, and says what to do."""

from __future__ import annotations

import argparse
import socket
from typing import TYPE_CHECKING

from models.checkup import Check, checkup
from models.sensevoice import SenseVoiceOptions
from settings import Settings

if TYPE_CHECKING:
    from . import Commands


def add_to(commands: Commands) -> None:
    commands.add_parser("doctor", help="look at this machine, and say what to do").set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    checks = [*checkup(settings.models), check_precision(settings.models.sensevoice), check_port(settings)]
    for check in checks:
        print(f"warn  {check.found}\n      -> {check.todo}" if check.todo else f"ok    {check.found}", flush=True)
    return 1 if any(check.todo for check in checks) else 0


def check_precision(options: SenseVoiceOptions) -> Check:
    """What a start would compute in. What is wrong with torch, the checkup has said."""
    if options.precision != "auto":
        return Check(f"precision: {options.precision}, as EARSHOT_PRECISION says")
    try:
        import torch

        from models.sensevoice.precision import choose, device_of
    except (ImportError, OSError):
        return Check("precision: not known without torch")
    device: torch.device = device_of(options)
    return Check(f"precision: {choose(device)}, the fastest here")


def check_port(settings: Settings) -> Check:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.create_server((settings.host, settings.port), family=family):
            return Check(f"port {settings.port} on {settings.host} is free")
    except OSError as fault:
        todo = f"stop what listens there, or python app.py --port {settings.port + 1}"
        return Check(f"port {settings.port} on {settings.host} cannot be had: {fault.strerror or fault}", todo)
