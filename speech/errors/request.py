"""The request is at fault in what it asks for: it does not exist, or is not allowed."""

from __future__ import annotations

from collections.abc import Iterable

from .base import SpeechError


class RequestError(SpeechError):
    """What was asked for does not exist or is not allowed."""


class MissingFile(RequestError):
    code = "missing_file"
    param = "file"

    def __init__(self) -> None:
        super().__init__("No audio file was sent. Send it as the form field 'file', or 'audio_file' on /asr.")


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
        super().__init__(
            "Speakers are told apart by the channels of a file, and this one has one channel. Ask for verbose_json instead."
        )


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


class JobChanged(RequestError):
    code = "job_changed"

    def __init__(self) -> None:
        super().__init__("The job's text has been corrected or heard anew since it was read. Read it again and correct that.")


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
