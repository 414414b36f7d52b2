"""How well the demo checkpoint hears sentences and voices it never trained on.

python -m training.demo.evaluate              models/demo, through the engine, on audio made now
python -m training.demo.evaluate --state      the training state in build/demo, on the features made with it
python -m training.demo.evaluate --reduced    what bfloat16 and bytes change of what models/demo hears
"""

from __future__ import annotations

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from models.sensevoice import Precision, SenseVoiceOptions, tags
from models.sensevoice.align import spikes
from models.sensevoice.network import Network
from speech.audio import Waveform
from speech.engine import CheckpointInfo, Clip

from . import recipe
from .corpus import Corpus, read, stack
from .sentence import Sentence
from .sentences import sentence
from .tokens import Tokenizer
from .train import QUERY

if TYPE_CHECKING:
    from models.sensevoice.engine import SenseVoice

    from .scene import Scene

_MARKS = re.compile(r"[\W_]+")
SPEECH_LANGUAGES = recipe.LANGUAGES
PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "int8")
AT_MOST_ERRORS = 0.10
AT_LEAST = {"language": 0.97, "emotion": 0.90, "event": 0.90, "nospeech": 0.95}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was there and what was heard."""

    language: str
    emotion: str
    event: str
    text: str
    raw: str  # the model's


@dataclass(slots=True)
class Tally:
    """Errors or hits over what could be wrong or hit."""

    counted: int = 0
    of: int = 0

    def add(self, counted: int, of: int) -> None:
        self.counted += counted
        self.of += of

    @property
    def rate(self) -> float:
        return self.counted / max(self.of, 1)


@dataclass(frozen=True, slots=True)
class Scorecard:
    errors: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))  # by language
    hits: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))  # by kind of label

    @property
    def passed(self) -> bool:
        texts = all(self.errors[language].rate <= AT_MOST_ERRORS for language in SPEECH_LANGUAGES)
        return texts and all(self.hits[kind].rate >= floor for kind, floor in AT_LEAST.items())


def score(answers: Iterable[Answer]) -> Scorecard:
    card = Scorecard()
    for answer in answers:
        heard = names(answer.raw)
        card.hits[f"event {answer.event}"].add(heard[2] == answer.event, 1)
        card.hits["event"].add(heard[2] == answer.event, 1)
        if answer.language == "nospeech":
            if answer.event == "Event_UNK":
                card.hits["nospeech"].add(heard[0] == "nospeech" and not tags.strip(answer.raw), 1)
            continue
        card.hits["language"].add(heard[0] == answer.language, 1)
        card.hits["emotion"].add(heard[1] == answer.emotion, 1)
        card.hits[f"emotion {answer.emotion}"].add(heard[1] == answer.emotion, 1)
        said, understood = units(answer.text, answer.language), units(tags.strip(answer.raw), answer.language)
        card.errors[answer.language].add(distance(said, understood), len(said))
    return card


def names(raw: str) -> tuple[str, str, str]:
    """Language, emotion and event as the model named them, "" for one it left out."""
    found = tags.names(raw)
    kinds = (("nospeech", *recipe.LANGUAGES), recipe.EMOTIONS, recipe.EVENTS)
    language, emotion, event = (next((name for name in found if name in kind), "") for kind in kinds)
    return language, emotion, event


def units(text: str, language: str) -> list[str]:
    """Words of English, characters of the others, without marks, spaces and case."""
    if language == "en":
        return [word for word in (_MARKS.sub("", part) for part in text.lower().split()) if word]
    return list(_MARKS.sub("", text.lower()))


def distance(said: Sequence[object], heard: Sequence[object]) -> int:
    """Levenshtein's: substitutions, insertions and deletions."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def table(card: Scorecard) -> str:
    """Markdown: what the model card and the terminal show."""
    lines = ["| what | measured | target | of |", "|---|---|---|---|"]
    for language in SPEECH_LANGUAGES:
        tally, measure = card.errors[language], "WER" if language == "en" else "CER"
        lines.append(f"| {language} {measure} | {tally.rate:.1%} | at most {AT_MOST_ERRORS:.0%} | {tally.of} units |")
    for kind, floor in AT_LEAST.items():
        tally = card.hits[kind]
        lines.append(f"| {kind} | {tally.rate:.1%} | at least {floor:.0%} | {tally.of} clips |")
    return "\n".join(lines)


def details(card: Scorecard) -> str:
    """The labels one by one."""
    single = {kind: tally for kind, tally in sorted(card.hits.items()) if " " in kind}
    return "\n".join(f"{kind:24s} {tally.rate:6.1%} of {tally.of}" for kind, tally in single.items())


