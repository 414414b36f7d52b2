from __future__ import annotations

import csv
import html
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import srt as srt_parser  # type: ignore[import-untyped]
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.labels import EN, PLAIN, RAW, STYLES, ZH, Labels, style
from speech.render import (
    FORMATS,
    MEDIA_TYPES,
    clock,
    compression_ratio,
    csv_text,
    json_text,
    rich,
    rich_segment,
    segment_dict,
    srt,
    tsv,
    txt,
    vtt,
    whisper_dict,
)
from speech.subtitles import cues
from speech.transcript import Emotion, Event, Language, Scores, Segment, Token, Transcript, Word
from tests.speech.test_subtitles import ANY, STYLE

SCORES = Scores({Language.ZH: 0.99999, Language.EN: 1e-5}, {Emotion.HAPPY: 0.75}, {Event.LAUGHTER: 0.5}, 0.0123456, -0.1)
GOOD = Segment(
    "今天天气真好啊！", 0.0, 2.0, Language.ZH, Emotion.HAPPY, (Event.LAUGHTER,),
    words=(Word("今", 0.1234567, 0.5, 0.98765432),), scores=SCORES, raw="(zh)(HAPPY)今天天气真好啊！",
)  # fmt: skip
HELLO = Segment("Hello there.", 2.5, 4.0, Language.EN, Emotion.HAPPY, (Event.BGM,), raw="(en)Hello there.")
AGAIN = Segment("Again.", 4.0, 5.0, Language.EN, Emotion.NEUTRAL, (Event.BGM,), raw="(en)Again.")
COUGH = Segment("", 5.0, 6.0, Language.NONE, Emotion.UNKNOWN, (Event.COUGH,), raw="(nospeech)(Cough)")
BYE = Segment("再见。", 6.0, 7.25, Language.ZH, Emotion.SAD, raw="(zh)再见。")
ALL = Transcript((GOOD, HELLO, AGAIN, COUGH, BYE), 8.0)

HOSTILE = [
    "a --> b",
    "00:00:01,000 --> 00:00:02,000",
    "one\n\n2\n00:00:00,000 --> 00:00:09,000\ntwo",
    "a\r\n\r\nb\u2028c\x85d",
    "nul\x00 bell\x07 escape\x1b[31m",
    "<img onerror=alert(1)> & <b>bold</b> &amp;",
    "NOTE x",
    "STYLE",
    "WEBVTT",
    "1",
]


def of(*texts: str) -> Transcript:
    """A segment of two seconds a text."""
    segments = (Segment(text, 2.0 * at, 2.0 * at + 2, Language.EN) for at, text in enumerate(texts))
    return Transcript(tuple(segments), 2.0 * len(texts))


# --- text ---


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("zh", "[开心]今天天气真好啊！[笑声]"),
        ("en", "[happy]今天天气真好啊！[laughter]"),
        ("emoji", "😀今天天气真好啊！😊"),
        ("plain", "今天天气真好啊！"),
        ("raw", "(zh)(HAPPY)今天天气真好啊！"),
    ],
)
def test_a_segment_in_every_style(name: str, written: str) -> None:
    assert rich_segment(GOOD, style(name)) == written


def test_running_text_says_each_thing_once() -> None:
    assert rich(ALL, EN) == (
        "[happy]今天天气真好啊！[laughter][background music]Hello there. Again.[background music ends][cough] [sad]再见。"
    )


def test_a_label_does_not_change_the_spaces_between_words() -> None:
    joined = Transcript((HELLO, AGAIN, GOOD, BYE), 8.0)
    assert rich(joined, PLAIN) == joined.text == "Hello there. Again. 今天天气真好啊！再见。"
    assert rich(joined, ZH) == "[背景音乐][开心]Hello there. Again.[背景音乐结束] [开心]今天天气真好啊！[笑声][伤心]再见。"


@given(st.lists(st.text("今天ラ감abC9 ，。,.!“-😀", max_size=6), max_size=6))
def test_without_labels_it_is_the_text(texts: list[str]) -> None:
    assert rich(of(*texts), PLAIN) == of(*texts).text


def test_the_word_the_stays() -> None:
    assert rich(of("I said The.", "The. End."), style("emoji")) == "I said The. The. End."  # FunASR deletes it


@pytest.mark.parametrize("name", STYLES)
def test_silence_is_no_text(name: str) -> None:
    silence = Transcript((), 9.0)
    assert [FORMATS[kind](silence, style(name)) for kind in ("rich", "raw", "plain", "txt", "srt")] == [""] * 5
    assert FORMATS["vtt"](silence, style(name)) == "WEBVTT\n"


