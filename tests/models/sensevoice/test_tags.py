from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.sensevoice import tags
from models.sensevoice.tags import Parsed, parse
from speech.transcript import Emotion, Event, Language

RELEASED = Path(__file__).parents[3] / "../shared/data/sensevoice-small/tokens.json"  # where it lies beside the project

# Every kind of tag in the released tokenizer, and what it says.
LANGUAGES = {
    "zh": Language.ZH,
    "yue": Language.YUE,
    "en": Language.EN,
    "ja": Language.JA,
    "ko": Language.KO,
    "zh/en": Language.ZH,
    "en/zh": Language.EN,
    "minnan": Language.ZH,
    "wuyu": Language.ZH,
    "dialect": Language.ZH,
    "de": Language.OTHER,
    "haw": Language.OTHER,
    "nospeech": Language.NONE,
}
EMOTIONS = {
    "HAPPY": Emotion.HAPPY,
    "SAD": Emotion.SAD,
    "ANGRY": Emotion.ANGRY,
    "NEUTRAL": Emotion.NEUTRAL,
    "FEARFUL": Emotion.FEARFUL,
    "DISGUSTED": Emotion.DISGUSTED,
    "SURPRISED": Emotion.SURPRISED,
    "OTHER": Emotion.OTHER,
    "EMO_UNKNOWN": Emotion.UNKNOWN,
}
EVENTS = {
    "BGM": Event.BGM,
    "/BGM": Event.BGM,
    "Laughter": Event.LAUGHTER,
    "/Laughter": Event.LAUGHTER,
    "Applause": Event.APPLAUSE,
    "/Applause": Event.APPLAUSE,
    "Cry": Event.CRY,
    "Sneeze": Event.SNEEZE,
    "Breath": Event.BREATH,
    "Cough": Event.COUGH,
    "Sing": Event.SING,
    "Speech_Noise": Event.NOISE,
    "GBG": Event.NOISE,
}
STYLES = {"withitn": True, "woitn": False}
SILENT = ["Speech", "/Speech", "Event_UNK", "ASR", "AED", "SER", *(f"SPECIAL_TOKEN_{i}" for i in range(1, 36))]

# Answers of the released model, quoted from public pages.
GOLDEN = [
    (
        "<|zh|><|NEUTRAL|><|Speech|><|withitn|>开饭时间早上9点至下午5点。",
        Parsed("开饭时间早上9点至下午5点。", Language.ZH, Emotion.NEUTRAL, (), True),
    ),
    (
        "<|yue|><|NEUTRAL|><|Speech|><|withitn|>呢几个字都表达唔到我想讲嘅意思。",
        Parsed("呢几个字都表达唔到我想讲嘅意思。", Language.YUE, Emotion.NEUTRAL, (), True),
    ),
    (
        "<|ko|><|NEUTRAL|><|Speech|><|withitn|>조금만 생각을 하면서 살면 훨씬 편할 거야.",
        Parsed("조금만 생각을 하면서 살면 훨씬 편할 거야.", Language.KO, Emotion.NEUTRAL, (), True),
    ),
    (
        "<|en|><|SAD|><|Speech|><|woitn|>i did go and made many prisoners",
        Parsed("i did go and made many prisoners", Language.EN, Emotion.SAD, (), False),
    ),
    (
        "<|zh|><|ANGRY|><|Applause|><|woitn|>我起飞前没有扫二维码",
        Parsed("我起飞前没有扫二维码", Language.ZH, Emotion.ANGRY, (Event.APPLAUSE,), False),
    ),
    ("<|nospeech|><|EMO_UNKNOWN|><|Cry|><|woitn|>", Parsed("", Language.NONE, Emotion.UNKNOWN, (Event.CRY,), False)),
    ("<|nospeech|><|EMO_UNKNOWN|><|Cough|><|woitn|>", Parsed("", Language.NONE, Emotion.UNKNOWN, (Event.COUGH,), False)),
]


@pytest.mark.parametrize(("name", "language"), LANGUAGES.items())
def test_a_language_tag_says_its_language(name: str, language: Language) -> None:
    assert parse(f"<|{name}|>x") == Parsed("x", language=language)


