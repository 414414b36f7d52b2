"""The two hubs that publish SenseVoiceSmall, and how files come from them whole. Knows nothing of caches or the demo.

Why not the hubs' own libraries (read: modelscope-hub 0.5.1, huggingface_hub 2.4.0): modelscope asks two sites and a
region service before the first byte, so the time to a first answer cannot be bounded, and its progress callbacks are
classes made per file; both check a file against what the hub says today, which is no pin, and both fill a snapshot in
place, file by file. Both hubs serve plain GET with Range at documented addresses, and no more is needed here.

The pin is the content: a manifest has the size and sha256 of every file, whichever hub or mirror it comes from. The
commits below are asked for first; a hub that does not know one is asked for its branch, and the sha256 decides.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import quote

import httpx

from speech.errors import CheckpointCorrupt, HubLacksFile, HubUnreachable

from .manifest import ExpectedFile, Manifest, sha256_of, size_of

log = logging.getLogger(__name__)

PAUSES = (0.0, 1.0, 4.0)  # s before each new attempt at a file; coming further than ever starts them anew
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # s without a byte, s to connect
REPORT_EVERY = 0.1  # s


@dataclass(frozen=True, slots=True)
class Hub:
    name: str
    repo: str
    endpoint: str
    revision: str  # a commit
    branch: str  # where a file is looked for when the commit is not known
    variable: str  # the environment variable by which this hub's own library is pointed at a mirror
    path: str

    def url(self, file: str, revision: str) -> str:
        path = self.path.format(repo=self.repo, revision=quote(revision, safe=""), file=quote(file))
        return self.endpoint.rstrip("/") + path


MODELSCOPE = Hub(
    name="ModelScope",
    repo="iic/SenseVoiceSmall",
    endpoint="https://modelscope.cn",
    revision="70514a3da51f1160f51d18449dab6128bbd4928b",
    branch="master",
    variable="MODELSCOPE_ENDPOINT",
    path="/api/v1/models/{repo}/repo?Revision={revision}&FilePath={file}",  # modelscope-hub 0.5.1, get_download_url
)
HUGGING_FACE = Hub(
    name="Hugging Face",
    repo="FunAudioLLM/SenseVoiceSmall",
    endpoint="https://huggingface.co",
    revision="3847d57b6bdf2dd8875cb1508d2af43d80a16bf7",
    branch="main",
    variable="HF_ENDPOINT",
    path="/{repo}/resolve/{revision}/{file}",  # huggingface_hub 2.4.0, HUGGINGFACE_CO_URL_TEMPLATE
)


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Of all files together, in bytes; `done` never falls."""

    file: str  # the one arriving now
    done: int
    total: int


Report = Callable[[DownloadProgress], None]
Arrived = Callable[[int], None]  # hears how many bytes of a file are there


def knock(hub: Hub, file: ExpectedFile, within: float) -> None:
    """Raises HubUnreachable unless a first answer comes within so many seconds, name lookup and redirects included.

    No socket timeout covers a name lookup that hangs, so a thread of its own asks and is left behind when it is late.
    """
    answer: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=lambda: answer.put(_first_answer(hub, file)), name="knock", daemon=True).start()
    try:
        fault = answer.get(timeout=within)
    except Empty:
        fault = f"no answer within {within:g} s"
    if fault:
        raise HubUnreachable(hub.name, fault)


def fetch_all(hub: Hub, manifest: Manifest, folder: Path, report: Report | None) -> None:
    """Brings every file of the manifest into the folder, each checked; what is there from an earlier call is kept.

    A file that has its name has been checked; before that it is a .part. Raises HubUnreachable (the next call goes on
    from there), HubLacksFile or CheckpointCorrupt.
    """
    meter, before = _Meter(sum(file.size for file in manifest), report), 0
    with _new_client() as client:
        for file in manifest:
            if size_of(folder / file.name) != file.size:
                _fetch(client, hub, file, folder, functools.partial(meter.show, file, before))
            before += file.size
            meter.show(file, before, 0)


def arrived_in(folder: Path, manifest: Manifest) -> int:
    """Bytes of files that are whole, and of parts of them."""
    return sum(size_of(folder / file.name) + size_of(_part(folder, file)) for file in manifest)


class _NotThere(Exception):
    """The hub knows no such file at this revision."""


class _Meter:
    """Turns the bytes of a file into progress over all, now and then and never backwards."""

    def __init__(self, total: int, report: Report | None) -> None:
        self._total = total
        self._report = report
        self._done = -1
        self._next_report = 0.0

    def show(self, file: ExpectedFile, before: int, arrived: int) -> None:
        done, now = before + arrived, time.monotonic()
        late = now >= self._next_report or done == self._total
        if self._report is not None and done > self._done and late:
            self._done, self._next_report = done, now + REPORT_EVERY
            self._report(DownloadProgress(file.name, done, self._total))


