"""Everything that can go wrong, grouped by who is at fault: the audio, the request, or us. Each leaf builds its own sentence.

`code` is stable and meant for programs; the message is meant for people and names the value, the limit and the way out.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable


class SpeechError(Exception):
    """The base of all faults that Earshot names."""

    code = "internal"
    param: str | None = None


# --- the audio ---


class AudioError(SpeechError):
    """The file cannot be heard. Trying again with the same file cannot help."""

    param = "file"


class EmptyAudio(AudioError):
    code = "empty_file"

    def __init__(self) -> None:
        super().__init__("The file is empty (0 bytes). Send the whole audio file.")


class UndecodableAudio(AudioError):
    code = "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__(
            "The audio file could not be decoded or its format is not supported. "
            "Send an audio or video file such as wav, mp3, m4a, flac, ogg, opus, webm or mp4."
        )


class CorruptAudio(AudioError):
    code = "corrupt_audio"

    def __init__(self) -> None:
        super().__init__(
            "The audio file could not be decoded: it begins as one should, but less than half of it can be read. "
            "It may be cut off or damaged. Send it again, or save it anew."
        )


class NoAudioStream(AudioError):
    code = "no_audio_stream"

    def __init__(self) -> None:
        super().__init__("The file has no audio stream: there is nothing to hear in it.")


class AudioTooShort(AudioError):
    code = "audio_too_short"

    def __init__(self, duration: float, shortest: float) -> None:
        super().__init__(
            f"Audio file is too short. Minimum audio length is {shortest:g} seconds; this one has {duration:.3f} seconds."
        )


class AudioTooLong(AudioError):
    code = "audio_too_long"

    def __init__(self, longest: float) -> None:
        super().__init__(
            f"The audio is longer than the limit of {longest:g} seconds ({longest / 3600:g} h). "
            "Cut it, or raise EARSHOT_LIMITS__LONGEST."
        )


class DecodingTooSlow(AudioError):
    code = "decoding_timeout"

    def __init__(self, limit: float) -> None:
        super().__init__(f"Decoding the file took longer than {limit:g} seconds and was given up.")


class AudioTooLarge(AudioError):
    code = "audio_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The file unpacks to more than the limit of {limit / 1e9:.3g} GB of sound, or to more than the memory left. "
            "Cut it, or mix it to one channel."
        )


class DecoderCrashed(AudioError):
    """Seen twice, each time in a process of its own: it is the file's doing."""

    code = "decoder_crashed"

    def __init__(self) -> None:
        super().__init__(
            "The decoder broke down over this file and was replaced. The file is damaged in a rare way: save it anew."
        )


class UnsupportedCodec(AudioError):
    code = "unsupported_codec"

    def __init__(self) -> None:
        super().__init__("The sound in the file is coded in a way that cannot be decoded here. Convert it, say to wav or mp3.")


class UnsupportedRate(AudioError):
    code = "unsupported_sample_rate"

    def __init__(self, rate: int, low: int, high: int) -> None:
        super().__init__(f"The file says {rate} samples a second; between {low} and {high} Hz can be heard. Resample it.")


class UnsupportedChannels(AudioError):
    code = "unsupported_channels"

    def __init__(self, channels: int, most: int) -> None:
        super().__init__(f"The file has {channels} channels; 1 to {most} can be heard. Mix it down.")


# --- the request ---


class RequestError(SpeechError):
    """What was asked for does not exist or is not allowed."""


class MissingFile(RequestError):
    code = "missing_file"
    param = "file"

    def __init__(self) -> None:
        super().__init__("No audio file was sent. Send it as the form field 'file', or 'audio_file' on /asr.")


class UrlNotSupported(RequestError):
    code = "url_not_supported"

    def __init__(self, param: str) -> None:
        self.param = param
        super().__init__(f"{param} is not read: nothing is fetched from here. Send the audio itself as the form field 'file'.")


class TooManyFiles(RequestError):
    code = "too_many_files"
    param = "file"

    def __init__(self) -> None:
        super().__init__("More than one file was sent. Send one file a request.")


class TooManyParts(RequestError):
    code = "too_many_parts"

    def __init__(self, most: int) -> None:
        super().__init__(f"The form has more than {most} fields. Send only those that are needed.")


class MalformedMultipart(RequestError):
    code = "malformed_multipart"

    def __init__(self) -> None:
        super().__init__("The form cannot be read: its boundary is missing, or it is cut off. Send it as multipart/form-data.")


class BadJson(RequestError):
    code = "bad_json"

    def __init__(self) -> None:
        super().__init__("The body is not JSON that can be read here.")


class BadRequest(RequestError):
    code = "bad_request"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The request cannot be read: {reason}.")


class WrongContentType(RequestError):
    code = "unsupported_media_type"

    def __init__(self, kind: str) -> None:
        super().__init__(f"A body of type {kind[:80]!r} is not read here. Send a form: multipart/form-data.")


class BodyTooLarge(RequestError):
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than the limit of {limit / 1e6:g} MB for what is not a file.")


class SlowRequest(RequestError):
    code = "request_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Nothing came for {seconds:g} seconds, and the request was given up. Send it again.")


class HostNotAllowed(RequestError):
    code = "host_not_allowed"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"This server does not answer to the name {host[:80]!r}. Use localhost or 127.0.0.1, or name it in EARSHOT_HOSTS."
        )


