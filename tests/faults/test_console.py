"""What a person, or a program that plays one, can do to the console."""

from __future__ import annotations

import json
import logging
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from settings import Limits, Settings
from tests.faults.door import Door, opened
from tests.processes import resident
from tests.sounds import encode, noise
from tests.ui.conftest import CHROMIUM, SWITCHES

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page, Browser, expect = sync_api.Page, sync_api.Browser, sync_api.expect

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pandas', of Gradio's queue
in_a_browser = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"{CHROMIUM} is not there")

PATIENCE = 60_000  # ms
TALK = encode(noise(-20, duration=4.0))
LONG = encode(noise(-20, duration=120.0))
KEY = "the-only-key-of-this-server"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the console keeps its files."""
    made = tmp_path_factory.mktemp("console")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(made))
        patch.setattr(tempfile, "tempdir", str(made))
        yield made


@pytest.fixture(scope="module")
def door(folder: Path) -> Iterator[Door]:
    with opened(Settings(hosts=("asr.test",), limits=Limits(upload=5_000_000))) as it:
        yield it


@pytest.fixture
def client(door: Door) -> Iterator[httpx.Client]:
    with door.client() as it:
        yield it


# --- a program ---


def sent(client: httpx.Client, content: bytes = TALK, name: str = "talk.wav") -> str:
    answer = client.post("/console/upload", content=content, headers={"x-file-name": quote(name)})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def opening(client: httpx.Client) -> int:
    """The number of the event that opens a chosen file."""
    events = [event for event in client.get("/config").json()["dependencies"] if event["backend_fn"]]
    return next(int(event["id"]) for event in events if len(event["inputs"]) == 1)


def ask(client: httpx.Client, number: int, data: list[object], session: str) -> str:
    """The whole answer to an event, as it is streamed."""
    body = {"data": data, "fn_index": number, "session_hash": session, "event_data": None, "trigger_id": None}
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    answer = ""
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
        for line in lines.iter_lines():
            answer += line
            if '"process_completed"' in line or '"close_stream"' in line:
                break
    return answer


def sound_of(client: httpx.Client, name: str, session: str) -> str:
    """Where the sound of an upload is served."""
    told = ask(client, opening(client), [{"token": sent(client, TALK, name)}], session)
    found = re.search(r"/gradio_api/file=[^\"\\]+sound\.wav", told)
    assert found, told[-500:]
    return found[0]


@pytest.mark.parametrize("shape", ["path", "file", "token", "sample"])
def test_no_event_reads_a_file_of_this_machine(client: httpx.Client, folder: Path, shape: str) -> None:
    meta: dict[str, object] = {"meta": {"_type": "gradio.FileData"}} if shape == "file" else {}
    field = "path" if shape == "file" else shape
    events = [event for event in client.get("/config").json()["dependencies"] if event["backend_fn"]]
    for place in ("/etc/passwd", "/proc/self/environ"):
        for event in events:
            posted = [{field: place, **meta} for _ in event["inputs"]]
            body = {"data": posted, "fn_index": event["id"], "session_hash": f"a{shape}{event['id']}"}
            told = client.post("/gradio_api/run/predict", json=body).text
            if event["queue"] is not False:
                told += ask(client, int(event["id"]), list(posted), f"b{shape}{event['id']}{len(place)}")
            assert "root:" not in told
            assert "GRADIO_TEMP_DIR" not in told
            assert "sound.wav" not in told
    assert not [*folder.rglob("passwd*"), *folder.rglob("environ*")]
    for path in ("/gradio_api/call/open", "/gradio_api/call/v2/open", "/gradio_api/api/predict", "/gradio_api/run/open"):
        assert client.post(path, json={"data": [{"path": "/etc/passwd"}]}).status_code == 404


NAMES = [
    "../../x.wav",
    "/etc/cron.d/x",
    "nul\0.wav",
    "x" * 4000 + ".wav",
    "\u202egpj.wav",
    "con.wav",
    'a"b;\r\nX: y.wav',
    "我的 录音.wav",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_only_ever_shown(client: httpx.Client, folder: Path, name: str) -> None:
    told = ask(client, opening(client), [{"token": sent(client, TALK, name)}], f"named{NAMES.index(name)}")
    assert "sound.wav" in told
    kept = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"uploads/[0-9a-f]{64}|[0-9a-f]{32}/sound\.wav", path) for path in kept)
    heard = client.post("/asr", files={"audio_file": (name.replace("\0", "").replace("\r\n", ""), TALK)})
    assert heard.status_code == 200
    assert "x: y" not in heard.headers
    assert re.fullmatch(r'attachment; filename="[\w.%-]*"', heard.headers["content-disposition"])


def test_a_file_is_served_by_the_address_that_nobody_can_guess_alone(client: httpx.Client, folder: Path) -> None:
    address = sound_of(client, "talk.wav", "served")
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.headers["x-content-type-options"] == "nosniff"
    place = address.removeprefix("/gradio_api/file=")
    (folder / "notes.txt").write_text("of the server")
    wrong = ["/etc/passwd", str(folder), str(folder / "notes.txt"), f"{folder}/../../etc/passwd", f"{place}/../../notes.txt"]
    wrong += [str(Path(place).parent), f"{place[:-12]}..%2fnotes.txt", "relative", "C:/windows/win.ini"]
    for path in [*wrong, *(str(path) for path in (folder / "uploads").iterdir())]:
        refused = client.get(f"/gradio_api/file={quote(path)}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "path_not_allowed"), path
        assert "of the server" not in refused.text


def test_what_a_browser_would_run_comes_as_an_attachment(client: httpx.Client, folder: Path) -> None:
    place = folder / ("0" * 32)
    place.mkdir(exist_ok=True)
    (place / "talk.html").write_text("<script>")
    answer = client.get(f"/gradio_api/file={place}/talk.html")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [
        ("bytes=0-9", 206, 10),
        ("bytes=100-", 206, None),
        ("bytes=-1", 206, 1),
        ("bytes=99999999-", 416, None),
        ("bytes=99999998-99999999", 416, None),
        ("bytes=5-2", 400, None),
        ("bytes=" + ",".join("0-0" for _ in range(3_000)), 200, None),
        ("bytes=" + ",".join(f"{i}-{i}" for i in range(1_500)), 200, None),
        ("bytes=0-0,2-2", 206, None),
        ("lines=1-2", 400, None),
        ("bytes=a-b", 400, None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_range_is_answered_or_refused_and_never_costs_much(
    client: httpx.Client, asked: str, status: int, length: int | None
) -> None:
    address = sound_of(client, "talk.wav", f"range{hash(asked)}")
    began = time.monotonic()
    answer = client.get(address, headers={"range": asked, "cookie": "earshot=secret"})
    assert (answer.status_code, time.monotonic() - began < 2) == (status, True)
    assert "secret" not in str(answer.headers)
    if length is not None:
        assert len(answer.content) == length
    if status == 416:
        assert answer.headers["content-range"].startswith("bytes */")
    assert len(answer.content) < 300_000


def test_two_uploads_of_the_same_file_are_two(client: httpx.Client, folder: Path) -> None:
    before = {*(folder / "uploads").iterdir()} if (folder / "uploads").exists() else set()
    with ThreadPoolExecutor(2) as pool:
        tokens = list(pool.map(lambda _: sent(client), range(2)))
    added = {*(folder / "uploads").iterdir()} - before
    assert (len(set(tokens)), len(added)) == (2, 2)
    first, second = sorted(added)
    first.unlink()
    assert second.read_bytes() == TALK
    told = [ask(client, opening(client), [{"token": token}], f"twin{token}") for token in tokens]
    assert sorted("sound.wav" in one for one in told) == [False, True]
    second.unlink()


def test_an_upload_that_breaks_off_leaves_nothing(door: Door, folder: Path) -> None:
    uploads = folder / "uploads"
    uploads.mkdir(exist_ok=True)
    before = {*uploads.iterdir()}
    with door.connect() as wire:
        wire.sendall(b"POST /console/upload HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4000000\r\n\r\n" + bytes(3_000_000))
        deadline = time.monotonic() + 5
        while not {*uploads.iterdir()} - before and time.monotonic() < deadline:
            time.sleep(0.02)
        assert {*uploads.iterdir()} - before
    deadline = time.monotonic() + 5
    while {*uploads.iterdir()} != before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {*uploads.iterdir()} == before


@pytest.mark.slow
def test_sessions_without_end_do_not_fill_the_memory(client: httpx.Client) -> None:
    number = opening(client)

    def come(many: range) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda i: ask(client, number, [{"path": "x" * 90_000}], f"passer{i}"), many))

    come(range(220))  # more than the 200 that are remembered
    before = resident("self")
    come(range(220, 470))
    assert resident("self") - before < 20_000_000  # 250 sessions that kept what they sent would be 22 MB and more


# --- a person ---


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Nobody is at hand to allow it a microphone."""
    expect.set_options(timeout=PATIENCE)
    switches = [switch for switch in SWITCHES if switch != "--use-fake-ui-for-media-stream"]
    with sync_api.sync_playwright() as playwright:
        it = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*switches, "--host-resolver-rules=MAP asr.test 127.0.0.1"]
        )
        yield it
        it.close()


