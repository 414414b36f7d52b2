from __future__ import annotations

import hashlib
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models import ModelOptions, hubs, preflight
from models.checkpoints import Checkpoint, CheckpointOptions, DownloadProgress, available, download, find, verify
from models.hubs import HUGGING_FACE, MODELSCOPE
from models.manifest import RELEASED, ExpectedFile
from models.sensevoice import SenseVoiceOptions
from speech.errors import (
    CheckpointCorrupt,
    CheckpointMissing,
    CheckpointNotSaved,
    EngineUnavailable,
    HubLacksFile,
    HubUnreachable,
    NoGpu,
    UnknownCheckpoint,
    UnsafeEnvironment,
)
from tests.fakes_hub import FakeHub

BPE = "chn_jpn_yue_eng_ko_spectok.bpe.model"
CONTENT = {
    "configuration.json": b"{}",
    "config.yaml": b"model: SenseVoiceSmall\n",
    "am.mvn": b"<AddShift> 560 560",
    "tokens.json": b'["<unk>"]',
    BPE: b"pieces",
    "model.pt": random.Random(0).randbytes(300_000),
}
SIZE = sum(map(len, CONTENT.values()))


def expected(content: dict[str, bytes]) -> tuple[ExpectedFile, ...]:
    optional = {"tokens.json"}
    return tuple(
        ExpectedFile(name, len(text), hashlib.sha256(text).hexdigest(), needed=name not in optional)
        for name, text in content.items()
    )


SMALL = expected(CONTENT)


