"""The numbers that make the demo checkpoint what it is: its size, its data and its schedule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.sensevoice.network import NetworkShape

WORK = Path("build/demo")  # features, tokenizer and training state; not in git
OUT = Path("models/demo")  # the checkpoint itself

LANGUAGES = ("zh", "yue", "en", "ja", "ko")
EMOTIONS = ("NEUTRAL", "HAPPY", "SAD", "ANGRY", "FEARFUL", "DISGUSTED", "SURPRISED", "EMO_UNKNOWN")
EVENTS = ("Speech", "BGM", "Laughter", "Applause", "Cry", "Sneeze", "Cough", "Event_UNK")
STYLES = ("withitn", "woitn")
CLOSING = ("/Speech", "/BGM", "/Laughter", "/Applause")  # in the tag set of the released tokenizer, never said here

TEXTS_PER_LANGUAGE = 30_000  # sentences the tokenizer is made from
VOCABULARY = 2_600  # pieces, tags included, at most

SCENES_PER_SHARD = 400
SHARDS = 126  # 50,400 scenes, 50 h
ENGLISH_SHARDS = 46  # more, of the language with the most accents and the most pieces a word; 20 h
TURNS = {"en": 4, "ja": 2}  # times an epoch: most pieces a word, seven accents; longest sentences
EVALUATION_SCENES = 1_600
TRAINING_SEED, EVALUATION_SEED = 0, 900_000_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """Warm up, hold, then fall to nothing: a run can be resumed, and the fall be brought forward."""

    steps: int = 8_730
    warmup: int = 100
    fall: float = 0.45  # the last part of the steps over which the rate falls linearly
    rate: float = 2.5e-3  # of the matrices, by Muon
    head: float = 0.4  # of that for all else, by AdamW: the rows of seldom tokens move with every step
    frames: int = 4_000  # padded 60 ms frames a batch
    alignment: float = 0.2  # weight of the frame targets at the start
    alignment_end: float = 0.1  # and at the end

    def rate_at(self, step: int) -> float:
        rising = min(1.0, (step + 1) / self.warmup)
        falling = min(1.0, (self.steps - step) / (self.fall * self.steps))
        return self.rate * rising * falling

    def alignment_at(self, step: int) -> float:
        done = step / self.steps
        return self.alignment + (self.alignment_end - self.alignment) * done


def shape(vocabulary: int, dropout: float = 0.0) -> NetworkShape:
    """Seven million parameters, 14 MB in float16."""
    return NetworkShape(vocabulary, width=256, heads=4, inner=1024, blocks=6, tp_blocks=1, dropout=dropout)
