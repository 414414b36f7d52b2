"""The guard over the smallest app: what it gives, what it notes, and when it lets go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.access import Observation
from api.buckets import Bucket
from api.guard import Guard, GuardOptions
from speech.calls import Call
from speech.errors import ModelLoading, SpeechError

App = Callable[[Scope, Receive, Send], Awaitable[None]]

FORM = (b"content-type", b"multipart/form-data; boundary=x")
BODY = b"--x\r\n--x--\r\n"


class Wire:
    """One request, and what came back. `messages` are what the client sends; then it is silent."""

    def __init__(self, *messages: Message, method: str = "POST", path: str = "/transcribe", **scope: object) -> None:
        self.scope: Scope = {"type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http"}
        self.scope |= {"headers": [(b"host", b"localhost"), FORM], **scope}
        self.coming: asyncio.Queue[Message] = asyncio.Queue()
        for message in messages:
            self.coming.put_nowait(message)
        self.asked = 0
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        self.asked += 1
        return await self.coming.get()

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])


def body(content: bytes = BODY, more: bool = False) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


async def well(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"well"})


def pass_by(app: App, wire: Wire, options: GuardOptions | None = None, **given: object) -> list[Observation]:
    seen: list[Observation] = []
    guard = Guard(app, options or GuardOptions(), observed=seen.append, **given)  # type: ignore[arg-type]
    asyncio.run(asyncio.wait_for(guard(wire.scope, wire.receive, wire.send), 10))
    return seen


def test_every_answer_is_observed_under_its_template_and_code() -> None:
    (good,) = pass_by(well, Wire(body()))
    assert (good.method, good.route, good.status, good.code) == ("POST", "/transcribe", 200, "")
    (foreign,) = pass_by(well, Wire(headers=[(b"host", b"evil.example")]))
    assert (foreign.route, foreign.status, foreign.code) == ("/transcribe", 421, "host_not_allowed")
    (nowhere,) = pass_by(well, Wire(body(), path="/a/file/of/somebody"))
    assert nowhere.route == "-"


def test_a_request_has_a_call_that_ends_with_it() -> None:
    calls: list[Call] = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        calls.append(scope["state"]["call"])
        assert not calls[0].gone
        await well(scope, receive, send)

    headers = [(b"host", b"localhost"), FORM, (b"x-request-timeout", b"5")]
    pass_by(look, Wire(body(), headers=headers), GuardOptions(deadline=60))
    pass_by(look, Wire(body()), GuardOptions(deadline=60))
    assert [call.seconds for call in calls] == [5, 60]
    assert calls[0].gone


def test_what_takes_longer_has_a_deadline_of_its_own_and_the_clients_still_holds() -> None:
    calls: list[Call] = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        calls.append(scope["state"]["call"])
        await well(scope, receive, send)

    options = GuardOptions(deadline=60, deadlines={"/transcribe": 900})
    pass_by(look, Wire(body()), options)
    pass_by(look, Wire(body(), path="/asr"), options)
    pass_by(look, Wire(body(), headers=[(b"host", b"localhost"), FORM, (b"x-request-timeout", b"5")]), options)
    assert [call.seconds for call in calls] == [900, 60, 5]


def test_a_client_that_leaves_is_noticed_while_the_app_works() -> None:
    noticed: list[bool] = []

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if scope["state"]["call"].gone:
                break
        noticed.append(scope["state"]["call"].gone)
        assert (await receive())["type"] == "http.disconnect"  # it was not taken from the app

    (seen,) = pass_by(busy, Wire(body(), {"type": "http.disconnect"}))
    assert noticed == [True]
    assert seen.status == 499


def test_where_there_is_no_room_nothing_is_read() -> None:
    def refusal(caller: str) -> SpeechError:
        assert caller == ""
        return ModelLoading()

    wire = Wire(body(b"x" * 1000, more=True))
    (seen,) = pass_by(well, wire, GuardOptions(silence=0.05), refusal=refusal)
    assert (wire.status, seen.code) == (503, "model_loading")
    first_read = next((i for i, message in enumerate(wire.sent) if message.get("body")), 0)
    assert first_read == 1  # the whole answer was out before what was coming was thrown away
    assert (b"connection", b"close") in wire.sent[0]["headers"]


def test_other_paths_are_not_asked_for_room() -> None:
    wire = Wire(body(), path="/v1/models", method="GET")
    pass_by(well, wire, refusal=lambda _: ModelLoading())
    assert wire.status == 200


def test_an_app_that_fails_is_a_500_with_the_name_it_has_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    caplog.set_level(logging.INFO, "earshot.access")
    wire = Wire(body())
    (seen,) = pass_by(broken, wire)
    assert (wire.status, seen.code) == (500, "internal")
    line = next(record for record in caplog.records if record.name == "earshot.access")
    assert line.__dict__["request_id"].encode() in wire.body
    assert "ZeroDivisionError" in caplog.text


def test_a_form_that_is_cut_off_is_no_form() -> None:
    for end in (b"--x\r\n", b"", b"--x--" + b"y" * 2000):
        wire = Wire(body(b"--x\r\n", more=True), body(end))
        (seen,) = pass_by(well, wire)
        assert (wire.status, seen.code) == (400, "malformed_multipart")


def test_a_large_answer_goes_out_in_pieces() -> None:
    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(200_000)})

    wire = Wire(body())
    pass_by(large, wire)
    assert [len(message["body"]) for message in wire.sent[1:]] == [65_536, 65_536, 65_536, 3_392]
    assert [message.get("more_body", False) for message in wire.sent[1:]] == [True, True, True, False]


def test_a_bucket_gives_what_it_has_and_fills_with_time() -> None:
    now = 100.0
    bucket = Bucket(rate=2.0, most=3, clock=lambda: now)
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 1]
    now += 1.0
    assert [bucket.take() for _ in range(3)] == [0, 0, 1]
    now += 1000.0
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 1]
    slow = Bucket(rate=0.1, most=1, clock=lambda: now)
    assert [slow.take(), slow.take()] == [0, 10]
