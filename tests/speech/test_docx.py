"""Documents, read back by python-docx."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from docx import Document
from docx.oxml.ns import qn

from speech import files, render
from speech.docx import docx
from speech.labels import EN, PLAIN, RAW, ZH
from speech.transcript import Emotion, Event, Language, Segment, Transcript

SEGMENTS = (
    Segment("你们上次也是这么说的，“没有人来”。", 0.4, 3.2, Language.ZH, Emotion.ANGRY, (Event.BGM, Event.COUGH)),
    Segment("I told you <twice> & more.", 3661.0, 3664.0, Language.EN, Emotion.NEUTRAL),
    Segment("すみません。정말요?", 3665.0, 3666.0, Language.JA, Emotion.SAD),
)
HEARD = Transcript(SEGMENTS, 3700.0)
Rows = list[list[str]]


def rows(document: bytes) -> Rows:
    (table,) = Document(io.BytesIO(document)).tables
    return [[cell.text for cell in row.cells] for row in table.rows]


def said(text: str) -> str:
    """What the cell of a segment with this text holds."""
    return rows(docx(Transcript((replace(SEGMENTS[0], text=text),), 5.0), PLAIN))[1][2]


def test_a_row_for_each_segment_with_its_time_its_feeling_and_its_words() -> None:
    head, *body = rows(docx(HEARD, ZH))
    assert len(head) == 3
    assert body == [
        ["00:00.4 – 00:03.2", "[生气] [背景音乐] [咳嗽]", "你们上次也是这么说的，“没有人来”。"],
        ["1:01:01.0 – 1:01:04.0", "", "I told you <twice> & more."],
        ["1:01:05.0 – 1:01:06.0", "[伤心]", "すみません。정말요?"],
    ]


def test_labels_are_those_that_were_asked_for() -> None:
    assert rows(docx(HEARD, EN))[1][1].startswith("[angry]")
    assert {row[1] for row in rows(docx(HEARD, PLAIN))[1:]} == {""}
    assert rows(docx(Transcript((replace(SEGMENTS[0], raw="«zh»words"),), 5.0), RAW))[1][2] == "«zh»words"


def test_title_length_and_languages_stand_before_the_table() -> None:
    document = Document(io.BytesIO(docx(HEARD, ZH, "采访 <1> & 2")))
    title, length, spoken = [paragraph.text for paragraph in document.paragraphs][:3]
    assert document.core_properties.title == title == "采访 <1> & 2"
    assert length.endswith("1:01:40.0")
    assert all(code in spoken for code in ("(zh)", "(en)", "(ja)"))
    assert document.paragraphs[0].style is not None
    assert document.paragraphs[0].style.name == "Title"


@pytest.mark.parametrize(
    ("language", "font"), [(Language.ZH, "Microsoft YaHei"), (Language.JA, "Yu Gothic"), (Language.KO, "Malgun Gothic")]
)
def test_word_is_told_a_font_for_the_language_that_is_spoken(language: Language, font: str) -> None:
    document = Document(io.BytesIO(docx(Transcript((replace(SEGMENTS[0], language=language),), 5.0), ZH)))
    (fonts,) = document.styles.element.iter(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == font
    assert fonts.get(qn("w:ascii")) == "Calibri"


def test_the_heading_is_repeated_on_every_page_and_rows_are_not_torn() -> None:
    (table,) = Document(io.BytesIO(docx(HEARD, ZH))).tables
    marks = [{child.tag for child in row._tr.trPr} for row in table.rows]
    assert [qn("w:tblHeader") in found for found in marks] == [True, False, False, False]
    assert all(qn("w:cantSplit") in found for found in marks)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x08c\x0b\x1b[31m", "abc [31m"),
        ("1 --> 2\n\n3\r\n4\t5", "1 --> 2 3 4 5"),
        ("\ud800lone\udfff \ufffe\uffff", "lone"),
        ("]]><w:p/>&amp;<!--", "]]><w:p/>&amp;<!--"),
        ('=HYPERLINK("http://x")', '=HYPERLINK("http://x")'),
        ("😀 𠮷", "😀 𠮷"),
        ("", ""),
    ],
)
def test_whatever_is_said_is_text_in_it(text: str, shown: str) -> None:
    assert said(text) == shown


def test_every_part_is_xml_without_entities_and_links() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(HEARD, ZH, "\x00<a>"))) as package:
        assert package.testzip() is None
        parts = {name: package.read(name).decode() for name in package.namelist()}
    for name, part in parts.items():
        assert ElementTree.fromstring(part) is not None
        assert "<!DOCTYPE" not in part, name
        assert "TargetMode" not in part, name


def test_silence_is_a_document_too() -> None:
    assert len(rows(docx(Transcript((), 12.0), ZH))) == 1


def test_the_same_transcript_gives_the_same_bytes() -> None:
    assert docx(HEARD, ZH, "a") == docx(HEARD, ZH, "a")


def test_four_hours_are_written_in_a_second_or_two() -> None:
    long = Transcript(SEGMENTS * 1000, 4 * 3600.0)
    started = time.perf_counter()
    assert len(docx(long, ZH)) > 10_000
    assert time.perf_counter() - started < 5


def test_a_file_of_every_format_is_what_is_rendered() -> None:
    for form in render.FORMATS:
        assert files.written(form, HEARD, ZH) == render.FORMATS[form](HEARD, ZH).encode()
    assert files.written("docx", HEARD, ZH, "a") == docx(HEARD, ZH, "a")
    assert set(files.FORMATS) == set(files.MEDIA_TYPES) == {*render.FORMATS, "docx"}


def test_a_table_for_spreadsheets_holds_no_formula() -> None:
    for text in ("=HYPERLINK(1)", "+1", "-1", "@a", "\t=1", "＝1", " =1", "\x00=1", "\r\n=1"):
        table = files.written("csv", Transcript((replace(SEGMENTS[0], text=text),), 5.0), PLAIN).decode("utf-8-sig")
        _, (*_, cell) = csv.reader(io.StringIO(table))
        assert cell[0] == "'", text
        assert cell[1] in "=+-@＝", text
