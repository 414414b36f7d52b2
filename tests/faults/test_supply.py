"""What Earshot stands on: weights, packages, the machine, the container. `python app.py` as users start it."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

import models
from models import ModelOptions
from models.checkpoints import MODELSCOPE, RELEASED, CheckpointOptions
from models.manifest import sha256_of
from speech.errors import CheckpointCorrupt

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "models" / "demo"
SOON = 90.0  # s in which a start that cannot be must have ended, on a machine with much else to do
NOT_HERE = 77  # exit status: this kernel does not allow such a cell


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    said: str


Start = Callable[..., Ended]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """`python app.py`, which must end by itself; settings without their EARSHOT_, or whole names of other variables."""

    def begin(model: Path | str = "demo", **settings: str) -> Ended:
        own = {"HOME": str(tmp_path / "home"), "OFFLINE": "1", "PORT": "0", "MODEL": str(model)}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("EARSHOT_", "TORCH_FORCE"))}
        environment |= {"MODELSCOPE_CACHE": str(tmp_path / "ms"), "HF_HUB_CACHE": str(tmp_path / "hf"), "OMP_NUM_THREADS": "1"}
        environment["TMPDIR"] = str(tmp_path)
        for name, value in {**own, **settings}.items():
            environment[name if name.startswith("TORCH") else f"EARSHOT_{name}"] = value
        command = [sys.executable, "app.py"]
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SOON)
        return Ended(ended.returncode, ended.stdout + ended.stderr)

    return begin


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Somebody's own, with the demo's weights and without a manifest."""
    folder = tmp_path / "mine"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("samples", "README.md", "manifest.json"))
    return folder