class OriginNotAllowed(RequestError):
    code = "origin_not_allowed"

    def __init__(self) -> None:
        super().__init__("A page of another origin may not send requests here.")


class InvalidApiKey(RequestError):
    """The same words whether a key is missing or wrong."""

    code = "invalid_api_key"

    def __init__(self) -> None:
        super().__init__("This server needs an API key. Send one of its keys as 'Authorization: Bearer KEY'.")


class FileTooLarge(RequestError):
    code = "file_too_large"
    param = "file"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The file is larger than the limit of {limit / 1e6:g} MB. Compress it, or raise EARSHOT_LIMITS__UPLOAD."
        )


class InvalidParameter(RequestError):
    code = "invalid_value"

    def __init__(self, param: str, value: object, allowed: Iterable[str]) -> None:
        self.param = param
        super().__init__(f"{param} cannot be {str(value)[:80]!r}. Allowed: {', '.join(allowed)}.")


class UnreadableParameter(RequestError):
    code = "invalid_value"

    def __init__(self, param: str, value: object, reason: str) -> None:
        self.param = param
        super().__init__(f"{param} cannot be {str(value)[:80]!r}: {reason}.")


class UnknownLanguage(RequestError):
    code = "unknown_language"
    param = "language"

    def __init__(self, language: str, allowed: Iterable[str], param: str = "language") -> None:
        self.param = param
        super().__init__(f"The language {language[:40]!r} is not one this model hears. Allowed: {', '.join(allowed)}.")


class UnknownModel(RequestError):
    code = "model_not_found"
    param = "model"

    def __init__(self, model: str, allowed: Iterable[str]) -> None:
        super().__init__(f"The model {model[:80]!r} does not exist here. Available: {', '.join(allowed)}.")


class NotDiarised(RequestError):
    code = "diarization_unsupported"
    param = "response_format"

    def __init__(self) -> None:
        super().__init__("Speakers are not told apart here, so there is no diarized_json. Ask for verbose_json.")


class NotTranslated(RequestError):
    code = "translation_unsupported"

    def __init__(self) -> None:
        super().__init__(
            "This model does not translate: it writes down what it hears in the language that is spoken. "
            "Ask for a transcription (/v1/audio/transcriptions)."
        )


class InvalidLabels(RequestError):
    code = "invalid_labels"
    param = "labels"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The label table cannot be used: {reason}.")


class InvalidRules(RequestError):
    code = "invalid_rules"
    param = "rules"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The rules cannot be used: {reason}. Write them as angry:8/60, with commas between.")


class PathNotAllowed(RequestError):
    code = "path_not_allowed"
    param = "file"

    def __init__(self) -> None:
        super().__init__("This path was not uploaded here and is not read.")


class UnknownJob(RequestError):
    code = "job_not_found"

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no job {id[:80]!r}. It may have been deleted, or kept for as long as jobs are.")


class JobUnfinished(RequestError):
    code = "job_unfinished"

    def __init__(self, state: str) -> None:
        super().__init__(f"The job is {state}. Try again when it has got further.")


class SoundGone(RequestError):
    code = "audio_gone"

    def __init__(self) -> None:
        super().__init__(
            "The sound of this job is not kept any longer; its text may still be. Send the file again to hear it anew."
        )


class WebhookNotAllowed(RequestError):
    code = "webhook_not_allowed"
    param = "webhook"

    def __init__(self) -> None:
        super().__init__(
            "This address is not called: its host is not one that EARSHOT_JOBS__WEBHOOK_HOSTS names. Ask for the job instead."
        )


class FolderPathNotAllowed(PathNotAllowed):
    param = "path"

    def __init__(self) -> None:
        SpeechError.__init__(
            self, "There is no audio file of this name in a folder that EARSHOT_FOLDERS allows. GET /v1/folders lists them."
        )


class CleaningUnavailable(RequestError):
    code = "cleaning_unavailable"
    param = "clean"

    def __init__(self) -> None:
        super().__init__("Recordings are not cleaned here before they are heard. Ask without clean.")


class NoPictures(RequestError):
    code = "no_pictures"
    param = "file"

    def __init__(self) -> None:
        super().__init__("The file has no pictures that captions could be put into. Send a video, or ask for srt or vtt instead.")


class FilmNotWritten(RequestError):
    """As far as can be told it is the file's doing."""

    code = "film_not_written"
    param = "file"

    def __init__(self) -> None:
        super().__init__(
            "The captions could not be put into this video: its pictures cannot be read here, or it is damaged. "
            "Convert it to mp4 with H.264, or ask for srt or vtt instead."
        )


class FilmTooLarge(RequestError):
    code = "film_too_large"
    param = "file"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"With its captions the video is larger than the limit of {limit / 1e9:.3g} GB. Cut it, or ask for soft ones."
        )


class InvalidSpan(RequestError):
    code = "invalid_span"

    def __init__(self, start: float, end: float) -> None:
        super().__init__(f"A span cannot go from {start:g} s to {end:g} s.")


# --- us ---


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
            f"The answer was not ready within {seconds:g} seconds. Send a shorter file, or raise EARSHOT_LIMITS__DEADLINE."
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


# --- checkpoints ---


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
