"""The audio is at fault: the file cannot be heard, and trying it again cannot help."""

from __future__ import annotations

from .base import SpeechError


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
