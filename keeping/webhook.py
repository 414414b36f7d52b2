"""Tells an address that a job has ended: only hosts that were allowed, signed, a few times, in threads of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from speech.errors import WebhookNotAllowed
from speech.jobs import Job

from .options import WebhookOptions

log = logging.getLogger(__name__)

THREADS = 2  # so that one address that does not answer keeps nobody else waiting
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _End:
    pass


class Webhook:
    """`told` hears the id of a job whose address was told, or given up."""

    def __init__(self, options: WebhookOptions, told: Callable[[str], None]) -> None:
        self._options, self._told = options, told
        self._jobs: queue.Queue[Job | _End] = queue.Queue()
        self._ended = threading.Event()

    def check(self, url: str | None) -> None:
        """Raises WebhookNotAllowed."""
        if url is not None and not self._allows(url):
            raise WebhookNotAllowed()

    def _allows(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return False
        if parts.scheme not in PORTS or not host or parts.username is not None or not url.isascii() or not url.isprintable():
            return False
        usual = port in (None, PORTS[parts.scheme])
        names = {f"{host}:{port or PORTS[parts.scheme]}"} | ({host} if usual else set())
        return any(known.lower() in names for known in self._options.hosts)

    def start(self) -> None:
        for number in range(THREADS):
            threading.Thread(target=self._work, name=f"webhook-{number}", daemon=True).start()

    def stop(self) -> None:
        """What was not told is told by the next process."""
        self._ended.set()
        for _ in range(THREADS):
            self._jobs.put(_End())

    def tell(self, job: Job) -> None:
        if job.webhook is not None:
            self._jobs.put(job)

    # --- a thread of ours ---

    def _work(self) -> None:
        while not isinstance(job := self._jobs.get(), _End) and not self._ended.is_set():
            try:
                if self._try(job):
                    self._told(job.id)
            except Exception:  # one address must not keep the others from being told
                log.exception("a webhook could not be called")

    def _try(self, job: Job) -> bool:
        """Whether it is over with this job; False where the process ends first."""
        body = payload(job)
        for pause in (0.0, *self._options.pauses):
            if self._ended.wait(pause):
                return False
            if job.webhook is None or not self._allows(job.webhook) or self._post(job.webhook, body):
                return True
        log.warning("a webhook was not called: its address did not answer as it should")
        return True

    def _post(self, url: str, body: bytes) -> bool:
        try:
            headers = {"Content-Type": "application/json", **signed(body, self._options.secret, int(time.time()))}
            with (
                httpx.Client(timeout=self._options.timeout, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                return answer.is_success
        except httpx.HTTPError as fault:
            log.info("a webhook's address failed: %s", type(fault).__name__)
            return False


def signed(body: bytes, secret: bytes, now: int) -> dict[str, str]:
    """The headers by which a receiver knows who speaks: HMAC-SHA256 of the timestamp, a point and the body."""
    told = hmac.new(secret, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Earshot-Timestamp": str(now), "X-Earshot-Signature": f"sha256={told}"}


def payload(job: Job) -> bytes:
    gist, trouble = job.gist, job.trouble
    told = {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "created": job.created,
        "started": job.started,
        "ended": job.ended,
        "duration": job.duration,
        "heard": job.heard,
        "language": gist.language if gist else None,
        "emotion": gist.emotion if gist else None,
        "events": gist.events if gist else {},
        "segments": gist.segments if gist else 0,
        "error": {"code": trouble.code, "message": trouble.message} if trouble else None,
    }
    return json.dumps(told, ensure_ascii=False).encode()