def test_txt_is_one_line_a_segment() -> None:
    assert txt(ALL, ZH) == (
        "[开心]今天天气真好啊！[笑声]\n[背景音乐][开心]Hello there.\nAgain.[背景音乐结束]\n[咳嗽]\n[伤心]再见。\n"
    )
    assert txt(of("a\n\nb", " ", "c"), ZH) == "a b\nc\n"


def test_txt_with_times() -> None:
    assert txt(Transcript((GOOD, COUGH, BYE), 8.0), PLAIN, times=True) == (
        "[00:00.0 → 00:02.0] 今天天气真好啊！\n[00:06.0 → 00:07.2] 再见。\n"
    )


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "00:00.0"),
        (1.25, "00:01.2"),
        (59.96, "01:00.0"),
        (3599.97, "1:00:00.0"),
        (36_000.5, "10:00:00.5"),
        (-1, "00:00.0"),
    ],
)
def test_the_short_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


# --- subtitles ---


def test_srt_byte_for_byte() -> None:
    assert srt(Transcript((GOOD, BYE), 8.0), ZH) == (
        "1\n00:00:00,000 --> 00:00:02,000\n[开心]今天天气真好啊！[笑声]\n\n2\n00:00:06,000 --> 00:00:07,250\n[伤心]再见。\n"
    )


def test_vtt_byte_for_byte() -> None:
    assert vtt(Transcript((GOOD, BYE), 8.0), PLAIN) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n今天天气真好啊！\n\n00:00:06.000 --> 00:00:07.250\n再见。\n"
    )


