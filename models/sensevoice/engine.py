"""Hears clips with SenseVoiceSmall. Knows nothing of files, HTTP, Gradio or other requests."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import yaml
from torch import Tensor

from speech import machine
from speech.engine import CheckpointInfo, Clip, Device
from speech.errors import CheckpointCorrupt, CheckpointMissing, UnknownLanguage
from speech.spans import Span
from speech.transcript import Emotion, Language, Scores, Segment, Token, Transcript

from . import INFO, SenseVoiceOptions, align, export, faults, precision, tags
from .features import FRAME, Cmvn, Frontend
from .layout import Layout, Packed, Padded
from .network import N_QUERIES, Network, NetworkShape
from .tokenizer import Tokenizer

log = logging.getLogger(__name__)

# Rows of the query table (funasr 1.4.16 SenseVoiceSmall.__init__: lid_dict, textnorm_dict; inference: event_emo_query)
_LANGUAGE_QUERY: Mapping[Language | None, int] = {
    None: 0,
    Language.ZH: 3,
    Language.EN: 4,
    Language.YUE: 7,
    Language.JA: 11,
    Language.KO: 12,
}
_EVENT_QUERY, _EMOTION_QUERY = 1, 2
_WITH_ITN, _WITHOUT_ITN = 14, 15

Label = TypeVar("Label")

AT_ONCE = {"cpu": 60.0, "cuda": 480.0}  # s of a batch; a CPU gains nothing from more
LOGITS = 64  # frames whose logits are there at one time: 6 MB of them, near the CPU


@dataclass(frozen=True, slots=True)
class _Path:
    """What leaves the network for one clip: the best path and the label frames."""

    tokens: list[int]  # (N_QUERIES + frames,) most probable token of each frame
    probabilities: list[float]  # and how probable it was
    labels: list[dict[int, float]]  # of each of the N_QUERIES label frames, the probability of each label's token


class SenseVoice:
    """An Engine. All of its methods belong to one thread."""

    info = INFO

    def __init__(self, network: Network, tokenizer: Tokenizer, cmvn: Cmvn, checkpoint: CheckpointInfo) -> None:
        self.checkpoint = checkpoint
        self._network = network
        self._tokenizer = tokenizer
        self._device = next(network.parameters()).device
        self._frontend = Frontend(cmvn, self._device)
        self.pads = self._device.type != "cpu"
        self.at_once = AT_ONCE[self._device.type]
        self._labels = sorted({*tokenizer.languages, *tokenizer.emotions, *tokenizer.events})

    @classmethod
    def load(cls, folder: Path, checkpoint: CheckpointInfo, options: SenseVoiceOptions | None = None) -> SenseVoice:
        """From a folder with model.pt, config.yaml, am.mvn and a SentencePiece model.

        Raises CheckpointMissing, or CheckpointCorrupt where a file cannot be read or does not fit the others.
        """
        options = options or SenseVoiceOptions()
        if options.threads:
            torch.set_num_threads(options.threads)
        device = precision.device_of(options)
        with _reading(_file(folder, "*.bpe.model")) as file:
            tokenizer = Tokenizer(file)
        with _reading(_file(folder, "am.mvn")) as file:
            cmvn = Cmvn.read(file)
        with _reading(_file(folder, "config.yaml")) as file:
            shape = NetworkShape.of(yaml.safe_load(file.read_text("utf-8"))["encoder_conf"], len(tokenizer))
        chosen = precision.choose(device) if options.precision == "auto" else options.precision
        with _reading(_file(folder, "model.pt")) as file:
            with torch.device("meta"):
                network = Network(shape)
            precision.fill(network, export.state(file, chosen), chosen)
        log.info("%s from %s on %s in %s", checkpoint.name, checkpoint.source, device, chosen)
        return cls(network.eval().to(device), tokenizer, cmvn, checkpoint)

    def infer(self, clips: Sequence[Clip]) -> list[Transcript]:
        """One transcript a clip; empty where there is neither speech nor a sound with a name. Raises as Engine says."""
        if not clips:
            return []
        fault = None
        try:
            paths = self._narrowed(clips, self._paths(clips))
        except (RuntimeError, MemoryError) as error:
            fault = faults.known(error)
            if fault is None:
                raise
        if fault:  # raised here, where torch's error is gone: its frames hold the very tensors that had no room
            faults.free_memory()
            raise fault
        return [self._transcript(clip, _within(path, clip.wanted)) for clip, path in zip(clips, paths, strict=True)]

    def device(self) -> Device:
        """For any thread."""
        if self._device.type == "cpu":
            return Device("CPU", machine.resident(), machine.total())
        free, total = torch.cuda.mem_get_info(self._device)
        return Device(torch.cuda.get_device_name(self._device), total - free, total)

    def _narrowed(self, clips: Sequence[Clip], paths: list[_Path]) -> list[_Path]:
        """Where a language was found that a clip cannot be in: heard again as the likeliest of those it can, and called so."""
        open_ = [i for i, clip in enumerate(clips) if clip.among and not clip.language]
        again = {i: self._told(clips[i], paths[i]) for i in open_ if not self._fits(clips[i], paths[i])}
        if again:
            for i, path in zip(again, self._paths(list(again.values())), strict=True):
                paths[i] = self._called(again[i], path)
        return paths

    def _fits(self, clip: Clip, path: _Path) -> bool:
        return self._tokenizer.languages.get(path.tokens[0]) in (*clip.among, Language.NONE)

    def _told(self, clip: Clip, path: _Path) -> Clip:
        scores = _labelled(path.labels[0], self._tokenizer.languages)
        return replace(clip, language=max(clip.among, key=lambda language: (scores.get(language, 0.0), language)))

    def _called(self, clip: Clip, path: _Path) -> _Path:
        """The language frame says what the clip was told: a hint alone does not always turn it."""
        if self._fits(clip, path):
            return path
        token = next(token for token, language in self._tokenizer.languages.items() if language is clip.language)
        return replace(path, tokens=[token, *path.tokens[1:]])

    def raw(self, clips: Sequence[Clip]) -> list[str]:
        """The raw text alone, token for token what funasr's SenseVoiceSmall.inference answers with dither 0."""
        return [self._decode(path) for path in self._paths(clips)]

    @torch.inference_mode()
    def _paths(self, clips: Sequence[Clip]) -> list[_Path]:
        """Of all that the network gives, the best path and the probabilities of labels leave the device."""
        frames, lengths = self._frontend([clip.waveform.samples for clip in clips])
        queries = [[_language_query(clip), _EVENT_QUERY, _EMOTION_QUERY, _style_query(clip)] for clip in clips]
        layout = self._layout([N_QUERIES + length for length in lengths])
        hidden = self._network.encode(frames, torch.tensor(queries, device=self._device), layout)
        tokens, probabilities = self._best(hidden)
        firsts = [end - length for end, length in zip(accumulate(layout.lengths), layout.lengths, strict=True)]
        labels = self._labels_at(hidden, firsts)
        return [
            _Path(tokens[first : first + length], probabilities[first : first + length], label_frames)
            for first, length, label_frames in zip(firsts, layout.lengths, labels, strict=True)
        ]

    def _layout(self, lengths: Sequence[int]) -> Layout:
        """A CPU is bound by arithmetic, which padding wastes; a GPU by launches, of which a packed batch needs more."""
        if self.pads:
            return Padded(lengths, self._device)
        return Packed(lengths, self._network.gap, self._device)

    def _best(self, hidden: Tensor) -> tuple[list[int], list[float]]:
        """The most probable token of each frame, and how probable it was."""
        tokens, probabilities = [], []
        for part in torch.split(hidden, LOGITS):
            logits = self._network.head(part)
            token = logits.argmax(-1)
            tokens.append(token)
            probabilities.append(logits.softmax(-1).gather(-1, token[:, None])[:, 0])
        return torch.cat(tokens).tolist(), torch.cat(probabilities).tolist()

    def _labels_at(self, hidden: Tensor, firsts: Sequence[int]) -> list[list[dict[int, float]]]:
        """For each clip whose frames begin at one of `firsts`, the labels' probabilities in its N_QUERIES label frames."""
        rows = [first + i for first in firsts for i in range(N_QUERIES)]
        shares = self._network.head(hidden[rows]).softmax(-1)[:, self._labels]
        found = [dict(zip(self._labels, row, strict=True)) for row in shares.tolist()]
        return [found[i : i + N_QUERIES] for i in range(0, len(found), N_QUERIES)]

    def _transcript(self, clip: Clip, path: _Path) -> Transcript:
        duration = clip.waveform.duration
        raw = self._decode(path)
        parsed = tags.parse(raw)
        if not parsed.text and not parsed.events:
            return Transcript((), duration)
        spikes = align.spikes(path.tokens[N_QUERIES:], path.probabilities[N_QUERIES:])
        tokens = tuple(self._token(spike) for spike in spikes)
        segment = Segment(
            text=parsed.text,
            start=clip.wanted.start if clip.wanted else 0.0,
            end=clip.wanted.end if clip.wanted else duration,
            language=parsed.language or Language.NONE,
            emotion=parsed.emotion or Emotion.UNKNOWN,
            events=parsed.events,
            words=align.words(spikes, self._tokenizer.piece, duration),
            tokens=tokens,
            scores=self._scores(path, tokens),
            raw=raw,
        )
        return Transcript((segment,), duration)

    def _decode(self, path: _Path) -> str:
        return self._tokenizer.decode([spike.token for spike in align.spikes(path.tokens, path.probabilities)])

    def _token(self, spike: align.Spike) -> Token:
        text = self._tokenizer.piece(spike.token).replace("▁", " ")
        return Token(spike.token, text, float(np.log(max(spike.probability, 1e-10))))

    def _scores(self, path: _Path, tokens: Sequence[Token]) -> Scores:
        # Which frame answers what: funasr 1.4.16 SenseVoiceSmall.forward trains the four frames on language, emotion,
        # event and itn in this order, whatever the names of the queries.
        language, emotion, event, _ = path.labels
        languages = _labelled(language, self._tokenizer.languages)
        return Scores(
            languages={label: score for label, score in languages.items() if label is not Language.NONE},
            emotions=_labelled(emotion, self._tokenizer.emotions),
            events=_labelled(event, self._tokenizer.events),
            no_speech=languages.get(Language.NONE, 0.0),
            avg_logprob=sum(token.logprob for token in tokens) / len(tokens) if tokens else 0.0,
        )


