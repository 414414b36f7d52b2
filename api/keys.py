"""API keys: who asks, and how often. A key is never kept, compared or said in the open; its name is part of its hash."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.types import Scope

from speech.errors import InvalidApiKey, RateLimited

from .buckets import Bucket
from .headers import value

COOKIE = "earshot"
IN_ADDRESSES = frozenset({"api_key", "api-key", "apikey", "key", "token", "access_token"})  # addresses are logged and shared
NAME = 8  # hexadecimal digits of a key's hash by which logs and queues know it
TRIES, TRIES_A_SECOND = 10, 1.0  # wrong keys that are answered at once


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    digest: bytes
    badge: str  # the cookie of a browser that has shown the key
    bucket: Bucket = field(compare=False)

    @classmethod
    def of(cls, secret: str, rate: int) -> Key:
        """`rate` in requests a minute."""
        digest = hashlib.sha256(secret.encode()).digest()
        badge = hmac.new(secret.encode(), b"earshot console", hashlib.sha256).hexdigest()
        return cls(digest.hex()[:NAME], digest, badge, Bucket(rate / 60, rate))

    def spend(self) -> None:
        """One request. Raises RateLimited where they come too often."""
        if wait := self.bucket.take():
            raise RateLimited("requests with this key", wait)


class Keys:
    """All keys that let in. Without any, everybody is let in under no name."""

    def __init__(self, secrets: Sequence[str], rate: int) -> None:
        self._keys = [Key.of(secret, rate) for secret in secrets]
        self._wrong = Bucket(TRIES_A_SECOND, TRIES)

    @property
    def wanted(self) -> bool:
        return bool(self._keys)

    def holder(self, scope: Scope) -> Key | None:
        """The key that a request comes with; None where none is wanted. Raises InvalidApiKey or RateLimited."""
        if not self._keys:
            return None
        if any(name.lower() in IN_ADDRESSES for name, _ in parse_qsl(scope["query_string"].decode("latin-1"))):
            raise InvalidApiKey()
        secret, badge = _presented(value(scope, b"authorization")), _badge(value(scope, b"cookie"))
        by_secret, by_badge = self._by_secret(secret), self._by_badge(badge)
        return self._checked(by_secret or by_badge, bool(secret))

    def show(self, secret: str) -> Key:
        """The key that somebody typed. Raises InvalidApiKey or RateLimited."""
        return self._checked(self._by_secret(secret), bool(secret))

    def _checked(self, key: Key | None, tried: bool) -> Key:
        """A right key is never made to wait for the wrong ones of others."""
        if key is not None:
            return key
        if tried and (wait := self._wrong.take()):
            raise RateLimited("wrong keys", wait)
        raise InvalidApiKey()

    def _by_secret(self, secret: str) -> Key | None:
        """All are compared, so that the time tells nothing."""
        digest = hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
        found = [key for key in self._keys if hmac.compare_digest(key.digest, digest)]
        return found[0] if found else None

    def _by_badge(self, badge: str) -> Key | None:
        found = [key for key in self._keys if hmac.compare_digest(key.badge.encode(), badge.encode())]
        return found[0] if found else None


def _presented(authorization: str) -> str:
    """The key of "Bearer KEY", or the password of Basic; "" where there is none."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _badge(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
