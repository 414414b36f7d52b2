"""What an ASGI scope's headers say, and what every answer says to a browser."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Scope

Raw = tuple[bytes, bytes]

# Nothing from other hosts. Gradio's HTML component builds its templates with eval, and writes style attributes.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
SAFE: tuple[Raw, ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"microphone=(self), camera=(), geolocation=()"),
)


def values(scope: Scope, name: bytes) -> list[str]:
    """All values of a header, as they came."""
    return [value.decode("latin-1").strip() for key, value in scope["headers"] if key == name]


def value(scope: Scope, name: bytes) -> str:
    """The first value of a header, "" where there is none."""
    return next(iter(values(scope, name)), "")


def safe(own: Iterable[Raw]) -> list[Raw]:
    """`own` headers of an answer with those of SAFE that it does not set itself."""
    kept = list(own)
    named = {name.lower() for name, _ in kept}
    return kept + [(name, said) for name, said in SAFE if name not in named]