@contextmanager
def visiting(browser: Browser, url: str, locale: str = "en-US") -> Iterator[Page]:
    context = browser.new_context(locale=locale)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#run")
    page.wait_for_selector("#samples:not([hidden])")
    yield page
    context.close()


def choose(page: Page, file: Path) -> None:
    page.set_input_files("#upload-file", file)
    page.wait_for_selector('.player[data-empty="false"]')


def within(seconds: float, true: object) -> float:
    """Seconds until it is true."""
    began = time.monotonic()
    while not true():  # type: ignore[operator]
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.alone
@in_a_browser
def test_closing_the_tab_frees_the_engine(door: Door, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    file.write_bytes(LONG)
    door.engine.rtf = 0.2
    try:
        with visiting(browser, door.url) as page:
            choose(page, file)
            page.click("#run")
            page.wait_for_selector(".segment")
            assert door.transcriber.load.requests == 1
            page.close()
            took = within(2.0, lambda: door.transcriber.load.requests == 0)
        assert took < 2.0
        batches = len(door.engine.batches)
        time.sleep(1.0)
        assert len(door.engine.batches) <= batches + 1
    finally:
        door.engine.rtf = 0.0


@in_a_browser
def test_a_fault_without_a_name_is_told_by_the_number_it_has_in_the_log(
    door: Door, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("/home/somebody/secret.wav")

    monkeypatch.setattr("ui.desk.files.open_file", broken)
    file = tmp_path / "talk.wav"
    file.write_bytes(TALK)
    for locale, words in (("en-US", "Something went wrong"), ("zh-CN", "出错了")):
        caplog.clear()
        with visiting(browser, door.url, locale) as page:
            page.set_input_files("#upload-file", file)
            expect(page.locator("#progress-text")).to_contain_text(words)
            told = page.inner_text("#progress-text")
            assert "secret" not in page.content()
            expect(page.locator("#run")).to_be_enabled()
        (number,) = re.findall(r"\b[0-9a-f]{8}\b", told)
        assert [record for record in caplog.records if number in record.getMessage() and record.levelno == logging.ERROR]


@in_a_browser
def test_a_full_queue_is_told_in_words_and_the_button_works_again(
    door: Door, browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held = threading.Event()
    real = door.transcriber.open
    monkeypatch.setattr(door.transcriber, "open", lambda *asked: (held.wait(60), real(*asked))[1])
    file = tmp_path / "talk.wav"
    file.write_bytes(TALK)
    try:
        with door.client() as client, visiting(browser, door.url, "zh-CN") as page:
            number, token = opening(client), sent(client)
            for i in range(40):
                body = {"data": [{"token": token}], "fn_index": number, "session_hash": f"crowd{i}"}
                answer = client.post("/gradio_api/queue/join", json=body)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (429, "queue_full")
            assert "16 requests" in error["message"]
            page.click("#run")
            expect(page.locator("#progress-text")).to_have_text("队列已满，请约 10 秒后再试。")
            page.click("#tongue")
            expect(page.locator("#progress-text")).to_contain_text("The queue is full: 16 requests")
            expect(page.locator("#run")).to_be_enabled()
            held.set()
            monkeypatch.undo()
            within(30, lambda: client.get("/health").json()["status"] == "ok" and joined(client, number))
            page.click("[data-file]")
            page.wait_for_selector('.player[data-empty="false"]')
            page.click("#run")
            page.wait_for_selector('.progress[data-phase="done"]')
    finally:
        held.set()


def joined(client: httpx.Client, number: int) -> bool:
    body = {"data": [{}], "fn_index": number, "session_hash": "late"}
    return client.post("/gradio_api/queue/join", json=body).status_code == 200


@in_a_browser
@pytest.mark.parametrize(
    ("host", "words"),
    [("127.0.0.1", "The browser was not allowed to use the microphone."), ("asr.test", "opened through https or localhost")],
)
def test_why_nothing_can_be_recorded_is_explained(door: Door, browser: Browser, host: str, words: str) -> None:
    with visiting(browser, f"http://{host}:{door.port}") as page:
        page.click("#record")
        expect(page.locator(".source .trouble")).to_contain_text(words)


@in_a_browser
def test_the_console_is_whole_behind_a_key(folder: Path, browser: Browser, tmp_path: Path) -> None:
    """Asked once; then every tab and /docs work under the policy without an error."""
    file = tmp_path / "talk.wav"
    file.write_bytes(TALK)
    with opened(Settings(api_keys=(SecretStr(KEY),))) as locked:
        context = browser.new_context(locale="zh-CN")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: errors.append(str(fault)))
        page.goto(locked.url)
        page.fill("#key", "nonsense")
        page.click("button")
        expect(page.locator("[role=alert]")).to_be_visible()
        page.fill("#key", KEY)
        errors.clear()  # Chromium notes each 401
        page.click("button")
        page.wait_for_selector("#samples:not([hidden])")
        assert KEY not in page.url
        choose(page, file)
        page.click("#run")
        page.wait_for_selector('.progress[data-phase="done"]')
        for tab in ("#tab-rich-button", "#tab-raw-button", "#tab-json-button", "#tab-segments-button"):
            page.click(tab)
            page.wait_for_timeout(100)
        with page.expect_download() as download:
            page.click("#download-json")
        assert json.loads(Path(download.value.path()).read_text())["segments"]
        page.get_by_role("tab", name="接口").click()
        page.wait_for_selector("#snippets pre")
        page.goto(f"{locked.url}/docs")
        page.wait_for_selector(".opblock")
        assert page.evaluate("document.cookie") == ""
        context.close()
    assert errors == []