class Evil:
    """A pickle that writes a file where it is trusted."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def last_line(ended: Ended) -> str:
    """All that is said where a start cannot be: one line, no traceback."""
    assert "Traceback" not in ended.said
    return ended.said.strip().splitlines()[-1]


# --- a start that must not be ---


def test_weights_that_are_not_those_of_the_manifest_stop_the_start(start: Start, checkpoint: Path) -> None:
    facts = {path.name: {"size": path.stat().st_size, "sha256": sha256_of(path)} for path in checkpoint.iterdir()}
    (checkpoint / "manifest.json").write_text(json.dumps(facts))
    with (checkpoint / "model.pt").open("r+b") as weights:
        weights.seek(1_000_000)
        weights.write(b"changed")
    ended = start(checkpoint)
    assert ended.status == 1
    assert re.search(r"model\.pt is not the file it should be: it has sha256 \w+… instead of \w+…\. Copy", last_line(ended))


def test_a_changed_file_among_the_released_ones_stops_the_start(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "iic__SenseVoiceSmall" / MODELSCOPE.revision
    folder.mkdir(parents=True)
    for file in RELEASED:
        with (folder / file.name).open("wb") as content:
            content.truncate(file.size)
    ended = start("auto")
    assert ended.status == 1
    assert "python cli.py models download" in ended.said


def test_a_pickle_that_runs_code_stops_the_start_and_runs_none_nor_what_lies_beside_it(
    start: Start, checkpoint: Path, tmp_path: Path
) -> None:
    marker = tmp_path / "executed"
    torch.save({"state_dict": Evil(marker)}, checkpoint / "model.pt")
    (checkpoint / "requirements.txt").write_text(f"{tmp_path / 'no-such-package.whl'}\n")
    for name in ("model.py", "configuration.py", "conftest.py", "__init__.py"):
        (checkpoint / name).write_text(f"open({str(marker)!r}, 'w')")
    with (checkpoint / "config.yaml").open("a") as config:
        config.write(f"trust_remote_code: true\nremote_code: {checkpoint / 'model.py'}\n")
    ended = start(checkpoint)
    assert ended.status == 1
    assert "model.pt is not the file it should be" in ended.said
    assert not marker.exists()
    torch.load(checkpoint / "model.pt", weights_only=False)
    assert marker.exists()  # it would have


def test_a_config_that_makes_objects_makes_none(checkpoint: Path, tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    (checkpoint / "config.yaml").write_text(f"encoder_conf: !!python/object/apply:os.mkdir [{marker}]\n")
    load = models.loader(ModelOptions(CheckpointOptions(str(checkpoint), home=tmp_path / "home")))
    with pytest.raises(CheckpointCorrupt, match=r"config\.yaml is not the file it should be"):
        load(lambda words: None)
    assert not marker.exists()


def test_a_folder_without_weights_stops_the_start(start: Start, checkpoint: Path) -> None:
    (checkpoint / "model.pt").unlink()
    ended = start(checkpoint)
    assert ended.status == 1
    assert last_line(ended).endswith("mine is not a SenseVoiceSmall checkpoint: model.pt is missing.")


def test_an_environment_in_which_weights_may_run_code_stops_the_start(start: Start) -> None:
    ended = start(TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD="1")
    assert ended.status == 1
    assert "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD is set" in last_line(ended)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the GPU that must be missing")
def test_a_gpu_that_is_asked_for_and_not_there_stops_the_start(start: Start) -> None:
    ended = start(DEVICE="cuda")
    assert ended.status == 1
    assert "EARSHOT_DEVICE is cuda, but" in last_line(ended)


def test_no_code_of_ours_reads_weights_as_code_or_lets_a_model_bring_its_own() -> None:
    calls = 0
    for path in (path for folder in ("models", "training", "benchmarks", "speech") for path in (ROOT / folder).rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            said = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert said.get("trust_remote_code", "False") == "False", path
            if ast.unparse(call.func) == "torch.load":
                assert said.get("weights_only") == "True", path
                calls += 1
    assert calls


# --- the container ---


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


def test_the_image_holds_all_that_the_server_and_the_command_line_import() -> None:
    copied = " ".join(re.findall(r"^COPY (.+) \S+$", dockerfile(), re.M)).split()
    program = (
        "import sys, app, cli, earshot; print(*{m.split('.')[0] for m, f in sys.modules.items() if getattr(f, '__file__', 0)})"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in loaded if (ROOT / name).is_dir()} | {
        f"{name}.py" for name in loaded if (ROOT / f"{name}.py").is_file()
    }
    assert {"app.py", "cli.py", "earshot.py", "settings.py", "speech", "api"} <= ours
    assert ours <= {*copied, "ui", "requirements.txt"}
    assert "ui" in copied  # imported when the app is made


def test_the_image_opens_its_door_to_nobody_by_itself(start: Start) -> None:
    said = dict(re.findall(r"EARSHOT_(\w+)=(\S+)", " ".join(re.findall(r"^ENV (.+)$", dockerfile(), re.M))))
    assert said["HOST"] == "0.0.0.0"
    del said["HOME"]
    ended = start(**said)
    assert ended.status == 1
    assert "Set EARSHOT_API_KEYS, or EARSHOT_ALLOW_OPEN=1" in last_line(ended)


# Runs as root of a mount namespace of its own: what lies below a folder that others may not enter is put in reach; /tmp is
# empty; all else is read-only; the only network is a loopback. Then as nobody in particular, without any right.
CELL = """
set -e; trap 'test $? = 0 || exit {not_here}' EXIT
mount --make-rprivate /
{reach}
mount -t tmpfs -o size=600m,mode=1777 tmpfs /tmp
mount -o remount,bind,ro /
ip link set lo up || {{ echo "no loopback without the program ip" >&2; exit 1; }}
trap - EXIT
exec setpriv {identity} --bounding-set -all --inh-caps -all --no-new-privs \
    env -i PATH=/usr/bin:/bin HOME=/nonexistent {settings} {python} -c {inmate} {root}
