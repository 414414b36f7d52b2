"""The engine over a network of a few thousand random weights, and over one that says what it is told to."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from models.sensevoice import SenseVoiceOptions
from models.sensevoice.engine import SenseVoice
from models.sensevoice.features import FRAME, Cmvn
from models.sensevoice.layout import Layout
from models.sensevoice.network import Network, NetworkShape
from models.sensevoice.tags import tag
from models.sensevoice.tokenizer import Tokenizer
from speech.audio import SAMPLE_RATE, Waveform
from speech.engine import CheckpointInfo, Clip
from speech.errors import CheckpointCorrupt, CheckpointMissing, UnknownLanguage
from speech.spans import Span
from speech.transcript import Emotion, Event, Language, Transcript

WIDTH = 560
INFO = CheckpointInfo("tiny", "folder")
EXACT = SenseVoiceOptions(precision="fp32")  # the fastest is not always the same one
LABELS = ("zh", "yue", "en", "ja", "ko", "nospeech", "HAPPY", "SAD", "NEUTRAL", "EMO_UNKNOWN")
SOUNDS = ("Speech", "BGM", "Laughter", "Speech_Noise", "GBG", "Event_UNK")
STYLES = ("withitn", "woitn")
TEXTS = (
    "I don't know, it was at 9:30.",
    "He paid $25, not 20%.",
    "今天天气真好啊！我们出去走走吧。",
    "三点见。",
    "정말요? 3시에 봐요.",
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small a network is slower on two, much slower on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# --- a checkpoint's folder ---


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole checkpoint, small enough to make on the spot."""
    folder = tmp_path_factory.mktemp("checkpoint")
    (folder / "tiny.bpe.model").write_bytes(pieces())
    (folder / "am.mvn").write_text(nnet(Cmvn(np.full(WIDTH, -8, np.float32), np.full(WIDTH, 0.2, np.float32))))
    conf = {"output_size": 32, "attention_heads": 4, "linear_units": 64, "num_blocks": 3, "tp_blocks": 2, "kernel_size": 11}
    (folder / "config.yaml").write_text(yaml.safe_dump({"model": "SenseVoiceSmall", "encoder_conf": conf}))
    torch.manual_seed(0)
    network = Network(NetworkShape.of(conf, len(Tokenizer(folder / "tiny.bpe.model"))))
    torch.nn.init.normal_(network.ctc["ctc_lo"].weight, std=1.0)  # so that it does not say one thing all the time
    torch.save(network.state_dict(), folder / "model.pt")
    return folder


def pieces() -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 3),
        model_writer=model,
        model_type="bpe",
        vocab_size=150,
        hard_vocab_limit=False,
        character_coverage=1.0,
        user_defined_symbols=[tag(name) for name in (*LABELS, *SOUNDS, *STYLES)],
        normalization_rule_name="identity",
        minloglevel=2,
    )
    return model.getvalue()


def nnet(cmvn: Cmvn) -> str:
    shift, scale = (" ".join(map(str, vector.tolist())) for vector in (cmvn.shift, cmvn.scale))
    return (
        f"<Nnet>\n<Splice> {WIDTH} {WIDTH}\n[ 0 ]\n<AddShift> {WIDTH} {WIDTH}\n<LearnRateCoef> 0 [ {shift} ]\n"
        f"<Rescale> {WIDTH} {WIDTH}\n<LearnRateCoef> 0 [ {scale} ]\n</Nnet>\n"
    )


@pytest.fixture(scope="module")
def engine(folder: Path) -> SenseVoice:
    return SenseVoice.load(folder, INFO, EXACT)


