"""Who is told when a job ends, how it is signed, and who is never called."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from keeping.options import WebhookOptions
from keeping.webhook import Webhook
from speech.errors import WebhookNotAllowed

from .conftest import ASK, Keepers, ended, sound, until

SECRET = b"a secret of enough letters"


@dataclass
class Sink:
    """Answers with each of `answers` in turn, then with 204."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/told"

    @property
    def options(self) -> WebhookOptions:
        return WebhookOptions((f"127.0.0.1:{self.port}",), SECRET, timeout=1.0, pauses=(0.05, 0.1))


@pytest.fixture
def sink() -> Iterator[Sink]:
    found = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.answers.pop(0) if found.answers else 204)
            self.send_header("Location", f"{found.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


def test_an_end_is_told_signed_and_dated(keepers: Keepers, sink: Sink) -> None:
    keeper = keepers(webhook=sink.options)
    job = ended(keeper, keeper.add(sound(), "一.wav", ASK, webhook=sink.url).id)
    until(lambda: len(sink.came) == 1)
    headers, body = sink.came[0]
    stamp = headers["x-earshot-timestamp"]
    told = hmac.new(SECRET, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["x-earshot-signature"] == f"sha256={told}"
    assert abs(time.time() - int(stamp)) < 60
    said = json.loads(body)
    assert job.gist is not None
    assert (said["id"], said["name"], said["state"], said["duration"]) == (job.id, "一.wav", "done", 4.0)
    assert (said["language"], said["emotion"], said["events"]) == (job.gist.language, job.gist.emotion, job.gist.events)
    until(lambda: not keeper._store.untold())


def test_failed_and_stopped_jobs_are_told_too(keepers: Keepers, sink: Sink) -> None:
    keeper = keepers(start=False, webhook=sink.options)
    stopped = keeper.add(sound(), "a", ASK, webhook=sink.url)
    keeper.add(sound(0.01), "b", ASK, webhook=sink.url)
    keeper.add(sound(), "told nobody", ASK)
    keeper.cancel(stopped.id)
    keeper.start()
    until(lambda: len(sink.came) == 2)
    said = {told["name"]: told for told in (json.loads(body) for _, body in sink.came)}
    assert said["a"]["state"] == "cancelled"
    assert (said["b"]["state"], said["b"]["error"]["code"]) == ("failed", "audio_too_short")


def test_it_is_tried_three_times_and_no_job_waits_for_it(keepers: Keepers, sink: Sink) -> None:
    sink.answers = [500, 302, 500, 500]
    keeper = keepers(webhook=sink.options)
    ended(keeper, keeper.add(sound(), "a", ASK, webhook=sink.url).id)
    until(lambda: not keeper._store.untold())
    assert len(sink.came) == 3  # and the redirection was not followed
    sink.answers = [503]
    ended(keeper, keeper.add(sound(), "b", ASK, webhook=sink.url).id)
    until(lambda: len(sink.came) == 5)


def test_what_was_not_told_is_told_by_the_next_process(keepers: Keepers, sink: Sink) -> None:
    silent = keepers(start=False, webhook=sink.options)
    job = silent.add(sound(), "a", ASK, webhook=sink.url)
    silent.cancel(job.id)
    silent._store.close()
    keepers(webhook=sink.options)
    until(lambda: len(sink.came) == 1)


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ((), "http://127.0.0.1/"),
        (("example.com",), "http://example.com.evil.net/"),
        (("example.com",), "http://sub.example.com/"),
        (("example.com",), "http://example.com:8080/"),
        (("example.com",), "http://example.com@evil.net/"),
        (("example.com",), "http://user:secret@example.com/"),
        (("example.com",), "ftp://example.com/"),
        (("example.com",), "//example.com/"),
        (("example.com",), "file:///etc/passwd"),
        (("example.com",), "http://example.com:x/"),
        (("example.com",), "http://example.com/\r\nHost: evil.net"),
        (("example.com:8443",), "https://example.com/"),
        (("example.com",), "http://[::1/"),
        (("example.com",), ""),
    ],
)
def test_no_address_is_called_but_of_hosts_that_were_allowed(hosts: tuple[str, ...], url: str) -> None:
    with pytest.raises(WebhookNotAllowed):
        Webhook(WebhookOptions(hosts, SECRET), lambda id: None).check(url)


def test_an_allowed_host_may_be_called_at_its_usual_port_or_the_one_named() -> None:
    webhook = Webhook(WebhookOptions(("example.com", "inner:9000"), SECRET), lambda id: None)
    for url in ("https://example.com/a?b=1", "http://EXAMPLE.com:80/", "http://inner:9000/", "https://inner:9000"):
        webhook.check(url)
    webhook.check(None)
