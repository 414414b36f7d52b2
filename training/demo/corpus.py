"""Scenes as features and targets, made once and kept in shards under build/demo.

python -m training.demo.corpus --shards 70 --workers 2
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.sensevoice.features import HOP_MS, STACK, STRIDE, Fbank, Floats, stacking

from . import recipe
from .scene import Scene, draw
from .tokens import Tokenizer, words
from .voice import Unit

UNKNOWN = 0
Said = tuple[list[int], list[tuple[float, float]]]  # tokens, and when each is said in seconds


@dataclass(frozen=True, slots=True)
class Utterance:
    """One scene as the trainer wants it."""

    mels: NDArray[np.float16]  # (n, 80) log mel energies, 10 ms apart
    language: str
    emotion: str
    event: str
    text: dict[str, str]  # by style: withitn, woitn
    tokens: dict[str, list[int]]
    times: dict[str, list[tuple[float, float]]]

    @property
    def n_frames(self) -> int:
        return -(-len(self.mels) // STRIDE)


def targets(scene: Scene, itn: bool, tokenizer: Tokenizer) -> tuple[str, Said]:
    """A scene's text in one style, its tokens, and when each is said."""
    text = ""
    tokens: list[int] = []
    times: list[tuple[float, float]] = []
    for index, sentence in enumerate(scene.sentences):
        for place, (word, mark) in enumerate(words(sentence, itn)):
            units = _units(scene, index, place)
            reading = len(sentence.pieces[place].reading)
            ids = _encode(word, sentence.language, tokenizer)
            times += _spread(tokenizer.lengths(ids), units, reading)
            tokens += ids
            text += word
            if mark:
                ids = tokenizer.encode(mark)
                times += [(units[-1].end, units[-1].end)] * len(ids)
                tokens += ids
                text += mark
    return text.strip(), (tokens, times)


def stack(mels: Floats) -> Floats:
    """(n, 80) -> (ceil(n / 6), 560): the network's frames before CMVN."""
    return mels[stacking(len(mels))].reshape(-1, STACK * mels.shape[1])


def _units(scene: Scene, sentence: int, piece: int) -> list[Unit]:
    """The timed parts of one piece, drawn out to the next piece where no mark stands between.

    espeak-ng 1.51 ends some Japanese words at a contracted sound, as りょ, and says the rest without telling.
    """
    units = [unit for unit in scene.units if (unit.sentence, unit.piece) == (sentence, piece)]
    following = next((unit for unit in scene.units if (unit.sentence, unit.piece) == (sentence, piece + 1)), None)
    said = scene.sentences[sentence]
    if following and said.language == "ja" and not said.pieces[piece].after:
        units[-1] = replace(units[-1], end=max(units[-1].end, following.start))
    return units


def _encode(word: str, language: str, tokenizer: Tokenizer) -> tuple[int, ...]:
    """Single characters in Chinese, so that each has its own time; subwords elsewhere."""
    if language in ("zh", "yue"):
        return tuple(token for character in word for token in tokenizer.encode(character))
    return tokenizer.encode(word)


def _spread(lengths: Sequence[int], units: Sequence[Unit], reading: int) -> list[tuple[float, float]]:
    """When tokens of so many characters are said, by their share of the reading and the times of its units."""
    places = [unit.char_start for unit in units] + [max(reading, 1)]
    clock = [unit.start for unit in units] + [units[-1].end]
    edges = np.concatenate(([0], np.cumsum(lengths))) / max(sum(lengths), 1) * max(reading, 1)
    at = np.interp(edges, places, clock)
    return [(float(start), float(end)) for start, end in pairwise(at)]


def make_shard(index: int, folder: Path, held_out: bool = False, scenes: int = recipe.SCENES_PER_SHARD) -> Path:
    """Draws the scenes of one shard and writes them; a shard that is there is left alone. Those behind SHARDS are English."""
    path = folder / f"{'evaluation' if held_out else 'training'}-{index:04d}.npz"
    if path.exists():
        return path
    tokenizer, fbank = Tokenizer(recipe.WORK), Fbank()
    language = "en" if index >= recipe.SHARDS else None
    base = (recipe.EVALUATION_SEED if held_out else recipe.TRAINING_SEED) + index * 1_000_000
    mels, records = [], []
    for seed in range(base, base + scenes):
        scene = draw(seed, held_out, language)
        record = _record(scene, tokenizer)
        if UNKNOWN in record["tokens"]["withitn"] + record["tokens"]["woitn"]:
            continue  # a word that stands in held-out sentences alone
        mels.append(fbank([scene.samples])[0].numpy().astype(np.float16))
        records.append(record)
    temporary = path.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        mels=np.concatenate(mels),
        ends=np.cumsum([len(m) for m in mels]),
        records=np.array(json.dumps(records, ensure_ascii=False)),
    )
    temporary.replace(path)
    return path


