"""The request is at fault in how it came: by whom, from where, how large and in what shape."""

from __future__ import annotations

from .request import RequestError


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
