"""The load benchmark in short: a few clients of a real server, each of whom must get his own answer."""

from __future__ import annotations

import pytest

from benchmarks import load, servers


@pytest.mark.alone
def test_every_answer_is_its_owners() -> None:
    with servers.echo(0.02, {}) as server:
        clips = [load.clip(0.3 + 0.1 * (seed % 9), seed) for seed in range(60)]
        answers = load.asked_at_once(server, clips, load.CLIENTS)
        assert [answer.text for answer in answers] == [clip.answer for clip in clips]
        assert len({clip.answer for clip in clips}) == len(clips)
        assert load.counted(server, "batches_total") < len(clips)


@pytest.mark.alone
def test_who_finds_the_queue_full_is_told_so_at_once_and_for_how_long() -> None:
    settings = {"EARSHOT_LIMITS__REQUESTS": str(load.QUEUE)}
    with servers.echo(load.FLOOD_RTF, settings) as server:
        clips = [load.clip(load.FLOOD_LENGTH, seed) for seed in range(load.FLOOD)]
        answers = load.fill_and_flood(server, clips)
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) == load.FLOOD - load.QUEUE
    assert sum(answer.status == 200 for answer in answers) == load.QUEUE
    assert all(answer.retry_after for answer in refused)


def test_a_wrong_answer_is_noticed() -> None:
    assert load.clip(1.0, 1).answer != load.clip(1.0, 2).answer
    assert load.quantile([], 50) != load.quantile([], 50)
    assert load.quantile([1.0, 3.0], 50) == pytest.approx(2.0)
