"""Our engine beside FunASR's own: the same frames, the same words, the same probabilities.

The released weights are not needed: with random ones, in the released shape and with the released tokenizer, both must
hear the same too. Shown with `pytest -m reference -s`, the figures stand in docs/faithfulness.md.
"""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from models.sensevoice import SenseVoiceOptions
from models.sensevoice.engine import SenseVoice
from models.sensevoice.features import Floats
from speech.audio import SAMPLE_RATE, Waveform, decode
from speech.engine import CheckpointInfo, Clip
from speech.spans import Span
from speech.transcript import Language

ROOT = Path(__file__).parents[3]
DATA = ROOT / "../shared/data"  # the released files without the weights, and recordings, where they lie beside the project
RELEASED = DATA / "sensevoice-small"
DEMO = ROOT / "models/demo"
LONGEST = 30.0  # s of each recording
PADDED = 60.0  # s of one batch
INFO = CheckpointInfo("random", "folder")
EXACT = SenseVoiceOptions(precision="fp32")

pytestmark = [pytest.mark.alone, pytest.mark.reference, pytest.mark.slow]


@dataclass(frozen=True)
class Theirs:
    """FunASR's AutoModel, asked as its `generate` asks it, but without dither, which makes each run differ."""

    model: Any
    tokenizer: Any
    frontend: Any

    @classmethod
    def load(cls, folder: Path) -> Theirs:
        with _kept_apart():
            from funasr import AutoModel

            made = AutoModel(
                model=str(folder), device="cpu", ncpu=torch.get_num_threads(), disable_update=True, disable_pbar=True
            )
        made.kwargs["frontend"].dither = 0.0
        return cls(made.model, made.kwargs["tokenizer"], made.kwargs["frontend"])

    @torch.inference_mode()
    def raw(self, clips: Sequence[Clip], language: str = "auto", itn: bool = True) -> list[str]:
        answers, _ = self.model.inference(
            data_in=[torch.from_numpy(clip.waveform.samples) for clip in clips],
            key=[str(i) for i in range(len(clips))],
            tokenizer=self.tokenizer,
            frontend=self.frontend,
            device="cpu",
            language=language,
            use_itn=itn,
        )
        return [answer["text"] for answer in answers]

    def frames(self, samples: Floats) -> Floats:
        frames, _ = self.frontend(torch.from_numpy(samples)[None], torch.tensor([len(samples)]))
        return np.asarray(frames[0], np.float32)


@contextmanager
def _kept_apart() -> Iterator[None]:
    """FunASR sets up logging for the whole process, and imports pydub, which imports audioop."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning, "pydub")
        yield
    root.setLevel(level)
    root.handlers[:] = handlers


class Tap:
    """Keeps what a module gave last."""

    def __init__(self, module: torch.nn.Module) -> None:
        self.last = torch.zeros(0)
        module.register_forward_hook(self._keep)

    def _keep(self, module: torch.nn.Module, asked: object, given: Any) -> None:
        self.last = given[0] if isinstance(given, tuple) else given


@dataclass(frozen=True)
class Both:
    ours: SenseVoice
    theirs: Theirs


@dataclass(frozen=True)
class Heard:
    """One recording, heard alone."""

    theirs: str
    ours: str
    difference: float  # the largest between two log probabilities


@pytest.fixture(scope="module")
def recordings() -> dict[str, Clip]:
    if not (DATA / "speech").exists():
        pytest.skip("needs the released files and recordings beside the project")
    files = sorted(file for file in (DATA / "speech").rglob("*.*") if file.suffix != ".txt")
    return {file.relative_to(DATA).as_posix(): _beginning(decode(file).waveform) for file in files}


def _beginning(waveform: Waveform) -> Clip:
    return Clip(waveform.cut(Span(0.0, min(LONGEST, waveform.duration))))


@pytest.fixture(scope="module")
def both(recordings: dict[str, Clip], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("released-shape")
    make_checkpoint(folder)
    yield Both(SenseVoice.load(folder, INFO, EXACT), Theirs.load(folder))
    shutil.rmtree(folder)  # 936 MB


def make_checkpoint(folder: Path) -> None:
    """The released files with random weights from FunASR's own class, those of norms and biases too."""
    with _kept_apart():
        from funasr.models.sense_voice.model import SenseVoiceSmall
    for name in ("am.mvn", "config.yaml", "configuration.json", "chn_jpn_yue_eng_ko_spectok.bpe.model", "tokens.json"):
        shutil.copy(RELEASED / name, folder)
    config = yaml.safe_load((RELEASED / "config.yaml").read_text("utf-8"))
    torch.manual_seed(0)
    model = SenseVoiceSmall(
        encoder=config["encoder"],
        encoder_conf=config["encoder_conf"],
        input_size=560,
        vocab_size=25_055,
        **config["model_conf"],
    )
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter += 0.1 * torch.randn_like(parameter)
    torch.save(model.state_dict(), folder / "model.pt")


