"""Many files at once: sent, heard, stopped, fetched, and all of it still there for whoever comes back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from speech.transcript import Emotion, Language
from tests.fakes import Line
from tests.sounds import encode, noise

from .conftest import OVERFLOWING, Browser, Page, Whole, expect, open_tab, running, sync_api, visiting

Route = sync_api.Route

CANARY = '<img src=x onerror="window.PWN=1">.wav'
FORMATS = ("txt", "srt", "vtt", "json")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Twenty, of which two are no sound."""
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"call {n:02}.wav" for n in range(20)]
    for n, path in enumerate(paths):
        path.write_bytes(b"no sound" * 200 if n in (4, 11) else encode(noise(-20, duration=4.0, seed=n)))
    return paths


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Whole]:
    """A server without a past, with a folder of its own."""
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "kept here.wav").write_bytes(encode(noise(-20, duration=4.0, seed=77)))
    with running(tmp_path_factory.mktemp("own"), folders=(tmp_path / "calls",)) as started:
        yield started


def batch(page: Page) -> None:
    open_tab(page, "Batch")
    page.wait_for_selector("#batch-file", state="attached")


def rows(page: Page, state: str) -> object:
    return page.locator(f'#jobs .job[data-state="{state}"]')


def named(page: Page, name: str) -> object:
    return page.locator("#jobs .job").filter(has_text=name)


def test_twenty_files_of_which_two_are_bad(chromium: Browser, own: Whole, files: list[Path], tmp_path: Path) -> None:
    own.engine.rtf = 0.1
    with visiting(chromium, own.url) as page:
        batch(page)
        page.set_input_files("#batch-file", files)
        expect(page.locator("#jobs .job")).to_have_count(20)
        expect(rows(page, "upload")).to_have_count(0)
        expect(page.locator("#batch-sum")).to_contain_text("of 20 done")
    own.engine.rtf = 0.0
    with visiting(chromium, own.url) as page:  # closed in the middle, and opened again
        batch(page)
        expect(rows(page, "done")).to_have_count(18)
        expect(rows(page, "failed")).to_have_count(2)
        expect(named(page, "call 04").locator(".job-state")).to_contain_text("decoded")
        expect(named(page, "call 04").locator(".job-state")).to_contain_text("(unsupported_media_type)")
        expect(page.locator("#batch-sum")).to_have_text("18 of 20 done · 2 failed")
        assert page.locator(".job .emotion").count() == 18
        with page.expect_download() as downloading:
            page.click("#batch-zip")
        archive = zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes()))
        names = archive.namelist()
        assert sorted(names) == sorted(f"call_{n:02}.{form}" for n in range(20) if n not in (4, 11) for form in FORMATS)
        assert all(archive.read(name).strip() for name in names)
        page.click("#batch-delete-done")
        page.click("#batch-delete-done")
        expect(page.locator("#jobs .job")).to_have_count(2)


def test_a_batch_is_paused_and_goes_on_after_a_reload(chromium: Browser, own: Whole, files: list[Path]) -> None:
    own.engine.gate.clear()
    with visiting(chromium, own.url) as page:
        batch(page)
        page.set_input_files("#batch-file", [files[n] for n in (0, 1, 2, 3, 5, 6)])
        expect(rows(page, "running").first).to_be_visible()
        expect(page.locator("#jobs .job")).to_have_count(6)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#batch-sum")).to_contain_text("paused: what runs is finished")
        expect(rows(page, "waiting").first.locator(".job-state")).to_have_text("paused")
        begun = rows(page, "running").count()
        assert 0 < begun < 6
        own.engine.gate.set()
        expect(rows(page, "done")).to_have_count(begun)
        page.reload()
        batch(page)
        expect(rows(page, "waiting")).to_have_count(6 - begun)
        page.get_by_role("button", name="Resume").click()
        expect(rows(page, "done")).to_have_count(6)
        expect(page.locator("#batch-pause")).to_be_hidden()


def test_a_job_is_stopped_tried_again_opened_and_deleted(chromium: Browser, own: Whole, tmp_path: Path) -> None:
    long = tmp_path / "long.wav"
    long.write_bytes(encode(noise(-20, duration=60.0)))
    own.engine.rtf = 0.5
    with visiting(chromium, own.url) as page:
        batch(page)
        page.set_input_files("#batch-file", long)
        expect(named(page, "long").locator(".job-state")).to_contain_text("×")
        named(page, "long").get_by_role("button", name="Cancel").click()
        expect(rows(page, "cancelled")).to_have_count(1)
        own.engine.rtf = 0.0
        named(page, "long").get_by_role("button", name="Retry").click()
        expect(rows(page, "done")).to_have_count(1)
        named(page, "long").get_by_role("button", name="Open").click()
        expect(page.locator(".player .name")).to_have_text("long.wav")
        expect(page.locator("#segments .segment").first).to_be_visible()
        open_tab(page, "Batch")
        named(page, "long").get_by_role("button", name="Delete").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#jobs .job")).to_have_count(0)