def _new_client() -> httpx.Client:
    """Identity encoding: the size that is announced is the size of the file."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "earshot"}
    return httpx.Client(headers=headers, follow_redirects=True, timeout=TIMEOUT, verify=_certificates())


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes as long as a small download."""
    return httpx.create_ssl_context()


def _first_answer(hub: Hub, file: ExpectedFile) -> str:
    """What is wrong with it, or nothing. A 404 is an answer: another revision may have the file."""
    try:
        with _new_client() as client, client.stream("GET", hub.url(file.name, hub.revision)) as answer:
            return f"it answered {answer.status_code}" if answer.status_code >= 500 else ""
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
        return _words(fault)


def _fetch(client: httpx.Client, hub: Hub, file: ExpectedFile, folder: Path, arrived: Arrived) -> None:
    part = _part(folder, file)
    for revision in (hub.revision, hub.branch):
        try:
            _persist(client, hub, revision, file, part, arrived)
        except _NotThere:
            continue
        _check_content(file, part)
        part.replace(folder / file.name)
        return
    if file.needed:
        raise HubLacksFile(hub.name, file.name, hub.revision)


def _persist(client: httpx.Client, hub: Hub, revision: str, file: ExpectedFile, part: Path, arrived: Arrived) -> None:
    """Until the part is whole, or attempts one after another have brought nothing."""
    pauses, furthest = iter(PAUSES), size_of(part)
    while size_of(part) != file.size:
        fault = _attempt(client, hub.url(file.name, revision), file, part, arrived)
        if size_of(part) > furthest:
            pauses, furthest = iter(PAUSES), size_of(part)
        if size_of(part) != file.size:
            _wait(next(pauses, None), hub, file, part, fault)


def _wait(pause: float | None, hub: Hub, file: ExpectedFile, part: Path, fault: str) -> None:
    stand = f"{file.name} broke off at {size_of(part):,} of {file.size:,} bytes ({fault})"
    if pause is None:
        raise HubUnreachable(hub.name, f"{stand}; the next download goes on from there")
    log.info("%s; trying again in %g s", stand, pause)
    time.sleep(pause)


def _attempt(client: httpx.Client, url: str, file: ExpectedFile, part: Path, arrived: Arrived) -> str:
    """One request for what the part lacks; from the start again if the hub does not heed ranges. Says why it ended."""
    have = size_of(part)
    try:
        with client.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as answer:
            begin = _begin(answer, have, part)
            _check_announced(answer, begin, file)
            _append(answer, begin, file, part, arrived)
    except httpx.HTTPError as fault:
        return _words(fault)
    return "the connection was closed"


def _begin(answer: httpx.Response, have: int, part: Path) -> int:
    """Where in the file the answer's first byte belongs."""
    if answer.status_code in (400, 404):
        raise _NotThere
    if answer.status_code == 206 and _content_range(answer)[0] == have:
        return have
    if answer.status_code in (206, 416):
        part.unlink(missing_ok=True)  # nothing can be gone on from
        raise httpx.RemoteProtocolError("another range than the one asked for")
    answer.raise_for_status()
    return 0


def _check_announced(answer: httpx.Response, begin: int, file: ExpectedFile) -> None:
    """Before 936 MB come in that are not the ones wanted. Where nothing is announced, the sha256 finds out."""
    _, total = _content_range(answer)
    length = answer.headers.get("Content-Length", "")
    if total is None and length.isdecimal() and "Content-Encoding" not in answer.headers:
        total = begin + int(length)
    if total is not None and total != file.size:
        raise CheckpointCorrupt(file.name, f"the hub offers {total:,} bytes instead of {file.size:,}")


def _content_range(answer: httpx.Response) -> tuple[int | None, int | None]:
    """The first byte and the size of the whole (RFC 9110, 14.4)."""
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
    if match is None:
        return None, None
    return int(match[1]), None if match[2] == "*" else int(match[2])


def _append(answer: httpx.Response, begin: int, file: ExpectedFile, part: Path, arrived: Arrived) -> None:
    with part.open("ab") as target:
        target.truncate(begin)
        for piece in answer.iter_bytes():
            target.write(piece)
            arrived(begin := begin + len(piece))
            if begin > file.size:
                raise CheckpointCorrupt(file.name, f"the hub sends more than its {file.size:,} bytes")
        target.flush()
        os.fsync(target.fileno())


def _check_content(file: ExpectedFile, part: Path) -> None:
    actual = sha256_of(part)
    if actual != file.sha256:
        part.unlink()  # going on from it could never help
        raise CheckpointCorrupt(file.name, f"its sha256 is {actual} instead of {file.sha256}")


def _part(folder: Path, file: ExpectedFile) -> Path:
    return folder / f"{file.name}.part"


def _words(fault: Exception) -> str:
    if isinstance(fault, httpx.HTTPStatusError):
        return f"it answered {fault.response.status_code}"
    return f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
