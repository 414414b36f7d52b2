"""Trains the demo checkpoint: CTC over the audio frames, cross entropy over the four label frames.

The synthesiser knows when it said what, so each frame is also told which token it belongs to, with a weight that falls. That
makes CTC find its alignment within minutes, and keeps word times true.

    python -m training.demo.train        resumes from build/demo/state.pt
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed
from numpy.typing import NDArray
from torch import Tensor
from torch.multiprocessing.spawn import spawn
from torch.nn import functional as F

from models.sensevoice.features import FRAME, Floats
from models.sensevoice.network import N_QUERIES, Network

from . import recipe
from .corpus import Corpus, Utterance, stack
from .recipe import Schedule
from .tokens import BLANK, Tokenizer

log = logging.getLogger("train")

Ids = NDArray[np.int64]

IGNORED = -1
FOLLOWED = 8  # steps between two looks of the slow average at the weights
WRITTEN = 0.6  # how often digits and punctuation are asked for
AUTO = 0.6  # how often the language query is left open
JOINED = 0.15  # how often two to four plain utterances of one language become a long one
QUERY = {"auto": 0, "zh": 3, "en": 4, "yue": 7, "ja": 11, "ko": 12, "nospeech": 13, "withitn": 14, "woitn": 15}


@dataclass(frozen=True, slots=True)
class Batch:
    """`features` (n, frames, 560) and what should come out of them."""

    features: Tensor
    lengths: Tensor
    queries: Tensor  # (n, N_QUERIES)
    labels: Tensor  # (n, N_QUERIES) ids of the four tags
    targets: Tensor  # (all tokens,)
    target_lengths: Tensor
    frames: Tensor  # (n, frames) the token of each frame, BLANK between words, IGNORED where it is open


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance in one style: what the network hears, and what should come out."""

    features: Floats  # (frames, 560) before CMVN
    queries: list[int]
    labels: list[int]
    tokens: list[int]
    frames: Ids  # (frames,)


def sample(utterance: Utterance, tokenizer: Tokenizer, rng: np.random.Generator) -> Example:
    """An utterance with a style, a language query and distortions drawn at random."""
    style = "withitn" if rng.random() < WRITTEN else "woitn"
    told = utterance.language if rng.random() > AUTO else "auto"
    speed = rng.uniform(0.92, 1.08)
    features = stack(augment(warp(utterance.mels.astype(np.float32), speed, rng.uniform(0.94, 1.06)), rng))
    tokens = utterance.tokens[style]
    times = [(start / speed, end / speed) for start, end in utterance.times[style]]
    return Example(
        features=features,
        queries=[QUERY[told], 1, 2, QUERY[style]],
        labels=[tokenizer.tag(name) for name in (utterance.language, utterance.emotion, utterance.event, style)],
        tokens=tokens,
        frames=frame_targets(tokens, times, len(features)),
    )


def frame_targets(tokens: list[int], times: list[tuple[float, float]], n_frames: int) -> Ids:
    """(n_frames,) which token is being said in each frame; open where two tokens are alike or a mark takes no time."""
    frames = np.full(n_frames, BLANK, np.int64)
    spans = [(round(start / FRAME), round(end / FRAME)) for start, end in times]
    for token, (first, last) in zip(tokens, spans, strict=True):
        frames[first : max(last, first + 1)] = token
    for token, (first, last), following in zip(tokens, spans, [*tokens[1:], BLANK], strict=False):
        if last <= first:  # a mark, or a token too short for a frame of its own
            frames[max(first - 1, 0) : first + 2] = IGNORED
        elif token == following:
            frames[max(last - 1, first) : last + 1] = IGNORED
    return frames


def warp(mels: Floats, speed: float, tract: float) -> Floats:
    """The same at another speed, by a speaker whose vocal tract is another: (n, 80) -> (n / speed, 80)."""
    when = np.arange(max(round(len(mels) / speed), 1)) * speed
    bands = np.arange(mels.shape[1]) * tract
    return _between(_between(mels, when).T, bands).T


def _between(rows: Floats, at: NDArray[np.floating[Any]]) -> Floats:
    """Rows at fractional indices, the last one repeated."""
    low = np.minimum(at.astype(np.int64), len(rows) - 1)
    part = (at - low).clip(0, 1)[:, None].astype(np.float32)
    between: Floats = rows[low] * (1 - part) + rows[np.minimum(low + 1, len(rows) - 1)] * part
    return between


