"""What the top of the page and the API tab are told."""

from __future__ import annotations

from speech.engine import Device
from tests.fakes import FakeEngine, fake_transcriber
from ui import header, snippets
from ui.options import ConsoleOptions, Fault, Service


def test_the_device_is_named_as_people_call_it_and_nothing_until_there_is_one() -> None:
    class OnGpu(FakeEngine):
        def device(self) -> Device:
            return Device("NVIDIA H200", 2 << 30, 139 << 30)

    listener = fake_transcriber(OnGpu())
    try:
        told = header.look(listener)
        assert (told["state"], told["device"], told["used"], told["total"]) == ("ready", "H200", 2 << 30, 139 << 30)
        assert (told["requests"], told["waiting"]) == (0, 0)
    finally:
        listener.stop()
    unready = header.look(fake_transcriber(start=False))
    assert (unready["state"], unready["device"], unready["total"]) == ("loading", "", 0)


def test_limits_that_are_not_known_or_not_in_force_are_not_told() -> None:
    assert [name for name, *_ in snippets.limits(ConsoleOptions())] == ["upload"]
    known = Service(longest=60.0, requests=2, per_key=1, rate=600)
    assert [name for name, *_ in snippets.limits(ConsoleOptions(service=known))] == ["upload", "longest", "requests"]
    keyed = Service(keyed=True, per_key=1, rate=600, faults=(Fault("queue_full", 429),))
    assert ["rate", 600, "EARSHOT_LIMITS__RATE"] in snippets.limits(ConsoleOptions(service=keyed))
    assert snippets.told(keyed)["faults"] == [{"code": "queue_full", "status": 429}]