@pytest.fixture
def broken(folder: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def clip(n_samples: int, seed: int = 0, language: Language | None = None, itn: bool = True) -> Clip:
    samples = np.random.default_rng(seed).standard_normal(n_samples) * 0.1
    return Clip(Waveform(samples.astype(np.float32)), language, itn)


# --- clips together and alone ---


LENGTHS = (0, 1, 300, 4_000, 9_000, 16_000, 16_001, 30_000, 48_000)  # samples


@pytest.fixture(scope="module")
def alone(engine: SenseVoice) -> dict[int, tuple[str, Transcript]]:
    """What is heard of each clip by itself."""
    clips = [numbered(i) for i in range(len(LENGTHS))]
    return {i: (engine.raw([one])[0], engine.infer([one])[0]) for i, one in enumerate(clips)}


def numbered(i: int) -> Clip:
    return clip(LENGTHS[i], i, language=(None, Language.EN, Language.KO)[i % 3], itn=i % 2 == 0)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(range(len(LENGTHS))), min_size=2, max_size=9))
def test_a_clip_in_a_batch_is_heard_as_alone(
    engine: SenseVoice, alone: dict[int, tuple[str, Transcript]], batch: list[int]
) -> None:
    clips = [numbered(i) for i in batch]
    assert engine.raw(clips) == [alone[i][0] for i in batch]
    heard = engine.infer(clips)
    assert [transcript.raw for transcript in heard] == [alone[i][1].raw for i in batch]
    assert [times(transcript) for transcript in heard] == [times(alone[i][1]) for i in batch]


def times(transcript: Transcript) -> list[tuple[str, float, float]]:
    return [(word.text, word.start, word.end) for segment in transcript.segments for word in segment.words]


def test_different_sounds_are_heard_differently(engine: SenseVoice) -> None:
    """Without this the equalities above would say little."""
    raws = engine.raw([clip(SAMPLE_RATE, seed) for seed in range(8)])
    assert len(set(raws)) > 4
    assert len(set("".join(raws))) > 10


def test_the_same_clip_is_always_heard_the_same_way(engine: SenseVoice, folder: Path) -> None:
    clips = [clip(SAMPLE_RATE), clip(2 * SAMPLE_RATE, 1)]
    first = engine.infer(clips)
    assert engine.infer(clips) == first
    assert SenseVoice.load(folder, INFO, EXACT).infer(clips) == first


def test_no_clips_are_no_answers(engine: SenseVoice) -> None:
    assert engine.infer([]) == []


@pytest.mark.parametrize("n_samples", [0, 1, 2, 100, 399, 400])
def test_the_shortest_clip_is_heard_without_harm(engine: SenseVoice, n_samples: int) -> None:
    (transcript,) = engine.infer([clip(n_samples)])
    assert transcript.duration == n_samples / SAMPLE_RATE
    assert all(word.end <= transcript.duration for segment in transcript.segments for word in segment.words)


@pytest.mark.parametrize("language", [Language.OTHER, Language.NONE])
def test_a_language_it_does_not_know_is_refused(engine: SenseVoice, language: Language) -> None:
    with pytest.raises(UnknownLanguage):
        engine.infer([clip(SAMPLE_RATE, language=language)])


# --- what the network says, as a transcript ---


class Said(nn.Module):
    """Says the tokens it is told, a row of them a clip, each as sure as `logit` makes it."""

    def __init__(self, n_tokens: int, rows: Sequence[Sequence[int]], logit: float) -> None:
        super().__init__()
        self.device_of = nn.Parameter(torch.zeros(1))
        self.n_tokens, self.rows, self.logit = n_tokens, rows, logit
        self.queries: list[list[int]] = []

    gap = 0

    def encode(self, features: Tensor, queries: Tensor, layout: Layout) -> Tensor:
        self.queries = queries.tolist()
        logits = torch.zeros(sum(layout.lengths), self.n_tokens)
        for clip, tokens in zip(logits.split(layout.lengths), self.rows, strict=True):
            padded = [*tokens, *[0] * (len(clip) - len(tokens))]
            clip[range(len(clip)), padded] = self.logit
        return logits

    def head(self, hidden: Tensor) -> Tensor:
        return hidden


