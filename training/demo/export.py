"""The trained weights as a SenseVoiceSmall folder: the same files as the released checkpoint, in float16.

python -m training.demo.export
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch
import yaml

from models.sensevoice.features import HOP_MS, N_MELS, RATE, STACK, STRIDE, WINDOW_MS
from models.sensevoice.network import NetworkShape

from . import recipe
from .corpus import Corpus
from .tokens import MODEL_FILE, Tokenizer

LARGEST = 16_000_000  # bytes in git


def export(work: Path, out: Path) -> int:
    """Writes the checkpoint and its manifest; answers its size in bytes."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer, corpus = Tokenizer(work), Corpus(work, shards=1)
    state = torch.load(work / "state.pt", weights_only=True)["average"]
    torch.save({name: value.to(torch.float16).cpu() for name, value in state.items()}, out / "model.pt")
    for name in (MODEL_FILE, "tokens.json"):
        shutil.copy(work / name, out)
    (out / "am.mvn").write_text(_nnet(corpus.shift, corpus.scale))
    (out / "config.yaml").write_text(yaml.safe_dump(_config(recipe.shape(len(tokenizer))), sort_keys=False))
    (out / "configuration.json").write_text(json.dumps(_configuration(), indent=2) + "\n")
    names = ("model.pt", "config.yaml", "configuration.json", "am.mvn", MODEL_FILE, "tokens.json")
    files = {name: (out / name).read_bytes() for name in names}
    manifest = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return sum(len(data) for data in files.values())


def _nnet(shift: np.ndarray[tuple[int], np.dtype[np.float32]], scale: np.ndarray[tuple[int], np.dtype[np.float32]]) -> str:
    """Kaldi's nnet1 text, as funasr's load_cmvn reads it."""
    size = len(shift)

    def vector(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> str:
        return f"<LearnRateCoef> 0 [ {' '.join(f'{value:.6f}' for value in values)} ]"

    return "\n".join(
        ("<Nnet>", f"<Splice> {size} {size}", "[ 0 ]", f"<AddShift> {size} {size}", vector(shift),
         f"<Rescale> {size} {size}", vector(scale), "</Nnet>", "")
    )  # fmt: skip


def _config(shape: NetworkShape) -> dict[str, object]:
    """What funasr's AutoModel and our own engine read."""
    return {
        "model": "SenseVoiceSmall",
        "model_conf": {"length_normalized_loss": True, "sos": 1, "eos": 2, "ignore_id": -1},
        "encoder": "SenseVoiceEncoderSmall",
        "encoder_conf": {
            **shape.encoder_conf,
            "dropout_rate": 0.1,
            "positional_dropout_rate": 0.1,
            "attention_dropout_rate": 0.1,
            "input_layer": "pe",
            "pos_enc_class": "SinusoidalPositionEncoder",
            "normalize_before": True,
            "selfattention_layer_type": "sanm",
        },
        "tokenizer": "SentencepiecesTokenizer",
        "tokenizer_conf": {"bpemodel": None, "unk_symbol": "<unk>", "split_with_space": True},
        "frontend": "WavFrontend",
        "frontend_conf": {
            "fs": RATE,
            "window": "hamming",
            "n_mels": N_MELS,
            "frame_length": round(WINDOW_MS),
            "frame_shift": round(HOP_MS),
            "lfr_m": STACK,
            "lfr_n": STRIDE,
            "cmvn_file": None,
        },
    }


def _configuration() -> dict[str, object]:
    """Where funasr finds the files of the folder."""
    return {
        "framework": "pytorch",
        "task": "auto-speech-recognition",
        "model": {"type": "funasr"},
        "pipeline": {"type": "funasr-pipeline"},
        "file_path_metas": {
            "init_param": "model.pt",
            "config": "config.yaml",
            "tokenizer_conf": {"bpemodel": MODEL_FILE},
            "frontend_conf": {"cmvn_file": "am.mvn"},
        },
    }


if __name__ == "__main__":
    size = export(recipe.WORK, recipe.OUT)
    print(f"{recipe.OUT}: {size / 1e6:.2f} MB")
    raise SystemExit(size > LARGEST)