@pytest.mark.parametrize(("name", "emotion"), EMOTIONS.items())
def test_an_emotion_tag_says_its_emotion(name: str, emotion: Emotion) -> None:
    assert parse(f"<|{name}|>x") == Parsed("x", emotion=emotion)


@pytest.mark.parametrize(("name", "event"), EVENTS.items())
def test_an_event_tag_says_its_event_opened_or_closed(name: str, event: Event) -> None:
    assert parse(f"<|{name}|>x") == Parsed("x", events=(event,))


@pytest.mark.parametrize(("name", "itn"), STYLES.items())
def test_a_style_tag_says_whether_numbers_are_written_out(name: str, itn: bool) -> None:
    assert parse(f"<|{name}|>x") == Parsed("x", itn=itn)


@pytest.mark.parametrize("name", SILENT)
def test_a_silent_tag_leaves_only_the_text(name: str) -> None:
    assert parse(f"<|{name}|>x") == Parsed("x")


@pytest.mark.skipif(not RELEASED.exists(), reason="needs the released files beside the project")
def test_every_tag_of_the_released_tokenizer_is_one_of_these() -> None:
    pieces = [piece for piece in json.loads(RELEASED.read_text("utf-8")) if "<|" in piece or "|>" in piece]
    assert len(pieces) == 171
    assert all(tags.is_tag(piece) for piece in pieces)
    known = LANGUAGES | EMOTIONS | EVENTS | STYLES
    names = [tags.name_of(piece) for piece in pieces]
    others = [name for name in names if name not in known and name not in SILENT]
    assert all(parse(tags.tag(name)) == Parsed("", language=Language.OTHER) for name in others)
    assert all(name.isalpha() and name.islower() and len(name) < 4 for name in others)


@pytest.mark.parametrize(("raw", "parsed"), GOLDEN)
def test_answers_of_the_released_model_are_taken_apart(raw: str, parsed: Parsed) -> None:
    assert parse(raw) == parsed


def test_text_between_two_tags_is_kept() -> None:
    raw = "<|zh|><|HAPPY|><|BGM|><|withitn|>今天<|Laughter|>天气<|/Laughter|>真好<|/BGM|>"
    assert parse(raw) == Parsed("今天天气真好", Language.ZH, Emotion.HAPPY, (Event.BGM, Event.LAUGHTER), True)


def test_answers_put_together_keep_all_their_text() -> None:
    raw = "".join(raw for raw, _ in GOLDEN)
    assert parse(raw).text == "".join(parsed.text for _, parsed in GOLDEN)


def test_a_later_language_emotion_or_style_does_not_replace_the_first() -> None:
    raw = "<|en|><|SAD|><|Speech|><|woitn|>hello <|zh|><|HAPPY|><|withitn|>你好"
    assert parse(raw) == Parsed("hello 你好", Language.EN, Emotion.SAD, (), False)


def test_an_event_counts_once_and_in_its_order() -> None:
    assert parse("<|Cough|>a<|BGM|>b<|/BGM|><|Cough|>").events == (Event.COUGH, Event.BGM)


def test_a_tag_between_words_leaves_one_space() -> None:
    assert parse("I <|Laughter|> laughed").text == "I laughed"


@pytest.mark.parametrize("text", ["3 < 5", "a | b", "<b>bold</b>", "<|", "|>", "<|zh", "x |> y"])
def test_what_only_looks_like_a_tag_is_text(text: str) -> None:
    assert parse(text) == Parsed(text)


def test_a_tag_nobody_knows_says_nothing_and_is_not_text() -> None:
    assert parse("<|Thunder|>rain<|q1|>") == Parsed("rain")


def test_no_answer_parses_to_nothing() -> None:
    assert parse("") == Parsed("")


def test_names_and_tags_are_each_others_inverse() -> None:
    assert tags.name_of(tags.tag("zh/en")) == "zh/en"
    assert tags.name_of("▁the") == "▁the"
    assert not tags.is_tag("▁<|zh|>")