@dataclass(frozen=True)
class Told:
    """An engine that hears what it is told."""

    tokenizer: Tokenizer

    def id(self, piece: str) -> int:
        return next(i for i in range(len(self.tokenizer)) if self.tokenizer.piece(i) == piece)

    def row(self, tags: str, *pieces: str) -> list[int]:
        """Four tags, then a piece a frame, "" for none."""
        return [*(self.id(tag(name)) for name in tags.split()), *(self.id(piece) if piece else 0 for piece in pieces)]

    def engine(self, *rows: list[int], logit: float = 20.0) -> SenseVoice:
        network = Said(len(self.tokenizer), rows, logit)
        neutral = Cmvn(np.zeros(WIDTH, np.float32), np.ones(WIDTH, np.float32))
        return SenseVoice(network, self.tokenizer, neutral, INFO)  # type: ignore[arg-type]

    def hear(self, *rows: list[int], n_samples: int = 2 * SAMPLE_RATE, logit: float = 20.0) -> list[Transcript]:
        return self.engine(*rows, logit=logit).infer([clip(n_samples, seed) for seed in range(len(rows))])


@pytest.fixture(scope="module")
def told(folder: Path) -> Told:
    return Told(Tokenizer(folder / "tiny.bpe.model"))


def test_of_a_clip_that_brings_what_lies_around_it_only_the_wanted_words_are_told(told: Told) -> None:
    row = told.row("zh HAPPY Speech withitn", "三", *[""] * 9, "点", "", "见", *[""] * 15, "好")
    engine = told.engine(row)
    (transcript,) = engine.infer([replace(clip(2 * SAMPLE_RATE), wanted=Span(0.6, 1.6))])
    (segment,) = transcript.segments
    assert (segment.text, segment.start, segment.end) == ("点见", 0.6, 1.6)
    assert [word.text for word in segment.words] == ["点", "见"]


@pytest.mark.parametrize(
    ("among", "heard_as"),
    [((), [0]), (("en",), [0, 4]), (("en", "ja"), [0, 11]), (("zh",), [0]), (("zh", "ko"), [0])],
)
def test_a_clip_in_none_of_the_languages_it_may_be_in_is_heard_again_as_the_likeliest_of_them(
    told: Told, among: tuple[str, ...], heard_as: list[int]
) -> None:
    """The network says Chinese, and puts Japanese before English."""
    engine = told.engine(told.row("zh HAPPY Speech withitn", "三"))
    network = engine._network
    asked: list[int] = []
    encode = network.encode

    def preferring_japanese(features: Tensor, queries: Tensor, layout: Layout) -> Tensor:
        asked.append(int(queries[0, 0]))
        logits = encode(features, queries, layout)
        logits[0, told.id(tag("ja"))] = 5.0
        return logits

    network.encode = preferring_japanese  # type: ignore[method-assign]
    ((segment,),) = (
        heard.segments for heard in engine.infer([replace(clip(SAMPLE_RATE), among=frozenset(map(Language, among)))])
    )
    assert asked == heard_as
    assert not among or segment.language in among
    assert segment.raw.startswith(tag(segment.language))


def test_silence_stays_silence_whatever_languages_it_may_be_in(told: Told) -> None:
    engine = told.engine(told.row("nospeech EMO_UNKNOWN Event_UNK woitn"))
    assert engine.infer([replace(clip(2 * SAMPLE_RATE), among=frozenset({Language.KO}))]) == [Transcript((), 2.0)]


def test_labels_text_and_words_become_a_segment(told: Told) -> None:
    (transcript,) = told.hear(told.row("zh HAPPY Laughter withitn", "", "三", "三", "", "", "点", "。"))
    (segment,) = transcript.segments
    assert (segment.text, segment.language, segment.emotion) == ("三点。", Language.ZH, Emotion.HAPPY)
    assert segment.events == (Event.LAUGHTER,)
    assert (segment.start, segment.end, transcript.duration) == (0.0, 2.0, 2.0)
    first, second = segment.words
    assert (first.text, first.start, first.end) == ("三", pytest.approx(FRAME - 0.03), pytest.approx(2 * FRAME + 0.03))
    assert (second.text, second.start, second.end) == ("点", pytest.approx(5 * FRAME - 0.03), pytest.approx(6 * FRAME - 0.03))
    assert segment.raw == "<|zh|><|HAPPY|><|Laughter|><|withitn|>三点。"
    assert [token.text for token in segment.tokens] == ["三", "点", "。"]


