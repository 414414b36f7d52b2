"""A checkpoint of the released shape with random weights: what hearing costs does not depend on what the weights say.

The tokenizer is the demo's, with pieces that mean nothing added until it is as large as the released one. FunASR loads
the folder too.
"""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import torch
import yaml

from models.sensevoice.align import BLANK
from models.sensevoice.network import Network, NetworkShape
from models.sensevoice.tokenizer import Tokenizer

from . import DEMO

VOCABULARY = 25_055  # pieces of the released tokenizer
RELEASED = NetworkShape(VOCABULARY)
BLANKNESS = 3.0  # added to the blank's logit: about one frame in three names a token then, as in speech
SEED = 0


def random_checkpoint(folder: Path, shape: NetworkShape = RELEASED) -> Path:
    """The folder, made if it is not there: 936 MB in the released shape."""
    if not folder.is_dir():
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write_text_files(partial, shape)
        torch.save(_random(shape), partial / "model.pt")
        partial.rename(folder)
    return folder


def _random(shape: NetworkShape) -> dict[str, torch.Tensor]:
    torch.manual_seed(SEED)
    weights = dict(Network(shape).state_dict())
    weights["ctc.ctc_lo.bias"][BLANK] += BLANKNESS
    return weights


def _write_text_files(folder: Path, shape: NetworkShape) -> None:
    demo = next(DEMO.glob("*.bpe.model"))
    added = [f"⁂{i}" for i in range(shape.vocabulary - len(Tokenizer(demo)))]
    (folder / demo.name).write_bytes(demo.read_bytes() + b"".join(map(piece, added)))
    tokens = json.loads((DEMO / "tokens.json").read_text("utf-8"))
    (folder / "tokens.json").write_text(json.dumps([*tokens, *added], ensure_ascii=False), "utf-8")
    config = yaml.safe_load((DEMO / "config.yaml").read_text("utf-8"))
    config["encoder_conf"] |= shape.encoder_conf
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    for name in ("am.mvn", "configuration.json"):
        shutil.copy(DEMO / name, folder)


def piece(text: str) -> bytes:
    """One more entry of a SentencePiece model: messages of protobuf that follow one another are one message.

    Source: sentencepiece 0.2.3, sentencepiece_model.proto: ModelProto.pieces is field 1; in it piece 1, score 2, type 3.
    """
    written = text.encode()
    entry = b"\x0a" + _varint(len(written)) + written + b"\x15" + struct.pack("<f", -99.0) + b"\x18\x01"
    return b"\x0a" + _varint(len(entry)) + entry


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    return bytes([number]) if number < 128 else bytes([number % 128 | 128]) + _varint(number // 128)