@pytest.fixture(autouse=True)
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cache, mirror or proxy of whoever runs the tests; no waiting between attempts."""
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "MODELSCOPE_ENDPOINT", "HF_ENDPOINT", "HF_HUB_CACHE"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    monkeypatch.delenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", raising=False)
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "modelscope"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.setattr(hubs, "PAUSES", (0.0, 0.01))


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub(CONTENT) as fake:
        yield fake


@pytest.fixture
def options(hub: FakeHub, tmp_path: Path) -> CheckpointOptions:
    demo = tmp_path / "demo"
    write(demo, CONTENT)
    facts = {file.name: {"size": file.size, "sha256": file.sha256} for file in SMALL}
    (demo / "manifest.json").write_text(json.dumps(facts))
    return CheckpointOptions(home=tmp_path / "home", endpoint=hub.endpoint, demo=demo)


def write(folder: Path, content: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, text in content.items():
        (folder / name).write_bytes(text)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def own_folder(options: CheckpointOptions) -> Path:
    return options.home / "iic__SenseVoiceSmall" / MODELSCOPE.revision


def partial(options: CheckpointOptions) -> Path:
    return own_folder(options).with_name(f"{MODELSCOPE.revision}.partial")


def nothing_listens() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


# --- the download ---


def test_a_download_brings_every_file_and_is_a_cache_the_next_time(hub: FakeHub, options: CheckpointOptions) -> None:
    first = find(options, manifest=SMALL)
    assert (first.folder, read(first.folder)) == (own_folder(options), CONTENT)
    assert (first.info.name, first.info.source) == ("iic/SenseVoiceSmall", "download")
    assert MODELSCOPE.revision in first.info.detail
    assert not partial(options).exists()
    asked = hub.connections
    second = find(options, manifest=SMALL)
    assert (second.folder, second.info.source) == (first.folder, "cache")
    assert hub.connections == asked


def test_the_pinned_commit_is_asked_for(hub: FakeHub, options: CheckpointOptions) -> None:
    find(options, manifest=SMALL)
    assert {asked.revision for asked in hub.asked} == {MODELSCOPE.revision}


def test_a_hub_that_does_not_know_the_commit_is_asked_for_its_branch(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.revisions = {"master"}
    assert read(find(options, manifest=SMALL).folder) == CONTENT


def test_hugging_face_has_a_twin_without_tokens_json(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.redirect = True
    hub.missing = {"tokens.json"}
    hub.cut = {"model.pt": [100_000]}
    seen: list[DownloadProgress] = []
    twin = find(replace(options, hub="hf"), seen.append, SMALL)
    assert twin.folder == options.home / "FunAudioLLM__SenseVoiceSmall" / HUGGING_FACE.revision
    assert read(twin.folder) == {name: text for name, text in CONTENT.items() if name != "tokens.json"}
    assert twin.info.name == "FunAudioLLM/SenseVoiceSmall"
    assert [asked.begin for asked in hub.requests_for("model.pt")] == [None, 100_000]
    assert seen[-1].done == SIZE


def test_a_repo_that_is_named_chooses_its_hub(hub: FakeHub, options: CheckpointOptions) -> None:
    assert find(replace(options, model=HUGGING_FACE.repo), manifest=SMALL).info.name == HUGGING_FACE.repo
    assert {asked.revision for asked in hub.asked} == {HUGGING_FACE.revision}


def test_a_break_is_gone_on_from_without_sending_bytes_twice(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.cut = {"model.pt": [123_456]}
    assert read(find(options, manifest=SMALL).folder) == CONTENT
    first, second = hub.requests_for("model.pt")
    assert (first.begin, second.begin) == (None, 123_456)
    assert first.sent + second.sent == len(CONTENT["model.pt"])


def test_any_number_of_breaks_is_gone_on_from_as_long_as_bytes_come(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.cut = {"model.pt": [50_000] * 5}
    assert read(find(options, manifest=SMALL).folder) == CONTENT
    assert [asked.begin for asked in hub.requests_for("model.pt")] == [None, *range(50_000, 300_000, 50_000)]


def test_a_hub_that_breaks_off_ever_earlier_is_given_up(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.ranges = False
    hub.cut = {"model.pt": [200_000, 100_000, 150_000, 100_000, 150_000]}
    with pytest.raises(HubUnreachable, match="broke off"):
        download(options, manifest=SMALL)
    assert len(hub.requests_for("model.pt")) == 3


def test_a_break_without_announced_sizes_is_noticed(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.announce = False
    hub.cut = {"model.pt": [123_456]}
    assert read(find(options, manifest=SMALL).folder) == CONTENT
    assert hub.requests_for("model.pt")[1].begin == 123_456


def test_a_hub_without_ranges_is_read_from_the_start(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.ranges = False
    hub.cut = {"model.pt": [123_456]}
    assert read(find(options, manifest=SMALL).folder) == CONTENT
    assert [asked.sent for asked in hub.requests_for("model.pt")] == [123_456, 300_000]


def test_a_range_that_begins_elsewhere_is_not_joined(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.shift = 7
    hub.cut = {"model.pt": [123_456]}
    assert read(find(options, manifest=SMALL).folder) == CONTENT


def test_a_stopped_download_is_not_in_place_and_the_next_one_goes_on(
    hub: FakeHub, options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Exception):
        pass

    def stop(progress: DownloadProgress) -> None:
        if progress.done > 150_000:
            raise Stop

    monkeypatch.setattr(hubs, "REPORT_EVERY", 0.0)
    with pytest.raises(Stop):
        find(options, stop, SMALL)
    assert not own_folder(options).exists()
    kept = (partial(options) / "model.pt.part").stat().st_size
    assert 0 < kept < 300_000
    assert read(find(options, manifest=SMALL).folder) == CONTENT
    assert hub.requests_for("model.pt")[-1].begin == kept
    assert len(hub.requests_for("am.mvn")) == 1


def test_a_hub_that_goes_away_leaves_the_part_and_says_how_far_it_came(
    hub: FakeHub, options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.ranges = False
    hub.cut = {"model.pt": [100_000]}
    monkeypatch.setattr(hubs, "PAUSES", ())
    with pytest.raises(HubUnreachable, match=r"model\.pt broke off at 100,000 of 300,000 bytes"):
        download(options, manifest=SMALL)
    assert not own_folder(options).exists()
    assert (partial(options) / "model.pt.part").stat().st_size == 100_000


@pytest.mark.parametrize("file", ["model.pt", "config.yaml"])
def test_a_wrong_byte_is_corrupt_and_nothing_is_in_place(hub: FakeHub, options: CheckpointOptions, file: str) -> None:
    hub.wrong = {file}
    with pytest.raises(CheckpointCorrupt, match=rf"{file}.*sha256"):
        find(options, manifest=SMALL)
    assert not own_folder(options).exists()
    assert not (partial(options) / f"{file}.part").exists()
    hub.wrong = set()
    assert read(find(options, manifest=SMALL).folder) == CONTENT


def test_another_size_is_refused_before_it_comes_in(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.files = CONTENT | {"model.pt": b"0" * 300_001}
    with pytest.raises(CheckpointCorrupt, match="offers 300,001 bytes instead of 300,000"):
        find(options, manifest=SMALL)


def test_more_bytes_than_expected_are_not_written_for_ever(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.announce = False
    hub.files = CONTENT | {"am.mvn": b"0" * 1_000}
    with pytest.raises(CheckpointCorrupt, match=r"am\.mvn.*sends more than its 18 bytes"):
        find(options, manifest=SMALL)


def test_a_part_longer_than_the_file_is_begun_anew(options: CheckpointOptions) -> None:
    write(partial(options), {"model.pt.part": b"0" * 300_001})
    assert read(find(options, manifest=SMALL).folder) == CONTENT


def test_a_part_that_the_hub_has_no_more_of_is_begun_anew(hub: FakeHub, options: CheckpointOptions) -> None:
    write(partial(options), {"model.pt.part": b"0" * 250_000})
    hub.files = CONTENT | {"model.pt": b"0" * 200_000}
    with pytest.raises(CheckpointCorrupt, match="offers 200,000 bytes instead of 300,000"):
        find(options, manifest=SMALL)
    hub.files = CONTENT
    assert read(find(options, manifest=SMALL).folder) == CONTENT


def test_a_damaged_folder_of_ours_is_replaced(options: CheckpointOptions) -> None:
    write(own_folder(options), CONTENT | {"model.pt": b"short", "stray": b""})
    assert read(find(options, manifest=SMALL).folder) == CONTENT


def test_progress_rises_to_the_total(hub: FakeHub, options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "REPORT_EVERY", 0.0)
    hub.ranges = False  # after the cut the file begins anew
    hub.cut = {"model.pt": [200_000]}
    seen: list[DownloadProgress] = []
    find(options, seen.append, SMALL)
    done = [progress.done for progress in seen]
    assert done == sorted(set(done))
    assert {progress.total for progress in seen} == {SIZE}
    assert (done[-1], seen[-1].file) == (SIZE, "model.pt")
    assert len(done) > len(CONTENT)


def test_progress_is_told_now_and_then(options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "REPORT_EVERY", 60.0)
    seen: list[DownloadProgress] = []
    find(options, seen.append, SMALL)
    assert len(seen) == 2
    assert seen[-1].done == SIZE


def test_of_two_threads_one_downloads_and_both_have_it(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.delay = 0.05
    found: list[Checkpoint] = []
    threads = [threading.Thread(target=lambda: found.append(find(options, manifest=SMALL))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [read(checkpoint.folder) for checkpoint in found] == [CONTENT] * 3
    assert len(hub.requests_for("model.pt")) == 1


def test_of_two_processes_one_downloads_and_both_have_it(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.delay = 0.2
    program = f"""
