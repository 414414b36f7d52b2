from __future__ import annotations

import inspect
import json
import textwrap
from pathlib import Path

import pytest

from speech import labels as labels_module
from speech.errors import InvalidLabels, InvalidParameter
from speech.labels import DEFAULT_STYLE, EN, STYLES, ZH, EventLabel, parse_labels, read_labels, style
from speech.transcript import Emotion, Event

DOCUMENTED = textwrap.dedent(inspect.cleandoc(labels_module.__doc__ or "").split("\n\n")[2])


def test_the_default_style_is_chinese() -> None:
    assert style(DEFAULT_STYLE) is ZH


def test_an_unknown_style_is_refused_and_the_known_are_named() -> None:
    with pytest.raises(InvalidParameter, match=r"labels cannot be 'klingon'.* zh, en, emoji, plain, raw"):
        style("klingon")


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("emotion", [Emotion.NEUTRAL, Emotion.UNKNOWN])
def test_what_says_nothing_is_not_shown(name: str, emotion: Emotion) -> None:
    assert not style(name).emotions.get(emotion)


@pytest.mark.parametrize("table", [ZH, EN])
def test_every_event_has_labels_of_its_own(table: labels_module.Labels) -> None:
    names = [name for event in Event for name in (table.events[event].once, table.events[event].close)]
    assert all(names)
    assert len(set(names)) == 2 * len(Event)


def test_the_chinese_names() -> None:
    shown = [ZH.emotions[e] for e in (Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY, Emotion.FEARFUL, Emotion.DISGUSTED)]
    assert shown == ["[开心]", "[伤心]", "[生气]", "[恐惧]", "[厌恶]"]
    assert "".join(ZH.events[event].once for event in Event) == ("[背景音乐][笑声][掌声][哭声][喷嚏][呼吸声][咳嗽][歌声][噪音]")
    assert ZH.events[Event.BGM].close == "[背景音乐结束]"


def test_the_table_in_the_documentation_works(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(DOCUMENTED, encoding="utf-8")
    table = read_labels(file)
    assert (table.emotions[Emotion.HAPPY], table.emotions[Emotion.NEUTRAL]) == ("😊", "[平静]")
    assert table.emotions[Emotion.SAD] == "[伤心]"  # not named: from the base
    assert table.events[Event.LAUGHTER] == EventLabel("(笑)", "(笑)", "")
    assert table.events[Event.BGM] == EventLabel("♪", "♪", "♪♪")


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml, other = tmp_path / "a.toml", tmp_path / "A.JSON"
    toml.write_text('base = "en"\n[events]\nbgm = { close = "[quiet]" }\n', encoding="utf-8")
    other.write_text('\ufeff{"base": "en", "events": {"bgm": {"close": "[quiet]"}}}', encoding="utf-8")  # as Notepad saves
    assert read_labels(toml) == read_labels(other) == parse_labels({"base": "en", "events": {"bgm": {"close": "[quiet]"}}})
    assert read_labels(toml).events[Event.BGM] == EventLabel("[background music]", "[background music]", "[quiet]")


def test_an_empty_string_hides() -> None:
    assert parse_labels({"emotions": {"happy": ""}}).emotions[Emotion.HAPPY] == ""


def test_a_base_gives_its_placement() -> None:
    assert parse_labels({"base": "emoji"}) == style("emoji")
    assert parse_labels({}) == ZH


def test_the_built_in_tables_are_left_alone() -> None:
    parse_labels({"emotions": {"happy": "x"}, "events": {"bgm": "x"}})
    assert (ZH.emotions[Emotion.HAPPY], ZH.events[Event.BGM].once) == ("[开心]", "[背景音乐]")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (["zh"], "the table must be a table"),
        ({"emotion": {}}, "'emotion'; known: base, emotions, events"),
        ({"base": "raw"}, "base must be one of zh, en, emoji, plain, not 'raw'"),
        ({"base": ["zh"]}, "base"),
        ({"emotions": "happy"}, "emotions must be a table"),
        ({"emotions": {"joyful": "x"}}, "emotions has no key 'joyful'; known: happy"),
        ({"emotions": {"happy": 1}}, "emotions.happy must be a string"),
        ({"emotions": {"happy": "a\nb"}}, "emotions.happy must be one line"),
        ({"emotions": {"happy": "x" * 41}}, "emotions.happy must be one line of at most 40"),
        ({"events": {"BGM": "x"}}, "events has no key 'BGM'"),
        ({"events": {"bgm": None}}, "events.bgm must be a table"),
        ({"events": {"bgm": {"end": "x"}}}, "events.bgm has no key 'end'; known: once, open, close"),
        ({"events": {"bgm": {"open": True}}}, "events.bgm.open must be a string"),
        ({"events": {"bgm": "\u2028"}}, "events.bgm must be one line"),
    ],
)
def test_a_wrong_table_is_refused_by_the_name_of_its_key(table: object, key: str) -> None:
    with pytest.raises(InvalidLabels) as refusal:
        parse_labels(table)
    assert key in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.toml", b"base = "),
        ("a.json", b"{"),
        ("a.toml", b"\xff\xfe"),
        ("a.json", b"[" * 100_000),
        ("a.json", b'"zh"'),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidLabels):
        read_labels(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidLabels, match=r"none\.toml"):
        read_labels(tmp_path / "none.toml")


def test_a_table_survives_being_written(tmp_path: Path) -> None:
    table = {"emotions": {emotion.value: f"<{emotion}>" for emotion in Emotion}}
    (tmp_path / "a.json").write_text(json.dumps(table), encoding="utf-8")
    assert read_labels(tmp_path / "a.json").emotions == {emotion: f"<{emotion}>" for emotion in Emotion}