def test_a_second_clip_has_its_own_answer(told: Told) -> None:
    first, second = told.hear(told.row("zh SAD Speech withitn", "三"), told.row("ko NEUTRAL BGM woitn", "", "3", "", "시"))
    assert (first.segments[0].text, first.segments[0].emotion) == ("三", Emotion.SAD)
    assert (second.segments[0].text, second.segments[0].language, second.segments[0].events) == ("3시", Language.KO, (Event.BGM,))


def test_frames_behind_a_clip_are_not_heard(told: Told) -> None:
    n_frames = 17  # of one second
    (transcript,) = told.hear(told.row("zh SAD Speech withitn", *[""] * n_frames), n_samples=SAMPLE_RATE)
    assert transcript.segments == ()
    row = told.row("zh SAD Speech withitn", *[""] * (n_frames - 1), "点")
    assert told.hear(row, n_samples=SAMPLE_RATE)[0].segments[0].text == "点"


def test_silence_has_no_segment(told: Told) -> None:
    assert told.hear(told.row("nospeech EMO_UNKNOWN Event_UNK woitn")) == [Transcript((), 2.0)]


def test_a_sound_without_words_is_a_segment_without_text(told: Told) -> None:
    (segment,) = told.hear(told.row("nospeech EMO_UNKNOWN BGM woitn"))[0].segments
    assert (segment.text, segment.language, segment.emotion, segment.events) == ("", Language.NONE, Emotion.UNKNOWN, (Event.BGM,))
    assert (segment.words, segment.tokens) == ((), ())
    assert segment.scores.avg_logprob == 0.0


def test_scores_are_the_softmax_of_the_label_frames(told: Told) -> None:
    (segment,) = told.hear(told.row("en SAD GBG woitn", "三"), logit=5.0)[0].segments
    sure = np.exp(5) / (np.exp(5) + len(told.tokenizer) - 1)
    unsure = (1 - sure) / (len(told.tokenizer) - 1)
    assert segment.scores.languages == pytest.approx(
        {language: sure if language is Language.EN else unsure for language in Language if language not in ("und", "nospeech")}
    )
    assert segment.scores.emotions[Emotion.SAD] == pytest.approx(sure)
    assert segment.scores.events[Event.NOISE] == pytest.approx(sure + unsure)  # two tokens mean noise
    assert segment.scores.no_speech == pytest.approx(unsure)
    assert segment.scores.avg_logprob == pytest.approx(np.log(sure))
    assert segment.words[0].confidence == pytest.approx(sure)


def test_control_pieces_are_neither_text_nor_words(told: Told) -> None:
    start, end = 1, 2  # <s>, </s>
    (transcript,) = told.hear([*told.row("zh SAD Speech withitn"), start, told.id("三"), end])
    assert (transcript.segments[0].text, [word.text for word in transcript.segments[0].words]) == ("三", ["三"])


@pytest.mark.parametrize(
    ("language", "itn", "queries"),
    [
        (None, True, [0, 1, 2, 14]),
        (Language.ZH, False, [3, 1, 2, 15]),
        (Language.EN, True, [4, 1, 2, 14]),
        (Language.YUE, True, [7, 1, 2, 14]),
        (Language.JA, True, [11, 1, 2, 14]),
        (Language.KO, False, [12, 1, 2, 15]),
    ],
)
def test_what_is_asked_becomes_queries(told: Told, language: Language | None, itn: bool, queries: list[int]) -> None:
    network = Said(len(told.tokenizer), [[0]], 1.0)
    neutral = Cmvn(np.zeros(WIDTH, np.float32), np.ones(WIDTH, np.float32))
    SenseVoice(network, told.tokenizer, neutral, INFO).infer([clip(SAMPLE_RATE, language=language, itn=itn)])  # type: ignore[arg-type]
    assert network.queries == [queries]