"""

INMATE = r'''
import json, os, pathlib, re, socket, subprocess, sys, time, urllib.request

root, log = pathlib.Path(sys.argv[1]), pathlib.Path("/tmp/log")


def unrouted():
    """How often something tried to reach an address beyond loopback, whatever language it is written in."""
    names, values = (line.split() for line in open("/proc/net/snmp") if line.startswith("Ip:"))
    return int(dict(zip(names, values))["OutNoRoutes"])


def get(path, body=None, kind="text/plain"):
    asked = urllib.request.Request("http://127.0.0.1:6006" + path, body, {"Content-Type": kind})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.read()


def ready():
    try:
        return get("/readyz")
    except OSError:
        return b""


with log.open("wb") as output:
    server = subprocess.Popen([sys.executable, "app.py"], cwd=root, stdout=output, stderr=output)
ends = time.monotonic() + 90
while not ready() and server.poll() is None and time.monotonic() < ends:
    time.sleep(0.2)
told = {"log": "", "uid": os.getuid(), "status": server.poll()}
if server.poll() is None:
    sample = (root / "models/demo/samples/zh.mp3").read_bytes()
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="zh.mp3"\r\n\r\n' + sample + b"\r\n--x--\r\n"
    told["heard"] = json.loads(get("/transcribe", body, "multipart/form-data; boundary=x"))["plain"]
    told["console"] = len(get("/"))
    told["rights"] = re.search(r"CapEff:\s*(\w+)", pathlib.Path("/proc/self/status").read_text())[1]
    told["written"] = [os.access(place, os.W_OK) for place in (root, pathlib.Path.home(), "/var/tmp", "/tmp")]
    server.terminate()
    told["status"] = server.wait(60)
told["reached"] = unrouted()
told["log"] = log.read_text()
told["left"] = sorted(path.name for path in pathlib.Path("/tmp").iterdir())
try:
    socket.create_connection(("192.0.2.1", 80), 1)
except OSError:
    told["control"] = unrouted()
print(json.dumps(told))
'''


@pytest.fixture
def in_a_cell(tmp_path: Path) -> Callable[[str], dict[str, object]]:
    """Runs a Python program in a cell, and gives what it prints as JSON."""
    if missing := [name for name in ("unshare", "setpriv", "ip", "bash") if shutil.which(name) is None]:
        pytest.skip(f"a cell needs {', '.join(missing)}")
    as_root = os.geteuid() == 0

    def run(inmate: str) -> dict[str, object]:
        own = {"HOST": "0.0.0.0", "ALLOW_OPEN": "1", "OFFLINE": "1", "HOME": "/tmp/data"}  # as the image has it, published
        script = CELL.format(
            not_here=NOT_HERE,
            reach=reach(tmp_path) if as_root else "",
            identity="--reuid 10001 --regid 10001 --clear-groups" if as_root else "",
            settings=" ".join(f"EARSHOT_{name}={value}" for name, value in own.items()) + " OMP_NUM_THREADS=1",
            python=shlex.quote(sys.executable),
            inmate=shlex.quote(inmate),
            root=shlex.quote(str(ROOT)),
        )
        apart = ["unshare", *([] if as_root else ["--map-root-user"]), "--mount", "--net", "--pid", "--fork", "--mount-proc"]
        ended = subprocess.run([*apart, "bash", "-c", script], capture_output=True, text=True, timeout=150)
        if ended.returncode == NOT_HERE or ended.stderr.startswith("unshare:"):
            pytest.skip(f"this kernel allows no such cell: {ended.stderr.strip()[:200]}")
        assert ended.returncode == 0, ended.stderr[-2000:]
        told: dict[str, object] = json.loads(ended.stdout)
        return told

    return run


def reach(folder: Path) -> str:
    """Mounts that let others reach this interpreter and this checkout where they lie below somebody's own folder."""
    hidden: dict[Path, list[Path]] = {}
    for needed in {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT}:
        closed = [above for above in needed.parents if not above.stat().st_mode & 0o001]
        if closed:
            hidden.setdefault(closed[-1], []).append(needed)
    lines = []
    for above, needs in hidden.items():
        for needed in needs:
            lines += [f"mkdir -p {folder}/reach{needed}", f"mount --rbind {needed} {folder}/reach{needed}"]
        lines += [f"mount -t tmpfs -o mode=755 tmpfs {above}"]
        for needed in needs:
            lines += [f"mkdir -p {needed}", f"mount --move {folder}/reach{needed} {needed}"]
        lines += [f"mount -o remount,ro {above}"]
    return "\n".join(lines)


@pytest.mark.slow
def test_without_rights_network_or_a_place_to_write_but_tmp_it_hears_and_reaches_for_nothing(
    in_a_cell: Callable[[str], dict[str, object]],
) -> None:
    told = in_a_cell(INMATE)
    log = str(told["log"])
    assert told.get("heard"), log[-2000:]
    assert told["console"]
    assert told["rights"] == "0" * 16
    assert told["written"] == [False, False, False, True]
    assert told["status"] == 0, log[-2000:]
    for complaint in ("Read-only", "Permission denied", "Traceback", "ERROR"):
        assert complaint not in log
    assert told["left"] == ["data", "log"]
    assert told["reached"] == 0
    assert told["control"] == 1  # one attempt would have been seen
