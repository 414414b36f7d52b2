"""Where the server listens, taken before anything slow is done: a port in use is told at once."""

from __future__ import annotations

import errno
import os
import resource
import socket
from contextlib import suppress


def bound(host: str, port: int) -> list[socket.socket]:
    """A socket for each address that `host` has, none listening yet; port 0 is a free one. Raises OSError in one sentence."""
    found: list[socket.socket] = []
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as fault:
        raise OSError(f"{host} is no address to listen on: {fault.strerror}") from fault
    for family, _, _, _, address in dict.fromkeys(known):
        with suppress(_NoSuchFamily):
            found.append(_bound(family, (address[0], found[0].getsockname()[1] if found else port, *address[2:]), host))
    if not found:
        raise OSError(f"{host} is no address of this machine")
    return found


class _NoSuchFamily(Exception):
    """localhost is an IPv6 address too where the machine has none."""


def _bound(family: int, address: tuple[object, ...], host: str) -> socket.socket:
    try:
        # named TCP, or asyncio leaves Nagle's algorithm on: 40 ms an answer
        taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as fault:
        raise _NoSuchFamily() from fault
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        taken.bind(address)
    except OSError as fault:
        taken.close()
        if fault.errno == errno.EADDRNOTAVAIL and family == socket.AF_INET6:
            raise _NoSuchFamily() from fault
        why = "is in use" if fault.errno == errno.EADDRINUSE else f"cannot be had: {os.strerror(fault.errno or 0)}"
        raise OSError(f"port {address[1]} of {host} {why}. Set EARSHOT_PORT or --port to another.") from fault
    return taken


def raise_descriptors(most: int = 65536) -> None:
    """As many open sockets and files as the system lets this process have: 1024 is too few for idle connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(hard, most)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