def _within(path: _Path, wanted: Span | None) -> _Path:
    """The path with blanks for the tokens that begin outside of what is wanted."""
    if wanted is None:
        return path
    tokens = path.tokens[:]
    for spike in align.spikes(path.tokens[N_QUERIES:], path.probabilities[N_QUERIES:]):
        if not wanted.start <= spike.first * FRAME < wanted.end:
            tokens[N_QUERIES + spike.first : N_QUERIES + spike.last + 1] = [align.BLANK] * (spike.last + 1 - spike.first)
    return replace(path, tokens=tokens)


def _labelled(probabilities: Mapping[int, float], labels: Mapping[int, Label]) -> dict[Label, float]:
    """The probability of each label, those of two tokens with one label added."""
    scores: dict[Label, float] = {}
    for token, label in labels.items():
        scores[label] = scores.get(label, 0.0) + probabilities[token]
    return scores


def _language_query(clip: Clip) -> int:
    if clip.language not in _LANGUAGE_QUERY:
        raise UnknownLanguage(str(clip.language), [*map(str, INFO.languages), "auto"])
    return _LANGUAGE_QUERY[clip.language]


def _style_query(clip: Clip) -> int:
    return _WITH_ITN if clip.itn else _WITHOUT_ITN


def _file(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise CheckpointMissing(str(folder), pattern)
    return found[0]


@contextmanager
def _reading(file: Path) -> Iterator[Path]:
    """Whatever a damaged file raises, in our words."""
    try:
        yield file
    except Exception as error:
        raise CheckpointCorrupt(file.name, f"it cannot be read ({type(error).__name__})") from error
