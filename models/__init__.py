"""The engines: whatever holds weights. Importing this package loads nothing heavy; the imports inside the loaders do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from speech.engine import Engine, Vad
from speech.errors import EngineUnavailable

from .checkpoints import REPOS, CheckpointOptions, DownloadProgress, find, refuse_unsafe_environment
from .sensevoice import INFO, SenseVoiceOptions

log = logging.getLogger(__name__)

LOG_EVERY = 2  # % of a download between two lines of the log

__all__ = ["INFO", "ModelOptions", "loader", "preflight"]


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Which weights, on which device, and who finds the speech."""

    checkpoint: CheckpointOptions = field(default_factory=CheckpointOptions)
    sensevoice: SenseVoiceOptions = field(default_factory=SenseVoiceOptions)
    vad: Literal["silero", "fsmn"] = "silero"
    vad_folder: Path | None = None  # fsmn-vad's files


def preflight(options: ModelOptions) -> None:
    """What can be known before a server opens its doors: no network, no weights loaded, torch only to look for a GPU.

    Raises a CheckpointError (UnsafeEnvironment among them), EngineUnavailable without fsmn-vad's files, or NoGpu.
    """
    refuse_unsafe_environment()
    if options.checkpoint.model not in ("auto", *REPOS):  # these may have to be downloaded: the loader's work
        find(options.checkpoint)
    if options.vad == "fsmn":
        from .fsmn import check_folder

        check_folder(_vad_folder(options))
    if options.sensevoice.device == "cuda":
        from .sensevoice.device import device_of

        device_of(options.sensevoice)


def loader(options: ModelOptions) -> Callable[[Callable[[str], None]], tuple[Engine, Vad]]:
    """What a Transcriber loads: it finds the weights, tells `say` how far it is, and gives the engine and the detector."""

    def load(say: Callable[[str], None]) -> tuple[Engine, Vad]:
        logged = -LOG_EVERY

        def report(progress: DownloadProgress) -> None:
            nonlocal logged
            share = 100 * progress.done // max(progress.total, 1)
            said = f"downloading {progress.file}: {share} % of {progress.total / 1e6:.0f} MB"
            say(said)
            if share >= logged + LOG_EVERY:
                logged = share
                log.info(said)

        say("looking for the weights")
        checkpoint = find(options.checkpoint, report)
        say(f"loading {checkpoint.info.name}")
        vad = _vad(options)
        from .sensevoice.engine import SenseVoice

        return SenseVoice.load(checkpoint.folder, checkpoint.info, options.sensevoice), vad

    return load


def _vad(options: ModelOptions) -> Vad:
    if options.vad == "silero":
        from .silero import Silero

        return Silero()
    from .fsmn import Fsmn

    return Fsmn(_vad_folder(options))


def _vad_folder(options: ModelOptions) -> Path:
    if options.vad_folder is None:
        raise EngineUnavailable("EARSHOT_VAD is fsmn, but EARSHOT_VAD_FOLDER, the folder of its files, is not set")
    return options.vad_folder
