"""By which name a server was asked, and from whose page. Browsers tell both, and no page can make them lie."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import Scope

from speech.errors import BadRequest, HostNotAllowed, OriginNotAllowed

from .headers import value, values

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ELSEWHERE = frozenset({"cross-site", "same-site"})  # Sec-Fetch-Site, where the page is not ours
FORWARDED = b"x-forwarded-", b"forwarded"

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+)(?::\d{1,5})?")


class Origins:
    """Names by which this server may be asked. Others are refused: a foreign name may be turned to this address (DNS rebinding).

    `literals`: addresses in numbers too, which need no name. `proxy`: X-Forwarded-Host and -Proto are a proxy's of ours.
    """

    def __init__(self, names: Iterable[str], literals: bool, proxy: bool) -> None:
        self._names = LOCAL | {name.lower() for name in names}
        self._literals, self._proxy = literals, proxy

    def admit(self, scope: Scope) -> None:
        """Raises BadRequest, HostNotAllowed or OriginNotAllowed. Afterwards the scope has no forwarded headers to believe."""
        host = self._host(scope)
        if self._proxy:
            scope["scheme"] = self.scheme(scope)
        else:
            scope["headers"] = [header for header in scope["headers"] if not header[0].startswith(FORWARDED)]
        match = _HOST.fullmatch(host)
        if not match:
            raise BadRequest("its Host header names no host")
        if not self._known(match[1].lower()):
            raise HostNotAllowed(host)
        _same_origin(scope, host)

    def scheme(self, scope: Scope) -> str:
        """http or https, as the browser sees it; of a websocket ws or wss."""
        told = value(scope, b"x-forwarded-proto").split(",")[0].strip() if self._proxy else ""
        if told in ("http", "https"):
            return told if scope["type"] == "http" else told.replace("http", "ws")
        return str(scope["scheme"])

    def _host(self, scope: Scope) -> str:
        hosts = values(scope, b"host")
        if len(hosts) != 1:
            raise BadRequest("it needs one Host header")
        forwarded = value(scope, b"x-forwarded-host").split(",")[0].strip() if self._proxy else ""
        return forwarded or hosts[0]

    def _known(self, name: str) -> bool:
        return name in self._names or (self._literals and _is_address(name))


def _same_origin(scope: Scope, host: str) -> None:
    """Compared with the Host header and not with our own port: a tunnel maps ports. A tool sends neither header."""
    origins = values(scope, b"origin")
    if any(urlsplit(origin).netloc.lower() != host.lower() for origin in origins):  # "null" has no netloc
        raise OriginNotAllowed()
    reading = scope["type"] == "http" and scope["method"] in READING
    if not reading and value(scope, b"sec-fetch-site") in ELSEWHERE:
        raise OriginNotAllowed()


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
