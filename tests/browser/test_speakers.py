"""A call in stereo in the console: who says what, one of them alone, and whose anger it is."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from speech.hearing import Ask
from speech.transcript import Emotion, Language, Segment, Transcript
from tests.browser.conftest import Browser, Page, Whole, barriers, expect, open_tab, running, visiting
from tests.browser.test_transcript import choose, exported, run, segments, select
from tests.fakes import LINES, Line
from tests.sounds import encode, noise

CALL = encode(np.concatenate([noise(-20, duration=8.0, seed=seed) for seed in (1, 2)]))


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("call") / "My talk.wav"
    path.write_bytes(CALL)
    return path


@pytest.fixture
def page(chromium: Browser, whole: Whole) -> Iterator[Page]:
    with visiting(chromium, whole.url) as opened:
        yield opened
    whole.engine.lines = LINES


@pytest.fixture
def apart(page: Page, call: Path) -> Page:
    """The call, heard with its channels apart."""
    choose(page, call)
    page.get_by_label("Each channel is a speaker").first.check()
    run(page)
    return page


def test_the_box_is_offered_for_files_with_channels(page: Page, call: Path, tmp_path: Path) -> None:
    box = page.locator("#multichannel")
    expect(box).to_be_hidden()
    choose(page, call)
    expect(box).to_be_visible()
    page.get_by_label("Each channel is a speaker").first.check()
    mono = tmp_path / "mono.wav"
    mono.write_bytes(encode(noise(-20, duration=4.0)))
    choose(page, mono)
    expect(box).to_be_hidden()
    run(page)
    assert {segment["speaker"] for segment in segments(page)} == {""}
    expect(page.locator(".warnings li")).to_have_count(0)


def test_every_line_has_its_speaker_and_one_can_be_read_alone(apart: Page, axe: str) -> None:
    named = apart.locator(".segment .speaker").all_text_contents()
    assert named == [segment["speaker"] for segment in segments(apart)]
    assert set(named) == {"A", "B"}
    assert not barriers(apart, axe, "#desk")
    apart.locator('.filter[data-kind="speaker"][data-name="B"]').click()
    expect(apart.locator(".segment")).to_have_count(named.count("B"))
    assert set(apart.locator(".segment .speaker").all_text_contents()) == {"B"}


def test_files_say_who_speaks(apart: Page) -> None:
    assert exported(apart, "txt").decode().startswith("A: ")
    assert "\nB: " in exported(apart, "srt").decode()
    assert exported(apart, "csv").decode("utf-8-sig").splitlines()[0] == "start,end,speaker,language,emotion,events,text"
    apart.reload()
    apart.wait_for_selector("#run")


def test_a_corrected_line_keeps_its_speaker_and_is_heard_again_alone(apart: Page, whole: Whole) -> None:
    before = segments(apart)
    number = next(n for n, segment in enumerate(before) if segment["speaker"] == "B")
    select(apart, number)
    apart.keyboard.press("e")
    apart.keyboard.press("Control+a")
    apart.keyboard.type("I want my money back.")
    apart.keyboard.press("Escape")
    assert (segments(apart)[number]["speaker"], segments(apart)[number]["text"]) == ("B", "I want my money back.")
    whole.engine.lines = [Line("Heard once more.", Language.EN)]
    select(apart, number)
    apart.keyboard.press("r")
    apart.locator('#again-menu [data-language="en"]').click()
    expect(apart.locator(".segment .said").nth(number)).to_have_text("Heard once more.")
    after = segments(apart)
    assert len(after) == len(before)
    assert after[number]["speaker"] == "B"
    assert [segment["text"] for segment in after if segment is not after[number]] == [
        segment["text"] for n, segment in enumerate(before) if n != number
    ]


def test_a_speaker_is_given_a_name_that_is_written_everywhere(apart: Page, call: Path, axe: str) -> None:
    chips = apart.locator('.segment .speaker[data-speaker="B"]')
    chips.first.click()
    name = apart.get_by_label("Name of speaker B").get_by_role("textbox")
    expect(name).to_be_focused()
    assert not barriers(apart, axe, "#name-menu")
    name.fill("  Ms   Li <b>")
    name.press("Enter")
    expect(chips.first).to_be_focused()
    assert set(chips.all_text_contents()) == {"Ms Li <b>"}
    expect(apart.locator('.filter[data-kind="speaker"] .word')).to_have_text(["Speaker A", "Ms Li <b>"])
    assert "\nMs Li <b>: " in exported(apart, "txt").decode()
    assert "\nMs Li &lt;b&gt;: " in exported(apart, "vtt").decode()
    assert json.loads(exported(apart, "json"))["names"] == {"B": "Ms Li <b>"}
    apart.reload()
    choose(apart, call)
    expect(chips.first).to_have_text("Ms Li <b>")
    chips.first.click()
    name.fill("somebody else")
    name.press("Escape")
    expect(chips.first).to_have_text("Ms Li <b>")
    apart.click("#undo")
    expect(chips.first).to_have_text("B")
    apart.click("#redo")
    chips.first.click()
    name.fill("")
    name.press("Enter")
    expect(chips.first).to_have_text("B")
    assert json.loads(exported(apart, "json")).get("names") is None


def talk(*said: tuple[str, Emotion, str]) -> Transcript:
    """Each for ten seconds: what, how, and by whom."""
    segments = (
        Segment(text, 10.0 * n, 10.0 * n + 10, Language.ZH, felt, speaker=who) for n, (text, felt, who) in enumerate(said)
    )
    return Transcript(tuple(segments), 10.0 * len(said))


def test_names_are_kept_with_a_call_and_shown_where_it_is_judged(chromium: Browser, tmp_path: Path) -> None:
    heard = talk(("您好", Emotion.NEUTRAL, "A"), ("我要投诉", Emotion.ANGRY, "B"))
    with running(tmp_path) as server:
        id = server.heard(CALL, "call.wav", Ask(multichannel=True))
        server.keeper.replace(id, heard, "")
        with visiting(chromium, server.url) as page:
            page.evaluate("id => earshot.say('open-job', { id })", id)
            expect(page.locator(".segment")).to_have_count(2)
            open_tab(page, "Quality")
            page.locator(".call summary").click()
            shares = page.locator("figure", has_text="Share of each speaker").locator(".key")
            expect(shares).to_have_text(["Speaker A 50%", "Speaker B 50%"])
            open_tab(page, "Transcribe")
            name_speaker(page, "李女士")
            open_tab(page, "Quality")
            expect(page.locator(".moment .speaker").first).to_have_text("李女士")
            expect(shares).to_have_text(["Speaker A 50%", "李女士 50%"])
            page.locator('.rule [data-part="speaker"]').select_option("B")
            expect(page.locator(".call .score")).to_have_text("possible anger of 李女士 10.0 s")
        with visiting(chromium, server.url) as another:
            another.evaluate("id => earshot.say('open-job', { id })", id)
            chip = another.locator('.segment .speaker[data-speaker="B"]')
            expect(chip).to_have_text("李女士")
            name_speaker(another, "")
            expect(chip).to_have_text("B")


def name_speaker(page: Page, name: str) -> None:
    page.locator('.segment .speaker[data-speaker="B"]').first.click()
    page.get_by_label("Name of speaker B").get_by_role("textbox").fill(name)
    with page.expect_response("**/console/corrected*"):
        page.keyboard.press("Enter")


def test_what_was_heard_once_more_is_what_is_opened(chromium: Browser, tmp_path: Path) -> None:
    """Whatever was corrected in the first hearing."""
    with running(tmp_path) as server, visiting(chromium, server.url) as page:
        id = server.heard(CALL, "call.wav", Ask(multichannel=True))
        page.evaluate("id => earshot.say('open-job', { id })", id)
        name_speaker(page, "Ms Li")
        select(page, 0)
        with page.expect_response("**/console/corrected*"):
            page.keyboard.press("Delete")
        left = len(segments(page))
        server.engine.lines = [Line("Heard once more.", Language.EN)]
        server.keeper.retry(id)
        server.await_end(id)
        page.evaluate("id => earshot.say('open-job', { id })", id)
        expect(page.locator(".segment .said").first).to_have_text("Heard once more.")
        assert len(segments(page)) > left
        assert {segment["text"] for segment in segments(page)} == {"Heard once more."}


def test_what_was_corrected_while_a_job_ran_is_in_the_whole_of_it(chromium: Browser, tmp_path: Path) -> None:
    with running(tmp_path) as server, visiting(chromium, server.url) as page:
        server.engine.rtf = 0.05
        minute = encode(np.concatenate([noise(-20, duration=60.0, seed=seed) for seed in (1, 2)]))
        job = server.keeper.add(io.BytesIO(minute), "call.wav", Ask(multichannel=True))
        while not server.keeper.get(job.id).heard:
            page.wait_for_timeout(20)
        server.engine.gate.clear()
        page.evaluate("id => earshot.say('open-job', { id })", job.id)
        expect(page.locator(".segment").first).to_be_visible()
        part = segments(page)
        assert not server.keeper.get(job.id).state.ended
        select(page, 0)
        page.keyboard.press("Delete")
        expect(page.locator(".segment")).to_have_count(len(part) - 1)
        server.engine.gate.set()
        server.await_end(job.id)
        with page.expect_response("**/console/corrected*"):
            page.evaluate("id => earshot.say('open-job', { id })", job.id)
        whole = [segment.text for segment in server.keeper.transcript(job.id).segments]
        assert len(whole) > len(part)
        assert [segment["text"] for segment in segments(page)] == whole
        page.click("#undo")
        expect(page.locator(".segment")).to_have_count(len(whole) + 1)


def test_a_name_is_given_where_it_was_typed(apart: Page, call: Path, tmp_path: Path) -> None:
    """Not in the recording that takes its place meanwhile; and what is clicked next is clicked."""
    other = tmp_path / "Other.wav"
    other.write_bytes(encode(np.concatenate([noise(-20, duration=8.0, seed=seed) for seed in (3, 4)])))
    chips, typed = apart.locator('.segment .speaker[data-speaker="B"]'), apart.locator("#speaker-name")
    chips.first.click()
    typed.fill("Ms Li")
    apart.locator('.filter[data-name="B"]').click()
    expect(apart.locator('.filter[data-name="B"]')).to_have_attribute("aria-pressed", "true")
    expect(apart.locator('.filter[data-name="B"] .word')).to_have_text("Ms Li")
    chips.first.click()
    typed.fill("Ms Wang")
    choose(apart, other)
    expect(apart.locator("#name-menu")).to_be_hidden()
    run(apart)
    expect(chips.first).to_have_text("B")
    choose(apart, call)
    expect(chips.first).to_have_text("Ms Wang")


def test_the_customers_anger_is_ranked_apart_and_each_ones_share_is_drawn(chromium: Browser, tmp_path: Path, axe: str) -> None:
    heard = talk(("您好", Emotion.NEUTRAL, "A"), ("不行", Emotion.ANGRY, "A"), ("我要投诉", Emotion.ANGRY, "B"))
    with running(tmp_path) as server:
        server.keeper.replace(server.heard(CALL, "call.wav", Ask(multichannel=True)), heard)
        with visiting(chromium, server.url) as page:
            open_tab(page, "Quality")
            expect(page.locator(".call .score")).to_have_text("possible anger 20.0 s")
            page.locator('.rule [data-part="speaker"]').select_option("B")
            expect(page.locator(".call .score")).to_have_text("possible anger of B 10.0 s")
            expect(page.locator(".moment .speaker").first).to_have_text("B")
            page.locator(".call summary").click()
            shares = page.locator("figure", has_text="Share of each speaker")
            expect(shares.locator(".key")).to_have_text(["Speaker A 67%", "Speaker B 33%"])
            assert not barriers(page, axe, "#quality")
            page.reload()
            page.wait_for_selector("#run")
            open_tab(page, "Quality")
            expect(page.locator('.rule [data-part="speaker"]')).to_have_value("B")
            expect(page.locator(".call .score")).to_have_text("possible anger of B 10.0 s")


def test_a_row_says_where_speakers_could_not_be_told_apart(chromium: Browser, tmp_path: Path) -> None:
    with running(tmp_path) as server, visiting(chromium, server.url) as page:
        open_tab(page, "Batch")
        page.check("#batch-multichannel")
        mono = encode(noise(-20, duration=4.0))
        sent = [
            {"name": name, "mimeType": "audio/wav", "buffer": sound} for name, sound in (("mono.wav", mono), ("call.wav", CALL))
        ]
        page.set_input_files("#batch-file", sent)
        expect(page.locator('#jobs .job[data-state="done"]')).to_have_count(2)
        expect(page.locator("#jobs .job", has_text="mono.wav").locator(".odd")).to_have_text(
            "There is one channel: speakers are not told apart."
        )
        expect(page.locator("#jobs .job", has_text="call.wav").locator(".odd")).to_have_count(0)