def augment(mels: Floats, rng: np.random.Generator) -> Floats:
    """SpecAugment's masks, small, and a level of the user's own: a gain is a shift of log energies."""
    mels = mels + np.float32(rng.uniform(-3, 3))
    for _ in range(rng.integers(0, 3)):
        low, width = rng.integers(0, 76), rng.integers(1, 10)
        mels[:, low : low + width] = mels.mean()
    for _ in range(rng.integers(0, 3)):
        first, length = rng.integers(0, max(len(mels) - 10, 1)), rng.integers(1, 9)
        mels[first : first + length] = mels.mean()
    return mels


def collate(examples: Sequence[Example], shift: Floats, scale: Floats) -> Batch:
    """Examples as one batch, normalised and padded to the longest."""
    longest = max(len(example.features) for example in examples)
    features = np.zeros((len(examples), longest, len(shift)), np.float32)
    frames = np.full((len(examples), longest), IGNORED, np.int64)
    for row, example in enumerate(examples):
        features[row, : len(example.features)] = (example.features + shift) * scale
        frames[row, : len(example.frames)] = example.frames
    return Batch(
        features=torch.from_numpy(features),
        lengths=torch.tensor([len(example.features) for example in examples]),
        queries=torch.tensor([example.queries for example in examples]),
        labels=torch.tensor([example.labels for example in examples]),
        targets=torch.tensor([token for example in examples for token in example.tokens], dtype=torch.long),
        target_lengths=torch.tensor([len(example.tokens) for example in examples]),
        frames=torch.from_numpy(frames),
    )


def batches(corpus: Corpus, schedule: Schedule, seed: int) -> Iterator[list[Utterance]]:
    """One pass over the corpus in batches of like length, in random order, long ones made of short ones among them."""
    rng = np.random.default_rng(seed)
    utterances = corpus.joined(rng, JOINED)
    order = sorted(range(len(utterances)), key=lambda i: utterances[i].n_frames * rng.uniform(0.9, 1.1))
    rows: list[list[Utterance]] = [[]]
    for i in order:
        utterance = utterances[i]
        if rows[-1] and (len(rows[-1]) + 1) * max(utterance.n_frames, rows[-1][-1].n_frames) > schedule.frames:
            rows.append([])
        rows[-1].append(utterance)
    for i in rng.permutation(len(rows)):
        yield rows[i]


