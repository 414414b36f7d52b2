"""The weights are at fault: they cannot be used, or not be had."""

from __future__ import annotations

from collections.abc import Iterable

from .base import SpeechError
from .service import ServiceError


class CheckpointError(ServiceError):
    """The weights cannot be used."""

    code = "model_integrity"


class CheckpointMissing(CheckpointError):
    code = "model_missing"

    def __init__(self, place: str, missing: str) -> None:
        super().__init__(f"{place} is not a SenseVoiceSmall checkpoint: {missing} is missing.")


class CheckpointCorrupt(CheckpointError):
    def __init__(self, file: str, reason: str, mend: str = "Delete it and download it again") -> None:
        super().__init__(f"{file} is not the file it should be: {reason}. {mend}.")


class HubUnreachable(CheckpointError):
    code = "hub_unreachable"

    def __init__(self, hub: str, reason: str) -> None:
        super().__init__(f"The model hub {hub} could not be reached: {reason}.")


class UnsafeEnvironment(CheckpointError):
    code = "unsafe_env"

    def __init__(self, variable: str) -> None:
        super().__init__(f"{variable} is set: it lets a model file run code. Unset it and start again.")


class UnknownCheckpoint(CheckpointError):
    code = "unknown_checkpoint"

    def __init__(self, model: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no folder {model[:200]!r} with a model. Give a folder, or {', '.join(known)}.")


class HubLacksFile(HubUnreachable):
    """The hub answers, but cannot give the weights; whoever goes on without a hub goes on without this one too."""

    def __init__(self, hub: str, file: str, revision: str) -> None:
        SpeechError.__init__(self, f"The model hub {hub} has no {file} at revision {revision}. Try the other hub.")


class CheckpointNotSaved(CheckpointError):
    code = "model_not_saved"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"The weights cannot be saved in {place}: {reason}. Make room there, or set EARSHOT_HOME to another folder."
        )