@cache
def vocabulary(language: str) -> frozenset[str]:
    """The words of as many training sentences as the corpus has in a language: nobody is asked a word he was never told."""
    rng = random.Random(recipe.TRAINING_SEED)
    count = recipe.SHARDS * recipe.SCENES_PER_SHARD // (len(recipe.LANGUAGES) + 1)
    drawn = (sentence(language, rng) for _ in range(count))
    return frozenset(piece.spoken for said in drawn if not said.held_out for piece in said.pieces)


def told(said: Sentence) -> bool:
    """Whether every word of a sentence was trained on, in other sentences. A number is made of words that are."""
    known = vocabulary(said.language)
    return all(piece.spoken in known or any(map(str.isdigit, piece.written)) for piece in said.pieces)


def asked(scenes: int) -> Iterator[Scene]:
    """The scenes of the evaluation."""
    from .scene import draw

    for seed in range(recipe.EVALUATION_SEED, recipe.EVALUATION_SEED + scenes):
        scene = draw(seed, held_out=True)
        if all(map(told, scene.sentences)):
            yield scene


def from_engine(folder: Path, scenes: int) -> Iterator[Answer]:
    """The checkpoint in full precision, on audio made now."""
    engine = _engine(folder, "fp32")
    for scene in asked(scenes):
        yield _answer(engine, scene)


def reduced(folder: Path, scenes: int) -> str:
    """Markdown: for each precision of a CPU how many tokens are those of float32, and the mean of the error rates."""
    said, tokenizer = list(asked(scenes)), Tokenizer(folder)
    answers = {precision: [_answer(_engine(folder, precision), scene) for scene in said] for precision in PRECISIONS}
    lines = ["| precision | tokens as in fp32 | errors, mean of the five languages | emotion | event |", "|---|---|---|---|---|"]
    for precision, found in answers.items():
        tally, card = Tally(), score(found)
        for answer, exact in zip(found, answers["fp32"], strict=True):
            tokens = tokenizer.encode(exact.raw)
            tally.add(distance(tokens, tokenizer.encode(answer.raw)), len(tokens))
        errors = sum(card.errors[language].rate for language in SPEECH_LANGUAGES) / len(SPEECH_LANGUAGES)
        hits = f"{card.hits['emotion'].rate:.1%} | {card.hits['event'].rate:.1%}"
        lines.append(f"| {precision} | {1 - tally.rate:.2%} of {tally.of} | {errors:.2%} | {hits} |")
    return "\n".join(lines)


@cache
def _engine(folder: Path, precision: Precision) -> SenseVoice:
    from models.sensevoice.engine import SenseVoice

    return SenseVoice.load(folder, CheckpointInfo("earshot-demo", "demo"), SenseVoiceOptions(precision=precision))


def _answer(engine: SenseVoice, scene: Scene) -> Answer:
    text = " ".join(said.written for said in scene.sentences)
    (raw,) = engine.raw([Clip(Waveform(scene.samples))])
    return Answer(scene.language, scene.emotion, scene.event, text, raw)


def from_state(folder: Path, weights: str) -> Iterator[Answer]:
    """The weights of a run in progress, on the features of its evaluation shard."""
    tokenizer, corpus = Tokenizer(folder), Corpus(folder, shards=1)
    network = Network(recipe.shape(len(tokenizer))).eval()
    network.load_state_dict(torch.load(folder / "state.pt", weights_only=True)[weights])
    queries = torch.tensor([[QUERY["auto"], 1, 2, QUERY["withitn"]]])
    for utterance in read(folder / "evaluation-0000.npz"):
        features = (stack(utterance.mels.astype("float32")) + corpus.shift) * corpus.scale
        with torch.inference_mode():
            logits = network(torch.from_numpy(features)[None], torch.tensor([len(features)]), queries)[0]
        path = logits.argmax(-1).tolist()
        raw = tokenizer.decode([s.token for s in spikes(path, [1.0] * len(path))])
        yield Answer(utterance.language, utterance.emotion, utterance.event, utterance.text["withitn"], raw)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", choices=["average", "network"], nargs="?", const="average", help="weights in training")
    parser.add_argument("--reduced", action="store_true", help="compare the precisions of a CPU")
    parser.add_argument("--scenes", type=int, default=recipe.EVALUATION_SCENES)
    args = parser.parse_args()
    if args.reduced:
        print(reduced(recipe.OUT, args.scenes))
        return
    card = score(from_state(recipe.WORK, args.state) if args.state else from_engine(recipe.OUT, args.scenes))
    print(f"{table(card)}\n\n{details(card)}")
    raise SystemExit(not card.passed)


if __name__ == "__main__":
    main()