from pathlib import Path
from models.checkpoints import CheckpointOptions, find
from models.manifest import ExpectedFile
print(find(CheckpointOptions(home=Path({str(options.home)!r}), endpoint={hub.endpoint!r}), manifest={SMALL!r}).folder)
"""
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        for _ in range(2)
    ]
    assert {process.communicate(timeout=30)[0].strip() for process in started} == {str(own_folder(options))}
    assert read(own_folder(options)) == CONTENT
    assert len(hub.requests_for("model.pt")) == 1


def test_a_full_disk_is_named_before_the_download(
    hub: FakeHub, options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1_000}))
    with pytest.raises(CheckpointNotSaved, match="EARSHOT_HOME"):
        find(options, manifest=SMALL)
    assert hub.requests_for("model.pt") == []


def test_a_home_that_cannot_be_written_is_named(options: CheckpointOptions, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CheckpointNotSaved, match="EARSHOT_HOME"):
        find(replace(options, home=tmp_path / "file"), manifest=SMALL)


# --- no hub ---


def test_a_hub_has_five_seconds() -> None:
    assert CheckpointOptions().answer_within == 5.0


@pytest.mark.alone
def test_a_hub_that_is_slow_to_answer_means_the_demo(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.delay = 30.0
    begin = time.monotonic()
    checkpoint = find(replace(options, answer_within=0.3), manifest=SMALL)
    assert time.monotonic() - begin < 1.5
    assert checkpoint.folder == options.demo
    assert (checkpoint.info.name, checkpoint.info.demo) == ("earshot-demo", True)
    assert checkpoint.info.detail == "The model hub ModelScope could not be reached: no answer within 0.3 s."


@pytest.mark.alone
def test_a_name_lookup_that_hangs_means_the_demo(options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: object, **__: object) -> None:
        over.wait(30)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    begin = time.monotonic()
    assert find(replace(options, answer_within=0.3), manifest=SMALL).info.demo
    assert time.monotonic() - begin < 1.5
    over.set()


def test_no_hub_means_the_demo_and_says_why(options: CheckpointOptions) -> None:
    checkpoint = find(replace(options, endpoint=nothing_listens()), manifest=SMALL)
    assert checkpoint.folder == options.demo
    assert "ModelScope could not be reached: ConnectError" in checkpoint.info.detail


@pytest.mark.parametrize(("file", "told"), [("configuration.json", "answered 500"), ("model.pt", "broke off at 0")])
def test_a_hub_that_answers_500_means_the_demo(hub: FakeHub, options: CheckpointOptions, file: str, told: str) -> None:
    hub.status = {file: 500}
    checkpoint = find(options, manifest=SMALL)
    assert checkpoint.info.demo
    assert told in checkpoint.info.detail


def test_a_hub_without_the_weights_means_the_demo(hub: FakeHub, options: CheckpointOptions) -> None:
    hub.missing = {"model.pt"}
    assert f"ModelScope has no model.pt at revision {MODELSCOPE.revision}" in find(options, manifest=SMALL).info.detail


def test_the_released_model_asked_for_by_name_is_never_the_demo(hub: FakeHub, options: CheckpointOptions) -> None:
    named = replace(options, model="iic/SenseVoiceSmall")
    with pytest.raises(HubUnreachable):
        find(replace(named, endpoint=nothing_listens()), manifest=SMALL)
    hub.missing = {"model.pt"}
    with pytest.raises(HubLacksFile):
        find(named, manifest=SMALL)


@pytest.mark.parametrize("model", ["auto", "demo"])
def test_offline_means_not_one_connection(
    hub: FakeHub, options: CheckpointOptions, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection was made"))
    checkpoint = find(replace(options, offline=True, model=model), manifest=SMALL)
    assert checkpoint.info.demo
    assert ("EARSHOT_OFFLINE" in checkpoint.info.detail) == (model == "auto")
    with pytest.raises(HubUnreachable, match="EARSHOT_OFFLINE"):
        find(replace(options, offline=True, model="iic/SenseVoiceSmall"), manifest=SMALL)
    with pytest.raises(HubUnreachable, match="EARSHOT_OFFLINE"):
        download(replace(options, offline=True), manifest=SMALL)
    assert hub.connections == 0


# --- places ---


@pytest.mark.parametrize(
    "layout",
    [
        "modelscope/models/iic--SenseVoiceSmall/snapshots/master",
        "modelscope/models/iic/SenseVoiceSmall",
        "modelscope/iic/SenseVoiceSmall",
        "modelscope/hub/models/iic--SenseVoiceSmall/snapshots/master",
        "modelscope/hub/models/iic/SenseVoiceSmall",
        "modelscope/hub/iic/SenseVoiceSmall",
        "huggingface/hub/models--FunAudioLLM--SenseVoiceSmall/snapshots/3847d57",
    ],
)
def test_a_cache_of_any_layout_is_found_without_asking_a_hub(
    hub: FakeHub, options: CheckpointOptions, tmp_path: Path, layout: str
) -> None:
    folder = write(tmp_path / layout, CONTENT)
    checkpoint = find(options, manifest=SMALL)
    assert (checkpoint.folder, checkpoint.info.source) == (folder, "cache")
    assert hub.connections == 0


def test_auto_prefers_our_own_folder_then_the_chosen_hubs_cache(options: CheckpointOptions, tmp_path: Path) -> None:
    modelscope = write(tmp_path / "modelscope/models/iic/SenseVoiceSmall", CONTENT)
    twin = write(tmp_path / "huggingface/hub/models--FunAudioLLM--SenseVoiceSmall/snapshots/main", CONTENT)
    assert find(options, manifest=SMALL).folder == modelscope
    assert find(replace(options, hub="hf"), manifest=SMALL).folder == twin
    own = write(own_folder(options), CONTENT)
    assert find(options, manifest=SMALL).folder == own


def test_a_cached_file_of_the_wrong_size_is_passed_over(
    options: CheckpointOptions, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "modelscope/models/iic/SenseVoiceSmall", CONTENT | {"model.pt": b"half"})
    assert find(options, manifest=SMALL).info.source == "download"
    assert "model.pt has 4 bytes instead of 300,000" in caplog.text


def test_a_folder_by_name_needs_its_files_but_may_be_anybodys(options: CheckpointOptions, tmp_path: Path) -> None:
    mine = write(tmp_path / "mine", {"model.pt": b"1", "config.yaml": b"2", "am.mvn": b"3", "my.bpe.model": b"4"})
    checkpoint = find(replace(options, model=str(mine)), manifest=SMALL)
    assert (checkpoint.folder, checkpoint.info.name, checkpoint.info.source) == (mine, "mine", "folder")


@pytest.mark.parametrize(
    ("file", "named"),
    [("model.pt", "model.pt"), ("config.yaml", "config.yaml"), ("am.mvn", "am.mvn"), (BPE, r"\*\.bpe\.model")],
)
def test_a_file_that_a_folder_lacks_is_named(options: CheckpointOptions, tmp_path: Path, file: str, named: str) -> None:
    mine = write(tmp_path / "mine", {name: text for name, text in CONTENT.items() if name != file})
    with pytest.raises(CheckpointMissing, match=f"mine is not a SenseVoiceSmall checkpoint: {named} is missing"):
        find(replace(options, model=str(mine)), manifest=SMALL)


def test_a_folder_that_does_not_exist_is_an_error_that_names_the_choices(options: CheckpointOptions) -> None:
    with pytest.raises(UnknownCheckpoint, match=r"no-such.*'auto', 'demo', 'iic/SenseVoiceSmall'"):
        find(replace(options, model="no-such"), manifest=SMALL)


def test_the_demo_is_taken_by_name_and_known_by_its_folder(hub: FakeHub, options: CheckpointOptions) -> None:
    assert find(replace(options, model="demo"), manifest=SMALL).info.detail == "asked for by name"
    assert find(replace(options, model=str(options.demo)), manifest=SMALL).info.demo
    assert hub.connections == 0


def test_a_damaged_demo_is_refused(options: CheckpointOptions) -> None:
    named = replace(options, model="demo")
    (options.demo / "model.pt").write_bytes(b"short")
    with pytest.raises(CheckpointCorrupt, match=r"model\.pt.*has 5 bytes instead of 300,000"):
        find(named, manifest=SMALL)
    (options.demo / "manifest.json").write_text("[]")
    with pytest.raises(CheckpointCorrupt, match=r"manifest\.json"):
        find(named, manifest=SMALL)
    (options.demo / "manifest.json").unlink()
    with pytest.raises(CheckpointMissing, match=r"manifest\.json"):
        find(named, manifest=SMALL)


@pytest.mark.parametrize("value", ["1", "true", "YES", "y"])
def test_a_process_that_would_let_weights_run_code_does_not_start(
    options: CheckpointOptions, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", value)
    with pytest.raises(UnsafeEnvironment, match="TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        find(replace(options, model="demo"), manifest=SMALL)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "0")
    assert find(replace(options, model="demo"), manifest=SMALL).info.demo


# --- the right size, and another content ---


def changed(content: dict[str, bytes], file: str) -> dict[str, bytes]:
    """The last byte is another one; the size is the same."""
    return content | {file: content[file][:-1] + bytes([content[file][-1] ^ 1])}


@pytest.mark.parametrize("file", ["model.pt", "config.yaml", BPE])
@pytest.mark.parametrize("layout", ["home/iic__SenseVoiceSmall", "modelscope/models/iic/SenseVoiceSmall"])
def test_a_changed_file_in_a_cache_stops_the_start_and_says_the_mend(
    hub: FakeHub, options: CheckpointOptions, tmp_path: Path, layout: str, file: str
) -> None:
    folder = tmp_path / layout / (MODELSCOPE.revision if layout.startswith("home") else "")
    write(folder, changed(CONTENT, file))
    with pytest.raises(CheckpointCorrupt, match=rf"{file}.*has sha256 .* instead of .* Run python cli\.py models download"):
        find(options, manifest=SMALL)
    assert hub.connections == 0
    download(options, manifest=SMALL)  # the mend
    assert read(find(options, manifest=SMALL).folder) == CONTENT


def test_a_changed_demo_stops_the_start_and_says_the_mend(options: CheckpointOptions) -> None:
    (options.demo / "am.mvn").write_bytes(b"<AddShift> 560 561")
    with pytest.raises(CheckpointCorrupt, match=r"am\.mvn.*has sha256 .* models/demo"):
        find(replace(options, model="demo"), manifest=SMALL)


def own(
    options: CheckpointOptions, tmp_path: Path, content: dict[str, bytes], named: tuple[ExpectedFile, ...]
) -> CheckpointOptions:
    """Somebody's folder with a manifest."""
    folder = write(tmp_path / "mine", content)
    facts = {file.name: {"size": file.size, "sha256": file.sha256} for file in named}
    (folder / "manifest.json").write_text(json.dumps(facts))
    return replace(options, model=str(folder))


