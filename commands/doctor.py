"""`doctor`: looks at this machine, and says on one screen what to do."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from models.checkup import INSTALL, Check, checkup
from models.sensevoice import SenseVoiceOptions
from settings import Limits, Settings
from speech.errors import FfmpegMissing, NoFont, SpeechError

if TYPE_CHECKING:
    from . import Commands

DECODERS = ("mp3", "aac", "opus", "vorbis", "flac", "alac", "pcm_s16le", "pcm_mulaw", "amrnb", "wmav2", "ac3")
SCRIPTS = "汉漢かカ한A"
ANSWER = 1.0  # s that whoever has the port is given


def add_to(commands: Commands) -> None:
    doctor = commands.add_parser("doctor", help="look at this machine, and say what to do")
    doctor.add_argument("--json", action="store_true", help="the same for programs")
    doctor.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    checks = []
    for check in examine(settings):
        checks.append(check)
        if not args.json:
            print(f"warn  {check.found}\n      -> {check.todo}" if check.todo else f"ok    {check.found}", flush=True)
    if args.json:
        print(json.dumps([{"ok": not check.todo, **asdict(check)} for check in checks], ensure_ascii=False, indent=1))
    return 1 if any(check.todo for check in checks) else 0


def examine(settings: Settings) -> Iterator[Check]:
    yield from checkup(settings.models)
    yield check_precision(settings.models.sensevoice)
    yield check_decoders()
    yield check_program()
    yield check_temporary(settings.limits)
    yield check_port(settings)
    yield check_door(settings)
    yield from limits(settings.limits)


# --- hearing ---


def check_precision(options: SenseVoiceOptions) -> Check:
    """What a start would compute in. What is wrong with torch, the checkup has said."""
    if options.precision != "auto":
        return Check(f"precision: {options.precision}, as EARSHOT_PRECISION says")
    try:
        import torch

        from models.sensevoice.precision import choose, device_of

        device: torch.device = device_of(options)
    except (ImportError, OSError):
        return Check("precision: not known without torch")
    except SpeechError:
        return Check("precision: not known without a device")
    return Check(f"precision: {choose(device)}, the fastest here")


def check_decoders() -> Check:
    """PyAV brings an FFmpeg of its own."""
    try:
        import av
    except (ImportError, OSError) as fault:
        return Check(f"PyAV cannot be imported: {fault}", INSTALL)
    found = f"PyAV {av.__version__} with FFmpeg {av.ffmpeg_version_info}"
    missing = [name for name in DECODERS if not _decodes(name)]
    return (
        Check(f"{found}; it cannot decode {', '.join(missing)}", f"take PyAV's own wheel: {INSTALL}") if missing else Check(found)
    )


def check_program() -> Check:
    """It cleans recordings and puts captions into videos; whoever only hears does without, and without a font too."""
    try:
        from media.captions import check_fonts
        from media.program import program

        found = f"ffmpeg program: {program()}"
    except (ImportError, FfmpegMissing) as fault:
        return Check(f"no recording can be cleaned, and no video get captions: {fault}", INSTALL)
    try:
        check_fonts(SCRIPTS)
    except NoFont as fault:
        return Check(f"{found}; captions cannot be drawn into videos: {fault}")
    except SpeechError:
        return Check(f"{found} does not work here", f"take the package's own: {INSTALL}")
    return Check(f"{found}, with fonts for captions in Chinese, Japanese and Korean")


def _decodes(codec: str) -> bool:
    from av.codec import Codec
    from av.codec.codec import UnknownCodecError

    try:
        Codec(codec, "r")
    except UnknownCodecError:
        return False
    return True


# --- the machine ---


def check_temporary(limits: Limits) -> Check:
    """Uploads lie there while they are heard."""
    try:
        folder = Path(tempfile.gettempdir())  # the first that can be written
    except FileNotFoundError as fault:
        return Check(f"no folder for temporary files can be written: {fault.strerror}", "set TMPDIR to one that can")
    free = shutil.disk_usage(folder).free
    found = f"free disk for temporary files in {folder}: {free / 1e6:,.0f} MB"
    todo = f"one upload may take {limits.upload / 1e6:,.0f} MB: make room, or set TMPDIR or EARSHOT_LIMITS__UPLOAD"
    return Check(found, todo if free < limits.upload else "")


def check_port(settings: Settings) -> Check:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    where = f"port {settings.port} on {settings.host}"
    try:
        with socket.create_server((settings.host, settings.port), family=family):
            return Check(f"{where} is free")
    except OSError as fault:
        who = "; an Earshot answers there" if _is_earshot(settings) else ""
        todo = f"stop what listens there, or python app.py --port {settings.port + 1}"
        return Check(f"{where} cannot be had: {os.strerror(fault.errno) if fault.errno else fault}{who}", todo)


def _is_earshot(settings: Settings) -> bool:
    """By what it says of itself without a key."""
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0") else "[::1]" if ":" in settings.host else settings.host
    try:
        answer = httpx.get(f"http://{host}:{settings.port}/livez", timeout=ANSWER, trust_env=False)
        return bool(answer.json() == {"status": "ok"} and answer.headers.get("x-request-id"))
    except (httpx.HTTPError, ValueError):
        return False


def check_door(settings: Settings) -> Check:
    """Who may come in."""
    keys = len(settings.api_keys)
    with_keys = f"with one of {keys} keys" if keys else "without a key"
    if is_loopback(settings.host):
        return Check(f"door: this machine alone, {with_keys}")
    found = f"door: all who reach {settings.host}, {with_keys}"
    if keys:
        return Check(found)
    if not settings.allow_open:
        return Check(f"{found}: the server will not start", "set EARSHOT_API_KEYS, or EARSHOT_HOST=127.0.0.1")
    return Check(f"{found}, as EARSHOT_ALLOW_OPEN says", "set EARSHOT_API_KEYS, unless nobody else can reach it")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def limits(limits: Limits) -> Iterator[Check]:
    yield Check(
        f"limits: upload {limits.upload / 1e6:g} MB, recording {limits.longest:g} s, decoding {limits.decoding:g} s, "
        f"answer {limits.deadline:g} s"
    )
    yield Check(
        f"limits: {limits.requests} requests and {limits.waiting:g} s of audio at once, "
        f"{limits.per_key} a key, {limits.rate} a minute and key"
    )
