"""We are at fault, or in a state that passes."""

from __future__ import annotations

import errno

from .base import SpeechError


class ServiceError(SpeechError):
    """Our fault, or a state that passes. `retry_after` is in seconds where waiting helps."""

    retry_after: int | None = None


class RateLimited(ServiceError):
    code = "rate_limited"

    def __init__(self, what: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many {what} came in a short time. Try again in {retry_after} seconds.")


class DeadlineExceeded(ServiceError):
    code = "deadline_exceeded"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The answer was not ready within {seconds:g} seconds. Send a shorter file, or raise EARSHOT_LIMITS__DEADLINE; "
            "of videos with captions, EARSHOT_LIMITS__FILM."
        )


class EngineOutOfMemory(ServiceError):
    """Raised by an engine whose device has no room for a batch: smaller ones may pass."""

    code = "gpu_out_of_memory"
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("The engine's device has too little free memory for this audio. Try again, or free memory there.")


class StorageFull(ServiceError):
    code = "storage_full"

    def __init__(self) -> None:
        super().__init__("There is no room left on the server's disk. Nothing was kept. Make room, then send it again.")


class StorageUnavailable(ServiceError):
    code = "storage_unavailable"
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("The server's folder for temporary files cannot be written. Its log has the details.")


class JobsUnavailable(ServiceError):
    code = "jobs_unavailable"
    retry_after = 10

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Jobs cannot be kept at the moment: {reason.removesuffix('.')}. Set EARSHOT_JOBS__HOME to another folder."
        )


def storage_fault(error: OSError) -> ServiceError | None:
    """What the system said of a disk that is full or a folder that is gone, as ours; None for all else."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull()
    unavailable = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EIO, errno.EMFILE, errno.ENFILE)
    return StorageUnavailable() if error.errno in unavailable else None


class NoGpu(ServiceError):
    code = "no_gpu"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"EARSHOT_DEVICE is cuda, but {reason}. Mend the driver, install a CUDA build of torch, or set EARSHOT_DEVICE=auto."
        )


class OpenDoor(ServiceError):
    code = "open_without_key"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"Listening on {host} lets everyone in who can reach this machine. Set EARSHOT_API_KEYS, or EARSHOT_ALLOW_OPEN=1."
        )


class ModelLoading(ServiceError):
    code = "model_loading"
    retry_after = 5

    def __init__(self) -> None:
        super().__init__("The model is still loading. Try again in a few seconds.")


class EngineUnavailable(ServiceError):
    code = "engine_unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The engine cannot hear: {reason.removesuffix('.')}.")


class InferenceFailed(ServiceError):
    code = "inference_error"

    def __init__(self) -> None:
        super().__init__("The engine failed on this audio. The log has the details.")


class CleaningFailed(ServiceError):
    code = "cleaning_failed"

    def __init__(self) -> None:
        super().__init__("The recording could not be cleaned. The log has the details. Ask without clean.")


class FfmpegMissing(ServiceError):
    code = "ffmpeg_missing"

    def __init__(self) -> None:
        super().__init__(
            "The ffmpeg program is missing: install the package imageio-ffmpeg, or name a program in IMAGEIO_FFMPEG_EXE."
        )


class NoFont(ServiceError):
    code = "no_font"

    def __init__(self, lacking: str) -> None:
        super().__init__(
            f"No font on the server can show {lacking}. Install one, as fonts-noto-cjk, or ask for soft captions, "
            "which the player shows in its own."
        )


class QueueFull(ServiceError):
    """`what` fills it, as "32 requests" or "14400 seconds of audio"."""

    code = "queue_full"

    def __init__(self, what: str, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"The queue is full: {what} are in it. Try again in {retry_after} seconds.")


class ShuttingDown(ServiceError):
    code = "shutting_down"
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("The server is shutting down and takes no new work.")


class Cancelled(ServiceError):
    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("The work was cancelled.")
