"""Answers that come late, when a person has gone on: they take nothing back, and are not shown for what was asked since."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from speech.hearing import Ask
from speech.transcript import Emotion, Language, Segment, Transcript
from tests.fakes import Line
from tests.keeping.conftest import until
from tests.sounds import encode, noise

from .conftest import Browser, Page, Whole, expect, open_tab, running, sync_api, visiting
from .test_transcript import segments, select

Route = sync_api.Route

HOLDING = """() => {
  window.holds = "", window.held = [];
  for (const [owner, way] of [[earshot, "get"], [earshot, "post"], [window, "fetch"]]) {
    const ask = owner[way];
    owner[way] = async (place, more) => {
      const late = window.holds && String(place).includes(window.holds), answer = await ask(place, more);
      if (late) await new Promise(go => held.push(go));
      return answer;
    };
  }
}"""
RELEASED = "() => { window.holds = ''; for (const go of window.held.splice(0)) go(); }"
PAUSE = 400  # ms in which a page does whatever it does with an answer


@contextmanager
def late(page: Page, place: str, act: str, answers: int = 1) -> Iterator[None]:
    """What the act asks of that place is answered by the server, and comes to the page when this ends."""
    page.evaluate("place => { window.holds = place; }", place)
    page.evaluate(f"() => {{ {act} }}")
    page.wait_for_function("n => held.length === n", arg=answers)
    yield
    page.evaluate(RELEASED)
    page.wait_for_timeout(PAUSE)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Whole]:
    """A server without a past."""
    with running(tmp_path / "own") as started:
        yield started


@pytest.fixture
def page(chromium: Browser, own: Whole) -> Iterator[Page]:
    with visiting(chromium, own.url) as opened:
        opened.evaluate(HOLDING)
        yield opened


def sound(folder: Path, name: str, seconds: float) -> Path:
    path = folder / name
    path.write_bytes(encode(noise(-20, duration=seconds)))
    return path


def choose(page: Page, path: Path) -> None:
    page.set_input_files("#upload-file", path)
    expect(page.locator(".player .name")).to_have_text(path.name)


def asked(page: Page, place: str) -> int:
    """How often."""
    return sum(place in each for each in page.seen.asked)


LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


def test_a_list_of_jobs_takes_back_nothing_that_was_done_meanwhile(page: Page, tmp_path: Path) -> None:
    job = page.locator("#jobs .job")
    open_tab(page, "Batch")
    expect(page.locator(".batch > .nothing")).to_be_visible()
    with late(page, "v1/jobs?", LOOK):  # this list is empty
        with page.expect_response("**/v1/jobs"):
            page.set_input_files("#batch-file", sound(tmp_path, "a.wav", 4.0))
        expect(page.locator('.job[data-state="upload"]')).to_have_count(0)
    expect(page.locator('.job[data-state="done"]')).to_have_count(1)
    with late(page, "v1/jobs?", LOOK), page.expect_response(lambda answer: answer.request.method == "DELETE"):
        job.get_by_role("button", name="Delete").click()  # in this list it still is
    expect(job).to_have_count(0)


def test_of_two_jobs_the_one_that_was_opened_last_is_shown(page: Page, own: Whole) -> None:
    first, last = (own.heard(encode(noise(-20, duration=seconds)), f"{seconds:g} s.wav") for seconds in (8.0, 4.0))
    opened = "earshot.say('open-job', {{ id: '{}' }})"
    with late(page, f"v1/jobs/{first}", opened.format(first), answers=3):
        page.evaluate(opened.format(last))
        expect(page.locator(".player .name")).to_have_text("4 s.wav")
        shown = segments(page)
        assert shown
    expect(page.locator(".player .name")).to_have_text("4 s.wav")
    assert segments(page) == shown


def test_a_job_does_not_take_the_place_of_a_recording_that_came_meanwhile(page: Page, own: Whole, tmp_path: Path) -> None:
    job = own.heard(encode(noise(-20, duration=8.0)), "job.wav")
    with late(page, f"v1/jobs/{job}", f"earshot.say('open-job', {{ id: '{job}' }})", answers=3):
        choose(page, sound(tmp_path, "newer.wav", 4.0))
    expect(page.locator(".player .name")).to_have_text("newer.wav")


def test_what_was_cleaned_of_another_recording_is_not_played_for_this_one(page: Page, tmp_path: Path) -> None:
    compare, playing = page.locator("#compare"), "document.querySelector('.player audio').src"
    length = "async place => (await (await fetch(place)).arrayBuffer()).byteLength"
    choose(page, sound(tmp_path, "first.wav", 8.0))
    with late(page, "console/cleaned", "document.querySelector('#compare').click()"):
        expect(compare).to_be_disabled()
        choose(page, sound(tmp_path, "second.wav", 4.0))
        expect(compare).to_be_enabled()
        own = page.evaluate(playing)
    assert page.evaluate(playing) == own
    compare.click()
    expect(compare).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(length, page.evaluate(playing)) == pytest.approx(4 * 32_000, abs=2000)


def test_a_sample_that_is_chosen_while_a_file_is_sent_stays_chosen(page: Page, tmp_path: Path) -> None:
    sent: list[Route] = []
    page.route("**/console/upload", lambda route: sent.append(route))
    page.set_input_files("#upload-file", sound(tmp_path, "late.wav", 4.0))
    expect(page.locator(".bar")).to_be_visible()
    page.locator(".sample").first.click()
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".chosen-name")).to_have_text(page.inner_text(".sample .sample-title"))
    with suppress(sync_api.Error):  # it was given up
        sent[0].fulfill(json={"token": "late"})
    page.wait_for_timeout(PAUSE)
    expect(page.locator(".chosen-name")).to_have_text(page.inner_text(".sample .sample-title"))


def test_corrections_are_kept_in_the_order_in_which_they_were_made(page: Page, own: Whole) -> None:
    job = own.heard(encode(noise(-20, duration=30.0)), "long.wav")
    page.evaluate("id => earshot.say('open-job', { id })", job)
    expect(page.locator(".segment").first).to_be_visible()
    before = len(segments(page))
    select(page, 0)
    with late(page, "console/corrected", "document.querySelector('[data-act=delete]').click()"):
        page.locator("[data-act=delete]").click()
        page.wait_for_timeout(2 * PAUSE)
        assert asked(page, "/console/corrected") == 1  # a second one might be there before the first
    until(lambda: len(own.keeper.transcript(job).segments) == before - 2)
    assert len(segments(page)) == before - 2


def test_the_last_word_about_a_moment_holds(page: Page, own: Whole) -> None:
    job = own.heard(encode(noise(-20, duration=20.0)), "angry.wav")
    own.keeper.replace(job, Transcript((Segment("到现在都没有人来", 0, 15, Language.ZH, Emotion.ANGRY),), 20.0))
    open_tab(page, "Quality")
    verdict = page.locator(".call .moment").first.locator("[data-verdict]")
    expect(verdict).to_have_count(2)
    with late(page, "/verdicts", "document.querySelector('.call [data-verdict=confirm]').click()"):
        verdict.last.click()
        page.wait_for_timeout(PAUSE)
        assert asked(page, "/verdicts") == 1
    expect(page.locator(".score")).to_have_text("below the rule: possible anger")


def test_texts_are_in_the_style_that_was_chosen_last(page: Page, own: Whole) -> None:
    job = own.heard(encode(noise(-20, duration=8.0)), "talk.wav")
    page.evaluate("id => earshot.say('open-job', { id })", job)
    expect(page.locator(".segment").first).to_be_visible()
    with late(page, "console/texts", "window.first = earshot.exports.texts('emoji')"):
        page.evaluate("() => { window.holds = ''; window.last = earshot.exports.texts('zh'); }")
        page.evaluate("async () => { await last; }")
    first, last = page.evaluate("() => Promise.all([first, last])")
    assert first == last
    assert "[" in last[0]


# --- what somebody else has done meanwhile ---


def opened(page: Page, job: str) -> None:
    page.evaluate("id => earshot.say('open-job', { id })", job)
    expect(page.locator(".segment").first).to_be_visible()


def drop_first(page: Page) -> None:
    """Takes the first line away, and waits until that is kept."""
    select(page, 0)
    with page.expect_response("**/console/corrected*"):
        page.locator("[data-act=delete]").click()


def kept(server: Whole, job: str) -> list[str]:
    return [f"{segment.start:.1f} {segment.text}" for segment in server.keeper.transcript(job).segments]


def test_nobody_undoes_what_another_has_corrected(chromium: Browser, own: Whole) -> None:
    job = own.heard(encode(noise(-20, duration=30.0)), "call.wav")
    heard = kept(own, job)
    with visiting(chromium, own.url) as anna, visiting(chromium, own.url, lenient=True) as bert:
        for page in (anna, bert):
            opened(page, job)
        drop_first(anna)
        assert kept(own, job) == heard[1:]
        drop_first(bert)  # he has not seen what she did
        expect(bert.locator(".notice")).to_contain_text("corrected elsewhere")
        assert kept(own, job) == heard[1:]
        bert.click("#notice-do")
        expect(bert.locator(".notice")).to_contain_text("this is what the server keeps")
        expect(bert.locator(".segment")).to_have_count(len(heard) - 1)
        drop_first(bert)
        assert kept(own, job) == heard[2:]
        opened(anna, job)
        expect(anna.locator(".segment")).to_have_count(len(heard) - 2)
        expect(anna.locator(".notice")).to_contain_text("corrected elsewhere")
        drop_first(anna)
        assert kept(own, job) == heard[3:]
        anna.reload()
        anna.wait_for_selector("#run")
        opened(anna, job)
        anna.click("#undo")  # what she alone has done since can be undone
        expect(anna.locator(".segment")).to_have_count(len(heard) - 2)


def test_what_was_half_heard_does_not_take_the_place_of_the_whole(chromium: Browser, own: Whole) -> None:
    with visiting(chromium, own.url, lenient=True) as page:
        own.engine.rtf = 0.1
        job = own.keeper.add(io.BytesIO(encode(noise(-20, duration=60.0))), "call.wav", Ask()).id
        until(lambda: own.keeper.get(job).heard > 0)
        own.keeper.cancel(job)
        opened(page, job)
        own.engine.rtf = 0.0
        own.keeper.retry(job)
        own.await_end(job)
        whole = kept(own, job)
        assert len(segments(page)) < len(whole)
        drop_first(page)
        expect(page.locator(".notice")).to_contain_text("heard anew")
        assert kept(own, job) == whole


# --- while something is opened or heard ---


def test_a_job_is_not_opened_in_the_middle_of_a_run(page: Page, own: Whole, tmp_path: Path) -> None:
    job = own.heard(encode(noise(-20, duration=30.0)), "job.wav")
    choose(page, sound(tmp_path, "run.wav", 30.0))
    own.engine.rtf = 0.1
    page.click("#run")
    expect(page.locator(".segment").first).to_be_visible()
    page.evaluate("id => earshot.say('open-job', { id })", job)
    expect(page.locator(".notice")).to_contain_text("is being opened or heard")
    own.engine.rtf = 0.0
    page.wait_for_selector('.progress[data-phase="done"]')
    expect(page.locator(".player .name")).to_have_text("run.wav")
    opened(page, job)
    expect(page.locator(".player .name")).to_have_text("job.wav")


def test_a_run_that_is_asked_for_while_a_file_is_sent_begins_when_it_has_come(page: Page, tmp_path: Path) -> None:
    sent: list[Route] = []
    choose(page, sound(tmp_path, "before.wav", 4.0))
    page.route("**/console/upload", lambda route: sent.append(route))
    page.set_input_files("#upload-file", sound(tmp_path, "sent.wav", 8.0))
    expect(page.locator(".bar")).to_be_visible()
    page.click("#run")
    expect(page.locator(".notice")).to_have_text(re.compile("starts as soon as"))
    page.wait_for_timeout(PAUSE)
    assert not segments(page)
    sent[0].continue_()
    page.wait_for_selector('.progress[data-phase="done"]')
    expect(page.locator(".player .name")).to_have_text("sent.wav")
    assert segments(page)[-1]["end"] > 4


def test_a_recording_keeps_its_source_while_another_one_is_opened(page: Page, own: Whole, tmp_path: Path) -> None:
    page.evaluate("earshot.on('source', source => { window.source = source; })")
    choose(page, sound(tmp_path, "first.wav", 4.0))
    first = page.evaluate("source")
    page.click("#compare")
    expect(page.locator("#compare")).to_have_attribute("aria-pressed", "true")
    page.click("#run")
    page.wait_for_selector('.progress[data-phase="done"]')
    expect(page.locator("#compare")).to_have_attribute("aria-pressed", "true")  # and it is what is played
    held: list[Route] = []
    page.route("**/gradio_api/queue/join*", lambda route: held.append(route))
    page.set_input_files("#upload-file", sound(tmp_path, "second.wav", 8.0))
    expect(page.locator(".chosen-name")).to_have_text("second.wav")
    page.wait_for_timeout(PAUSE)
    assert page.evaluate("source") == first != {}
    expect(page.locator(".player .name")).to_have_text("first.wav")
    for route in held:
        route.continue_()
    expect(page.locator(".player .name")).to_have_text("second.wav")
    assert page.evaluate("source") not in (None, first)


# --- what is looked at again ---


def test_texts_are_renewed_also_after_another_tab(page: Page, own: Whole) -> None:
    opened(page, own.heard(encode(noise(-20, duration=30.0)), "a.wav"))
    rich = page.locator("#rich textarea")
    page.locator("#results").get_by_role("tab", name="Rich text").click()
    expect(rich).not_to_have_value("")
    before = rich.input_value()
    open_tab(page, "API")
    page.evaluate("earshot.transcript.replace([earshot.transcript.segments[0]], [])")
    page.wait_for_timeout(2 * PAUSE)
    open_tab(page, "Transcribe")
    expect(rich).not_to_have_value(before)
    assert before.endswith(rich.input_value())


def test_the_list_of_jobs_knows_what_was_judged_since(page: Page, own: Whole) -> None:
    job = own.heard(encode(noise(-20, duration=20.0)), "angry.wav")
    own.keeper.replace(job, Transcript((Segment("到现在都没有人来", 0, 15, Language.ZH, Emotion.ANGRY),), 20.0))
    open_tab(page, "Batch")
    expect(page.locator("#jobs .alerts")).to_have_count(1)
    open_tab(page, "Quality")
    page.locator(".call .moment").first.locator("[data-verdict=dismiss]").click()
    expect(page.locator(".score")).to_have_text("below the rule: possible anger")
    open_tab(page, "Batch")
    expect(page.locator("#jobs .alerts")).to_have_count(0)


def test_the_list_of_jobs_is_asked_for_while_files_come(page: Page, tmp_path: Path) -> None:
    """However fast they come."""
    open_tab(page, "Batch")
    expect(page.locator(".batch > .nothing")).to_be_visible()
    page.evaluate("""() => {
      const send = XMLHttpRequest.prototype.send;
      XMLHttpRequest.prototype.send = function (body) { setTimeout(() => send.call(this, body), 500); };
    }""")
    page.set_input_files("#batch-file", [sound(tmp_path, f"{n}.wav", 1.0 + n / 10) for n in range(8)])
    page.wait_for_function("document.querySelectorAll('.job[data-state=done]').length")
    assert page.locator('.job[data-state="upload"]').count()


def test_what_was_put_in_is_not_replaced_again(page: Page, own: Whole) -> None:
    own.engine.lines = [Line("cat and cat.", Language.EN)]
    opened(page, own.heard(encode(noise(-20, duration=3.0)), "cats.wav"))
    page.click("#find-open")
    page.fill("#find", "cat")
    page.fill("#replace", "cats")
    page.click("#replace-one")
    page.click("#replace-one")
    expect(page.locator(".segment .said").first).to_have_text("cats and cats.")