def test_a_folder_with_a_manifest_must_be_what_it_says(options: CheckpointOptions, tmp_path: Path) -> None:
    mine = own(options, tmp_path, CONTENT, SMALL)
    assert find(mine).info.name == "mine"
    for file in ("model.pt", "config.yaml"):
        (tmp_path / "mine" / file).write_bytes(changed(CONTENT, file)[file])
        with pytest.raises(CheckpointCorrupt, match=rf"{file}.*has sha256"):
            find(mine)
        (tmp_path / "mine" / file).write_bytes(CONTENT[file])
    (tmp_path / "mine" / "am.mvn").write_bytes(b"longer than before")
    with pytest.raises(CheckpointCorrupt, match=r"am\.mvn"):
        find(mine)


def test_a_file_that_would_be_opened_and_is_not_in_the_manifest_is_refused(options: CheckpointOptions, tmp_path: Path) -> None:
    mine = own(options, tmp_path, CONTENT | {"another.bpe.model": b"pieces"}, SMALL)
    with pytest.raises(CheckpointCorrupt, match=r"another\.bpe\.model.*does not name it"):
        find(mine)


@pytest.mark.parametrize("outside", ["../secret", "/etc/hostname"])
def test_a_manifest_that_speaks_of_other_folders_is_refused(options: CheckpointOptions, tmp_path: Path, outside: str) -> None:
    mine = own(options, tmp_path, CONTENT, (*SMALL, ExpectedFile(outside, 1, "0" * 64)))
    with pytest.raises(CheckpointCorrupt, match="outside of the folder"):
        find(mine)