def in_srt(text: str) -> list[tuple[int, int, str]]:
    millisecond = timedelta(milliseconds=1)
    return [(cue.start // millisecond, cue.end // millisecond, cue.content) for cue in srt_parser.parse(text)]


def in_vtt(text: str) -> list[tuple[int, int, str]]:
    """webvtt-py takes tags out of `text` and leaves escapes in it."""
    found = webvtt.from_buffer(io.StringIO(text)).captions
    return [(_ms(cue.start), _ms(cue.end), html.unescape(cue.raw_text)) for cue in found]


def _ms(shown: str) -> int:
    hours, minutes, seconds = shown.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + int(seconds.replace(".", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_a_cue(text: str) -> None:
    heard = of("before", text, "after")
    expected = [(cue.start_ms, cue.end_ms, "\n".join(cue.lines)) for cue in cues(heard, PLAIN)]
    assert in_srt(srt(heard, PLAIN)) == [(start, end, shown.replace("-->", "-- >")) for start, end, shown in expected]
    assert in_vtt(vtt(heard, PLAIN)) == expected
    assert [shown for _, _, shown in expected][:: len(expected) - 1] == ["before", "after"]


def test_vtt_shows_tags_as_text() -> None:
    written = vtt(of("<img src=x> & -->"), PLAIN)
    assert written.splitlines()[-1] == "&lt;img src=x&gt; &amp; --&gt;"


@settings(max_examples=200)
@given(ANY | st.lists(st.text(max_size=60), max_size=4).map(lambda texts: of(*texts)), STYLE)
def test_independent_readers_read_what_was_written(heard: Transcript, labels: Labels) -> None:
    expected = [(cue.start_ms, cue.end_ms, "\n".join(cue.lines)) for cue in cues(heard, labels)]
    assert in_vtt(vtt(heard, labels)) == expected
    assert in_srt(srt(heard, labels)) == [(start, end, shown.replace("-->", "-- >")) for start, end, shown in expected]


# --- tables ---


def test_tsv_is_whispers() -> None:
    assert tsv(Transcript((GOOD, COUGH, BYE), 8.0)) == "start\tend\ttext\n0\t2000\t今天天气真好啊！\n6000\t7250\t再见。\n"
    assert tsv(of("a\tb\nc")).splitlines()[1] == "0\t2000\ta b c"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_csv_has_a_column_for_each_thing() -> None:
    assert csv_text(ALL, ZH).encode().startswith(b"\xef\xbb\xbfstart,end,language,emotion,events,text\r\n")
    assert rows(csv_text(ALL, ZH))[1] == {
        "start": "2.500", "end": "4.000", "language": "en", "emotion": "happy", "events": "bgm", "text": "Hello there.",
    }  # fmt: skip
    assert [row["text"] for row in rows(csv_text(ALL, RAW))] == [segment.raw for segment in ALL.segments]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1", "\x00=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    cell = rows(csv_text(of(text), PLAIN))[0]["text"]
    assert cell == "'" + text.strip("\x00\t\r ")


def test_csv_keeps_quotes_and_commas() -> None:
    assert rows(csv_text(of('He said, "=1"'), PLAIN))[0]["text"] == 'He said, "=1"'


# --- JSON ---


def test_json_tells_all() -> None:
    told = json.loads(json_text(Transcript((GOOD, BYE), 8.00049), ZH))
    assert told == {
        "text": "[开心]今天天气真好啊！[笑声][伤心]再见。",
        "plain": "今天天气真好啊！再见。",
        "raw": GOOD.raw + BYE.raw,
        "language": "zh",
        "duration": 8.0,
        "segments": told["segments"],
    }
    assert [part["id"] for part in told["segments"]] == [0, 1]
    assert told["segments"][0] == {
        "id": 0, "start": 0.0, "end": 2.0, "text": "今天天气真好啊！", "language": "zh", "emotion": "happy",
        "events": ["laughter"], "no_speech_prob": 0.0123, "avg_logprob": -0.1, "raw": GOOD.raw,
        "scores": {"language": {"zh": 1.0, "en": 0.0}, "emotion": {"happy": 0.75}, "event": {"laughter": 0.5}},
        "words": [{"word": "今", "start": 0.123, "end": 0.5, "confidence": 0.9877}],
    }  # fmt: skip


TEN = ["id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio", "no_speech_prob"]


def test_a_segment_has_whispers_ten_fields_and_ours() -> None:
    told = segment_dict(7, replace(GOOD, start=1.2345, tokens=(Token(5, "今", -0.1), Token(9, "天", -0.2))), ZH)
    assert list(told) == [*TEN, "language", "emotion", "events", "scores", "rich", "raw", "words"]
    assert [told[name] for name in TEN] == [7, 123, 1.234, 2.0, GOOD.text, [5, 9], 0.0, -0.1, 0.75, 0.0123]
    assert told["rich"] == "[开心]今天天气真好啊！[笑声]"
    assert "words" not in segment_dict(7, GOOD, ZH, words=False)


@pytest.mark.parametrize(("text", "ratio"), [("", 0.0), ("嗯", 0.2727), ("ha " * 100, 20.0)])
def test_a_text_that_repeats_itself_compresses_well(text: str, ratio: float) -> None:
    assert round(compression_ratio(text), 4) == ratio


def test_whispers_texts_joined_are_the_text() -> None:
    hello = replace(HELLO, words=(Word("Hello", 2.5, 3.0, 0.87654), Word("there", 3.0, 4.0, 0.9)))
    told = whisper_dict(Transcript((GOOD, hello, AGAIN, COUGH, BYE), 8.0), ZH, words=True)
    segments = told["segments"]
    assert isinstance(segments, list)
    assert [one["text"] for one in segments] == ["今天天气真好啊！", "Hello there.", " Again.", "", " 再见。"]
    assert told["text"] == ALL.text == "".join(one["text"] for one in segments)
    assert told["rich"] == rich(ALL, ZH)
    assert segments[1]["words"] == [
        {"word": "Hello", "start": 2.5, "end": 3.0, "probability": 0.8765},
        {"word": " there.", "start": 3.0, "end": 4.0, "probability": 0.9},
    ]


def test_json_is_readable_chinese() -> None:
    assert "今天天气真好啊！" in json_text(ALL, ZH)


# --- by name ---


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", STYLES)
def test_every_format_writes_every_style(kind: str, name: str) -> None:
    written = FORMATS[kind](ALL, style(name))
    assert "Hello there." in written
    written.encode("utf-8")


def test_every_format_has_a_media_type() -> None:
    assert FORMATS.keys() == MEDIA_TYPES.keys()


def test_plain_and_raw_do_not_heed_the_style() -> None:
    assert FORMATS["plain"](ALL, ZH) == ALL.text
    assert FORMATS["raw"](ALL, ZH) == ALL.raw


# --- speakers with names ---

NAMED = Transcript((replace(GOOD, speaker="A"), replace(HELLO, speaker="B"), replace(AGAIN, speaker="B")), 8.0, {"B": "=Ms Li"})


def test_a_speaker_is_called_by_the_name_he_was_given() -> None:
    assert rich(NAMED, PLAIN) == "A: 今天天气真好啊！\n=Ms Li: Hello there. Again."
    assert txt(NAMED, PLAIN).splitlines() == ["A: 今天天气真好啊！", "=Ms Li: Hello there.", "=Ms Li: Again."]
    assert [cue.lines[0] for cue in cues(NAMED, PLAIN)] == ["A: 今天天气真好啊！", "=Ms Li: Hello there.", "=Ms Li: Again."]
    assert [row["speaker"] for row in csv.DictReader(io.StringIO(csv_text(NAMED, PLAIN)[1:]))] == ["A", "'=Ms Li", "'=Ms Li"]
    told = json.loads(json_text(NAMED, PLAIN))
    assert (told["names"], [segment["speaker"] for segment in told["segments"]]) == ({"B": "=Ms Li"}, ["A", "B", "B"])
    assert "names" not in json.loads(json_text(ALL, PLAIN))


def test_a_transcript_that_is_moved_keeps_its_names() -> None:
    assert NAMED.shift(1.0).names == NAMED.names
