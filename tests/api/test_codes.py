"""The list of refusals that the API can give."""

from __future__ import annotations

from api.codes import codes
from api.errors import status_of
from speech.errors import AudioTooLong, InvalidApiKey, QueueFull, WrongContentType


def test_every_refusal_has_the_status_it_is_answered_with() -> None:
    known = {(each.code, each.status) for each in codes()}
    for fault in (AudioTooLong(60.0), InvalidApiKey(), QueueFull("2 requests", 5), WrongContentType("text/plain")):
        assert (fault.code, status_of(fault)) in known
    assert {("internal", 500), ("not_found", 404), ("method_not_allowed", 405), ("unsupported_media_type", 400)} <= known


def test_what_only_happens_before_the_door_is_open_is_not_listed() -> None:
    assert not {"model_missing", "model_integrity", "no_gpu", "open_without_key"} & {each.code for each in codes()}
    assert len(codes()) == len(set(codes())) > 40
