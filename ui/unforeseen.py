"""A fault that has no name: a person is told only how to find it in the log."""

from __future__ import annotations

import secrets

from speech.errors import ServiceError


class Unforeseen(ServiceError):
    def __init__(self) -> None:
        self.reference = secrets.token_hex(4)
        super().__init__(f"Something went wrong. The server's log has the details under {self.reference}.")