def test_every_start_knows_what_was_read_and_reads_what_changed(
    options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(own_folder(options), CONTENT)
    find(options, manifest=SMALL)
    with monkeypatch.context() as patched:
        patched.setattr("models.verified.sha256_of", lambda path: pytest.fail(f"{path} was read again"))
        assert find(options, manifest=SMALL).info.source == "cache"
    (own_folder(options) / "model.pt").write_bytes(changed(CONTENT, "model.pt")["model.pt"])
    with pytest.raises(CheckpointCorrupt, match=r"model\.pt"):
        find(options, manifest=SMALL)


# --- before the doors open ---


def before(options: CheckpointOptions, **others: object) -> None:
    preflight(ModelOptions(options, **others))  # type: ignore[arg-type]


def test_what_may_have_to_be_downloaded_is_not_looked_at_before_the_doors_open(hub: FakeHub, options: CheckpointOptions) -> None:
    before(options)
    before(replace(options, model="iic/SenseVoiceSmall"))
    before(replace(options, model="demo"))
    assert hub.connections == 0


def test_a_named_model_that_is_missing_or_broken_is_told_before_the_doors_open(
    options: CheckpointOptions, tmp_path: Path
) -> None:
    with pytest.raises(UnknownCheckpoint):
        before(replace(options, model="no-such"))
    with pytest.raises(CheckpointMissing, match=r"model\.pt"):
        before(replace(options, model=str(write(tmp_path / "empty", {}))))
    (options.demo / "model.pt").write_bytes(changed(CONTENT, "model.pt")["model.pt"])
    with pytest.raises(CheckpointCorrupt, match=r"model\.pt"):
        before(replace(options, model="demo"))


def test_a_detector_without_its_files_is_told_before_the_doors_open(options: CheckpointOptions, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="EARSHOT_VAD_FOLDER"):
        before(options, vad="fsmn")
    with pytest.raises(EngineUnavailable, match=r"model\.pt"):
        before(options, vad="fsmn", vad_folder=tmp_path)


def test_an_unsafe_environment_is_told_before_the_doors_open(options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(UnsafeEnvironment):
        before(options)


def test_a_gpu_that_is_asked_for_and_not_there_is_told_before_the_doors_open(
    options: CheckpointOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.version.cuda", None)
    with pytest.raises(NoGpu, match=r"EARSHOT_DEVICE is cuda, but .* a build without CUDA"):
        before(options, sensevoice=SenseVoiceOptions("cuda"))


# --- what is shown ---


def test_verify_reads_what_a_size_cannot_tell(options: CheckpointOptions, tmp_path: Path) -> None:
    changed = CONTENT | {"am.mvn": b"<AddShift> 560 561", "config.yaml": b"short"}
    folder = write(tmp_path / "folder", {name: text for name, text in changed.items() if name != BPE})
    problems = {finding.file: finding.problem.split(" ")[:2] for finding in verify(folder, SMALL) if finding.problem}
    assert problems == {"am.mvn": ["has", "sha256"], "config.yaml": ["has", "5"], BPE: ["is", "missing"]}
    assert [finding.problem for finding in verify(options.demo)] == [""] * len(CONTENT)


def test_available_shows_every_place_and_the_one_that_auto_takes(
    hub: FakeHub, options: CheckpointOptions, tmp_path: Path
) -> None:
    def shown(options: CheckpointOptions) -> list[tuple[str, int, str, bool]]:
        return [(place.source, place.size, place.state, place.taken) for place in available(options, SMALL)]

    write(partial(options), {"model.pt.part": b"0" * 1_000})
    demo = ("demo", SIZE, "whole", False)
    assert shown(options) == [("download", 1_000, "to be asked", True), demo]
    assert shown(replace(options, offline=True)) == [("download", 1_000, "offline", False), (*demo[:3], True)]
    write(tmp_path / "modelscope/iic/SenseVoiceSmall", CONTENT | {"model.pt": b"half"})
    damaged = ("cache", SIZE - 300_000 + 4, "model.pt has 4 bytes instead of 300,000", False)
    assert shown(options)[0] == damaged
    write(own_folder(options), CONTENT)
    assert shown(options)[:2] == [("cache", SIZE, "whole", True), damaged]
    assert hub.connections == 0


def test_the_release_is_pinned_by_content() -> None:
    sizes = {file.name: file.size for file in RELEASED}
    assert sizes["model.pt"] == 936_291_369
    assert all(len(bytes.fromhex(file.sha256)) == 32 for file in RELEASED)
    assert RELEASED[0].size == min(sizes.values())
    assert all(len(bytes.fromhex(hub.revision)) == 20 for hub in (MODELSCOPE, HUGGING_FACE))


def test_importing_loads_no_hub_library_and_no_torch() -> None:
    program = "import sys, models.checkpoints; print({'torch', 'modelscope', 'huggingface_hub'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    assert answer.stdout.strip() == "set()"