@pytest.fixture(scope="module")
def alone(both: Both, recordings: dict[str, Clip]) -> dict[str, Heard]:
    ours_encoded, encoded = Tap(both.ours._network.encoder), Tap(both.theirs.model.encoder)
    heard = {}
    for name, clip in recordings.items():
        (theirs,), (ours,) = both.theirs.raw([clip]), both.ours.raw([clip])
        with torch.inference_mode():
            difference = both.ours._network.head(ours_encoded.last).log_softmax(-1) - both.theirs.model.ctc.log_softmax(
                encoded.last
            )
        heard[name] = Heard(theirs, ours, float(difference.abs().max()))
    return heard


def test_the_frames_are_funasrs(both: Both, recordings: dict[str, Clip]) -> None:
    sounds = [clip.waveform.samples for clip in recordings.values()]
    sounds += [sounds[0][:n_samples] for n_samples in (400, 401, 1_000, SAMPLE_RATE)]
    ours = [both.ours._frontend([samples])[0].numpy() for samples in sounds]
    differences = np.concatenate([np.abs(mine - both.theirs.frames(s)).ravel() for mine, s in zip(ours, sounds, strict=True)])
    print(f"\nframes: {len(differences)} values within {differences.max():.1e}")
    assert differences.max() < 1e-3


def test_every_recording_is_heard_as_funasr_hears_it(alone: dict[str, Heard], recordings: dict[str, Clip]) -> None:
    largest = max(heard.difference for heard in alone.values())
    equal = [name for name, heard in alone.items() if heard.ours == heard.theirs]
    seconds = sum(clip.waveform.duration for clip in recordings.values())
    print(f"\nalone: {len(equal)} of {len(alone)} clips equal, {seconds:.0f} s, log probabilities within {largest:.1e}")
    assert equal == list(recordings)
    assert largest < 1e-3


def test_random_weights_hear_different_things(alone: dict[str, Heard]) -> None:
    """Without this the equality would say little."""
    assert len({heard.theirs for heard in alone.values()}) > 0.9 * len(alone)
    assert len(set("".join(heard.theirs for heard in alone.values()))) > 100


def test_a_batch_is_heard_as_funasr_hears_its_clips(both: Both, alone: dict[str, Heard], recordings: dict[str, Clip]) -> None:
    ours: dict[str, str] = {}
    for batch in batches(recordings):
        ours |= dict(zip(batch, both.ours.raw([recordings[name] for name in batch]), strict=True))
    equal = [name for name in alone if ours[name] == alone[name].theirs]
    print(f"\nin {len(batches(recordings))} batches: {len(equal)} of {len(alone)} equal FunASR's alone")
    assert equal == list(alone)


def batches(recordings: dict[str, Clip]) -> list[list[str]]:
    """From the longest, clips of about as many seconds in each, of different lengths."""
    names = sorted(recordings, key=lambda name: -recordings[name].waveform.duration)
    groups: list[list[str]] = [[]]
    for name in names:
        if groups[-1] and recordings[groups[-1][0]].waveform.duration * (len(groups[-1]) + 1) > PADDED:
            groups.append([])
        groups[-1].append(name)
    return groups


@pytest.mark.parametrize("itn", [True, False])
@pytest.mark.parametrize("language", [None, Language.ZH, Language.YUE, Language.EN, Language.JA, Language.KO])
def test_every_wish_is_understood_as_funasr_understands_it(
    both: Both, recordings: dict[str, Clip], language: Language | None, itn: bool
) -> None:
    waveform = min((clip.waveform for clip in recordings.values()), key=lambda waveform: waveform.duration)
    theirs = both.theirs.raw([Clip(waveform)], language or "auto", itn)
    assert both.ours.raw([Clip(waveform, language, itn)]) == theirs


@pytest.mark.skipif(not (DEMO / "model.pt").exists(), reason="the demo checkpoint is not there")
def test_the_bundled_demo_is_a_checkpoint_for_funasr_too() -> None:
    ours, theirs = SenseVoice.load(DEMO, INFO, EXACT), Theirs.load(DEMO)
    clips = [_beginning(decode(file).waveform) for file in sorted((DEMO / "samples").glob("*.mp3"))]
    heard = [ours.raw([clip]) for clip in clips]
    print(f"\ndemo: {len(clips)} samples, {len({raw for (raw,) in heard})} answers")
    assert clips
    assert heard == [theirs.raw([clip]) for clip in clips]
    assert ours.raw(clips) == theirs.raw(clips)