def test_files_of_a_server_folder_are_picked_from_a_list(chromium: Browser, own: Whole) -> None:
    with visiting(chromium, own.url) as page:
        batch(page)
        page.click("#batch-folder")
        page.get_by_label("calls/kept here.wav").check()
        page.click("#folder-add")
        expect(named(page, "kept here.wav").locator(".job-state")).to_have_text("done")


def test_what_finds_no_place_is_sent_again_by_itself(chromium: Browser, own: Whole, files: list[Path]) -> None:
    refusals = [{"error": {"code": "queue_full", "message": "full"}}]

    def answer(route: Route) -> None:
        if route.request.method == "POST" and refusals:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json=refusals.pop())
        else:
            route.continue_()

    with visiting(chromium, own.url, lenient=True) as page:
        page.route("**/v1/jobs", answer)
        batch(page)
        page.set_input_files("#batch-file", files[:2])
        expect(rows(page, "done")).to_have_count(2)
        assert not refusals


def test_names_are_text_and_all_fits_a_phone_in_both_languages(chromium: Browser, own: Whole, tmp_path: Path) -> None:
    own.engine.gate.clear()
    path = tmp_path / "a.wav"
    path.write_bytes(encode(noise(-20, duration=4.0)))
    with visiting(chromium, own.url, width=360, locale="zh-CN") as page:
        open_tab(page, "批量")
        page.set_input_files("#batch-file", [{"name": CANARY, "mimeType": "audio/wav", "buffer": path.read_bytes()}] * 4)
        expect(page.locator("#jobs .job")).to_have_count(4)
        expect(rows(page, "upload")).to_have_count(0)
        expect(page.locator("#jobs")).to_contain_text("排队第 1")
        assert page.locator(".job-name").first.text_content() == CANARY
        assert page.evaluate("window.PWN") is None
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(OVERFLOWING) == []
        page.click("#batch-cancel-all")
        expect(rows(page, "cancelled")).to_have_count(4)
        own.engine.gate.set()


def test_a_row_says_how_many_moments_are_to_listen_to(own: Whole, chromium: Browser, tmp_path: Path) -> None:
    own.engine.lines = [Line("这已经是第三次了。", Language.ZH, Emotion.ANGRY)]
    call = tmp_path / "call.wav"
    call.write_bytes(encode(noise(-20, duration=30.0)))
    with visiting(chromium, own.url) as page:
        page.evaluate(
            'localStorage.setItem("earshot.rules", \'{"rules": [{"label": "angry", "seconds": 2, "within": 60}], "by": 0}\')'
        )
        open_tab(page, "Batch")
        page.set_input_files("#batch-file", call)
        expect(page.locator("#jobs .alerts")).to_have_text("⚠ 1 to listen to")


def test_one_recordings_corrections_never_reach_anothers_job(chromium: Browser, own: Whole, files: list[Path]) -> None:
    own.engine.lines = [Line("One and two.", Language.EN)]
    ids = [own.heard(files[n].read_bytes(), f"job {n}.wav") for n in (0, 1)]
    heard = {id: said(own, id) for id in ids}
    with visiting(chromium, own.url) as page:
        page.set_input_files("#upload-file", files[2])
        page.wait_for_selector('.player[data-empty="false"]')
        page.click("#run")
        page.wait_for_selector('.progress[data-phase="done"]')
        for name, text in (("", "of an upload"), ("job 0", "of the first job"), ("job 1", "")):
            if name:
                batch(page)
                named(page, name).get_by_role("button", name="Open").click()
                expect(page.locator(".player .facts, #media")).to_contain_text(name)
            if text:
                page.locator(".segment .time").first.click()
                page.evaluate("document.activeElement.blur()")
                page.keyboard.press("e")
                page.keyboard.press("Control+a")
                page.keyboard.type(text)
                page.keyboard.press("Escape")
                page.wait_for_timeout(600)  # it is stored
        page.wait_for_timeout(600)
    assert said(own, ids[0])[0] == "of the first job"
    assert said(own, ids[1]) == heard[ids[1]]


def said(server: Whole, id: str) -> list[str]:
    return [segment.text for segment in server.keeper.transcript(id).segments]


def test_a_job_on_the_page_is_not_taken_for_the_file_that_was_chosen(chromium: Browser, own: Whole, files: list[Path]) -> None:
    own.heard(files[0].read_bytes(), "a job.wav")
    with visiting(chromium, own.url) as page:
        page.set_input_files("#upload-file", files[1])
        page.wait_for_selector('.player[data-empty="false"]')
        batch(page)
        named(page, "a job").get_by_role("button", name="Open").click()
        page.wait_for_selector(".segment")
        expect(page.locator(".chosen")).to_be_hidden()
        before = page.locator(".segment .said").all_text_contents()
        page.click("#run")
        expect(page.locator(".notice")).to_contain_text("Retry in the Batch tab")
        assert page.locator(".segment .said").all_text_contents() == before
        page.set_input_files("#upload-file", files[1])
        page.wait_for_function("document.querySelector('#media, .facts').textContent.includes('call 01')")
        page.click("#run")
        page.wait_for_selector('.progress[data-phase="done"]')