def losses(network: Network, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """CTC per token, cross entropy of the labels, and of the frames per token: what a frame says weighs the same in both."""
    with torch.autocast("cpu" if batch.features.device.type == "cpu" else "cuda", dtype=torch.bfloat16):
        logits = network(batch.features, batch.lengths, batch.queries)
    log_probs = logits.float().log_softmax(-1)
    ctc = F.ctc_loss(
        log_probs[:, N_QUERIES:].transpose(0, 1),
        batch.targets,
        batch.lengths,
        batch.target_lengths,
        blank=BLANK,
        reduction="sum",
        zero_infinity=True,
    ) / max(len(batch.targets), 1)
    rich = F.nll_loss(log_probs[:, :N_QUERIES].flatten(0, 1), batch.labels.flatten())
    heard = log_probs[:, N_QUERIES:].flatten(0, 1)
    frames = F.nll_loss(heard, batch.frames.flatten(), ignore_index=IGNORED, reduction="sum") / max(len(batch.targets), 1)
    return ctc, rich, frames


class Trainer:
    """The state of a run: network, optimisers, a slow average of the weights, and the step it is at.

    Of several workers each takes its share of every batch; gradients are averaged, so all of them hold the same state.
    """

    def __init__(
        self, corpus: Corpus, tokenizer: Tokenizer, schedule: Schedule, folder: Path, worker: int = 0, workers: int = 1
    ) -> None:
        torch.manual_seed(recipe.TRAINING_SEED)
        self.worker, self.workers = worker, workers
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.corpus, self.tokenizer, self.schedule, self.folder = corpus, tokenizer, schedule, folder
        self.network = Network(recipe.shape(len(tokenizer))).to(self.device)
        matrices = [p for p in self.network.encoder.parameters() if p.ndim == 2]
        chosen = {id(p) for p in matrices}
        others = [p for p in self.network.parameters() if id(p) not in chosen]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, lr=schedule.rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, lr=schedule.rate * schedule.head, betas=(0.9, 0.98), weight_decay=0.01),
        ]
        self.average = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        self.step, self.epoch = 0, 0

    def run(self, until: int) -> None:
        """Trains to step `until`, saving every few minutes."""
        saved = time.monotonic()
        while self.step < until:
            for utterances in batches(self.corpus, self.schedule, seed=self.epoch):
                share = utterances[self.worker :: self.workers]
                if len(utterances) < self.workers:
                    continue
                rng = np.random.default_rng((recipe.TRAINING_SEED, self.step, self.worker))
                examples = [sample(utterance, self.tokenizer, rng) for utterance in share]
                self._learn(collate(examples, self.corpus.shift, self.corpus.scale))
                if self.worker == 0 and (time.monotonic() - saved > 240 or self.step >= until):
                    self.save()
                    saved = time.monotonic()
                if self.step >= until:
                    return
            self.epoch += 1
            self.corpus.refresh()

    def _learn(self, batch: Batch) -> None:
        started = time.monotonic()
        batch = replace(batch, **{name: getattr(batch, name).to(self.device) for name in batch.__slots__})
        self.network.train()
        ctc, rich, frames = losses(self.network, batch)
        loss = ctc + rich + self.schedule.alignment_at(self.step) * frames
        loss.backward()  # type: ignore[no-untyped-call]
        self._share_gradients()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        for optimizer in self.optimizers:
            share = 1.0 if isinstance(optimizer, torch.optim.Muon) else self.schedule.head
            for group in optimizer.param_groups:
                group["lr"] = share * self.schedule.rate_at(self.step)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        if self.step % FOLLOWED == 0:
            self._follow()
        if self.step % 50 == 0 and self.worker == 0:
            seconds = int(batch.lengths.sum()) * FRAME * self.workers
            log.info(
                "step %d epoch %d  ctc %.3f  rich %.3f  frames %.3f  %.0fx real time",
                self.step, self.epoch, ctc.item(), rich.item(), frames.item(), seconds / (time.monotonic() - started),
            )  # fmt: skip

    def _share_gradients(self) -> None:
        if self.workers > 1:
            gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            torch.distributed.all_reduce(flat)
            for gradient, part in zip(gradients, torch.split(flat / self.workers, [g.numel() for g in gradients]), strict=True):
                gradient.copy_(part.view_as(gradient))

    def _follow(self) -> None:
        """The average of the weights, over the last hundreds of steps."""
        keep = min(0.98, 1 - FOLLOWED / self.step)
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value.detach(), 1 - keep)

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "epoch": self.epoch,
        }
        torch.save(state, self.folder / "state.tmp")
        (self.folder / "state.tmp").replace(self.folder / "state.pt")

    def resume(self) -> None:
        if not (self.folder / "state.pt").exists():
            return
        state = torch.load(self.folder / "state.pt", weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.epoch = state["step"], state["epoch"]
        log.info("resumed at step %d", self.step)


def work(worker: int, workers: int, schedule: Schedule, until: int) -> None:
    """One worker's run, on one thread where there are several."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if workers > 1:
        torch.set_num_threads(1)
        place = f"file://{(recipe.WORK / 'workers').absolute()}"
        torch.distributed.init_process_group("gloo", init_method=place, rank=worker, world_size=workers)
    trainer = Trainer(Corpus(recipe.WORK), Tokenizer(recipe.WORK), schedule, recipe.WORK, worker, workers)
    trainer.resume()
    trainer.run(until)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=Schedule().steps, help="length of the whole schedule")
    parser.add_argument("--until", type=int, help="stop earlier than the schedule's end")
    parser.add_argument("--workers", type=int, help="processes of one thread each; all cores, or one process on a GPU")
    args = parser.parse_args()
    schedule = Schedule(steps=args.steps)
    workers = args.workers or (1 if torch.cuda.is_available() else os.cpu_count() or 1)
    (recipe.WORK / "workers").unlink(missing_ok=True)
    if workers == 1:
        work(0, 1, schedule, args.until or schedule.steps)
    else:
        spawn(work, (workers, schedule, args.until or schedule.steps), nprocs=workers)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