def _record(scene: Scene, tokenizer: Tokenizer) -> dict[str, Any]:
    record: dict[str, Any] = {"language": scene.language or "nospeech", "emotion": scene.emotion, "event": scene.event}
    said = {style: targets(scene, style == "withitn", tokenizer) for style in recipe.STYLES}
    record["text"] = {style: text for style, (text, _) in said.items()}
    record["tokens"] = {style: tokens for style, (_, (tokens, _)) in said.items()}
    record["times"] = {style: times for style, (_, (_, times)) in said.items()}
    return record


def read(path: Path) -> Iterator[Utterance]:
    with np.load(path) as shard:
        mels, ends, records = shard["mels"], shard["ends"], json.loads(str(shard["records"]))
    for start, end, record in zip([0, *ends[:-1]], ends, records, strict=True):
        yield Utterance(mels=mels[start:end], **record)


class Corpus:
    """All training shards that are there, in memory, and the CMVN that they make. `shards` reads only so many."""

    def __init__(self, folder: Path, shards: int | None = None) -> None:
        self._folder = folder
        self._shards = shards
        self._read: set[Path] = set()
        self._utterances: list[Utterance] = []
        self.refresh()
        self.shift, self.scale = self._cmvn()

    def refresh(self) -> None:
        """Takes in shards that came since."""
        for path in sorted(self._folder.glob("training-[0-9][0-9][0-9][0-9].npz"))[: self._shards]:
            if path not in self._read:
                self._utterances += read(path)
                self._read.add(path)

    def joined(self, rng: np.random.Generator, share: float) -> list[Utterance]:
        """One epoch: the utterances in random order, a `share` of the plain ones put together to long ones of two to four."""
        whole: list[Utterance] = []
        open_: dict[str, list[Utterance]] = {}
        epoch = [utterance for utterance in self._utterances for _ in range(recipe.TURNS.get(utterance.language, 1))]
        for i in rng.permutation(len(epoch)):
            utterance = epoch[i]
            plain = utterance.emotion == "NEUTRAL" and utterance.event == "Speech"
            if not plain or rng.random() > share * 2:
                whole.append(utterance)
                continue
            group = open_.setdefault(utterance.language, [])
            group.append(utterance)
            if len(group) > rng.integers(1, 4):
                whole.append(_join(group))
                open_[utterance.language] = []
        return whole + [utterance for group in open_.values() for utterance in group]

    def _cmvn(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Shift and scale (560,), fixed by the first shard so that a resumed run keeps them."""
        path = self._folder / "cmvn.npz"
        if not path.exists():
            first = np.concatenate([utterance.mels for utterance in self._utterances[: recipe.SCENES_PER_SHARD]])
            mean, deviation = first.astype(np.float32).mean(0), first.astype(np.float32).std(0)
            np.savez(path, shift=np.tile(-mean, STACK), scale=np.tile(1 / deviation, STACK))
        with np.load(path) as saved:
            return saved["shift"].astype(np.float32), saved["scale"].astype(np.float32)


def _join(group: Sequence[Utterance]) -> Utterance:
    """Several utterances one after the other."""
    first = group[0]
    tokens: dict[str, list[int]] = {style: [] for style in recipe.STYLES}
    times: dict[str, list[tuple[float, float]]] = {style: [] for style in recipe.STYLES}
    text = dict.fromkeys(recipe.STYLES, "")
    seconds = 0.0
    for utterance in group:
        for style in recipe.STYLES:
            tokens[style] += utterance.tokens[style]
            times[style] += [(start + seconds, end + seconds) for start, end in utterance.times[style]]
            text[style] = f"{text[style]} {utterance.text[style]}".strip()
        seconds += len(utterance.mels) * HOP_MS / 1000
    return Utterance(np.concatenate([u.mels for u in group]), first.language, first.emotion, first.event, text, tokens, times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=recipe.SHARDS + recipe.ENGLISH_SHARDS)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    recipe.WORK.mkdir(parents=True, exist_ok=True)
    make_shard(0, recipe.WORK, held_out=True, scenes=recipe.EVALUATION_SCENES)
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        for path in pool.imap_unordered(partial(make_shard, folder=recipe.WORK), range(args.shards)):
            print(path, flush=True)


if __name__ == "__main__":
    main()