# --- loading ---


def test_half_precision_is_widened(broken: Path) -> None:
    clips = [clip(SAMPLE_RATE, seed) for seed in range(3)]
    half = {name: value.half() for name, value in torch.load(broken / "model.pt", weights_only=True).items()}
    torch.save({name: value.float() for name, value in half.items()}, broken / "model.pt")
    wide = SenseVoice.load(broken, INFO, EXACT).raw(clips)
    torch.save(half, broken / "model.pt")
    assert SenseVoice.load(broken, INFO, EXACT).raw(clips) == wide


def test_weights_as_funasrs_trainer_wraps_them_are_unwrapped(engine: SenseVoice, broken: Path) -> None:
    state = torch.load(broken / "model.pt", weights_only=True)
    torch.save({"state_dict": state, "epoch": 3}, broken / "model.pt")
    assert SenseVoice.load(broken, INFO, EXACT).raw([clip(SAMPLE_RATE)]) == engine.raw([clip(SAMPLE_RATE)])


def test_weights_of_another_shape_are_refused(broken: Path) -> None:
    state = torch.load(broken / "model.pt", weights_only=True)
    torch.save(state | {"embed.weight": torch.zeros(16, 80)}, broken / "model.pt")
    with pytest.raises(CheckpointCorrupt, match=r"model\.pt"):
        SenseVoice.load(broken, INFO, EXACT)


def test_weights_with_a_tensor_missing_or_too_many_are_refused(broken: Path) -> None:
    state = torch.load(broken / "model.pt", weights_only=True)
    for spoilt in ({name: value for name, value in state.items() if "tp_norm" not in name}, state | {"more": torch.zeros(1)}):
        torch.save(spoilt, broken / "model.pt")
        with pytest.raises(CheckpointCorrupt):
            SenseVoice.load(broken, INFO, EXACT)


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04" + bytes(100)])
@pytest.mark.parametrize("name", ["model.pt", "tiny.bpe.model", "am.mvn", "config.yaml"])
def test_a_damaged_file_is_named(broken: Path, name: str, content: bytes) -> None:
    (broken / name).write_bytes(content)
    with pytest.raises(CheckpointCorrupt, match=name):
        SenseVoice.load(broken, INFO, EXACT)


def test_weights_that_were_cut_off_are_refused(broken: Path) -> None:
    whole = (broken / "model.pt").read_bytes()
    (broken / "model.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointCorrupt):
        SenseVoice.load(broken, INFO, EXACT)


@pytest.mark.parametrize("name", ["model.pt", "tiny.bpe.model", "am.mvn", "config.yaml"])
def test_a_missing_file_is_named(broken: Path, name: str) -> None:
    (broken / name).unlink()
    with pytest.raises(CheckpointMissing, match=name.removeprefix("tiny")):
        SenseVoice.load(broken, INFO, EXACT)


class Burglar:
    """Touches a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.target,)


def test_code_in_a_weights_file_is_refused_and_not_run(broken: Path) -> None:
    loot = broken / "loot"
    torch.save({"embed.weight": torch.zeros(16, WIDTH), "more": Burglar(loot)}, broken / "model.pt")
    with pytest.raises(CheckpointCorrupt):
        SenseVoice.load(broken, INFO, EXACT)
    (broken / "model.pt").write_bytes(pickle.dumps(Burglar(loot)))
    with pytest.raises(CheckpointCorrupt):
        SenseVoice.load(broken, INFO, EXACT)
    assert not loot.exists()


def test_the_burglar_above_would_have_been_let_in_by_a_plain_load(tmp_path: Path) -> None:
    torch.save(Burglar(tmp_path / "loot"), tmp_path / "model.pt")
    torch.load(tmp_path / "model.pt", weights_only=False)
    assert (tmp_path / "loot").exists()
