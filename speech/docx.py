"""A transcript as a document for Word: a title, what is known of the recording, and a table of what was said when.

Written here and not by python-docx, which takes ten times as long and brings lxml. The same transcript gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from .labels import Labels
from .render import clock
from .subtitles import one_line
from .transcript import Language, Segment, Transcript

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

HEADINGS = ("时间 Time", "情绪与声音 Emotion, sounds", "文字 Text")
WIDTHS = (1700, 1900, 5700)  # twentieths of a point; 9,300 fit between the margins
LATIN = "Calibri"
FONTS = {Language.JA: "Yu Gothic", Language.KO: "Malgun Gothic"}  # that Word has on every system, for what is no Latin
CHINESE = "Microsoft YaHei"
LOCALES = {Language.JA: "ja-JP", Language.KO: "ko-KR", Language.YUE: "zh-HK"}

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can say

PART = "application/vnd.openxmlformats-officedocument.wordprocessingml"
CONTENT_TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{PART}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{PART}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
ROOT = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
BESIDE = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/>'
    "</Relationships>"
)
PAGE = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1300" w:right="1300" w:bottom="1300" w:left="1300" w:header="700" w:footer="700" w:gutter="0"/></w:sectPr>'
)


def docx(transcript: Transcript, labels: Labels, title: str = "") -> bytes:
    """`title` is the recording's name. Rows are the segments, as many as there are."""
    title = _plain(title) or "Transcript"
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": ROOT,
        "word/document.xml": _document(transcript, labels, title),
        "word/_rels/document.xml.rels": BESIDE,
        "word/styles.xml": _styles(next(iter(transcript.languages), Language.ZH)),
        "docProps/core.xml": _properties(title),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, part in parts.items():
            package.writestr(zipfile.ZipInfo(name, EPOCH), HEAD + part, zipfile.ZIP_DEFLATED)
    return file.getvalue()


# --- what is written ---


def _document(transcript: Transcript, labels: Labels, title: str) -> str:
    rows = [_row(HEADINGS, header=True), *(_row(_cells(segment, transcript, labels)) for segment in transcript.segments)]
    widths = "".join(f'<w:gridCol w:w="{width}"/>' for width in WIDTHS)
    table = (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{widths}</w:tblGrid>'
    )
    body = [
        _paragraph(title, "Title"),
        *(_paragraph(fact) for fact in _facts(transcript)),
        table,
        *rows,
        "</w:tbl>",
        _paragraph(""),
    ]
    return f'<w:document xmlns:w="{WORD}"><w:body>{"".join(body)}{PAGE}</w:body></w:document>'


def _facts(transcript: Transcript) -> list[str]:
    spoken = ", ".join(f"{language.full_name} ({language})" for language in transcript.languages)
    return [f"时长 Length: {clock(transcript.duration)}", f"语言 Languages: {spoken or '–'}"]


def _cells(segment: Segment, transcript: Transcript, labels: Labels) -> tuple[str, str, str]:
    """Its times, its emotion and sounds as the labels name them, and its words alone, behind who says them."""
    sounds = (labels.events[event].once for event in segment.events if event in labels.events)
    named = [labels.emotions.get(segment.emotion, ""), *sounds]
    told = f"{transcript.called(segment.speaker)}: " if segment.speaker else ""
    return f"{clock(segment.start)} – {clock(segment.end)}", " ".join(filter(None, named)), told + labels.text(segment)


def _row(cells: Iterable[str], *, header: bool = False) -> str:
    kind = "<w:tblHeader/>" if header else ""
    made = (_cell(text, width, header) for text, width in zip(cells, WIDTHS, strict=True))
    return f"<w:tr><w:trPr><w:cantSplit/>{kind}</w:trPr>{''.join(made)}</w:tr>"


def _cell(text: str, width: int, bold: bool) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(text, bold=bold)}</w:tc>'


def _paragraph(text: str, style: str = "", *, bold: bool = False) -> str:
    """The hint makes marks that are Latin and Chinese alike, as “ and …, those of the script around them."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    form = f'<w:rPr><w:rFonts w:hint="eastAsia"/>{"<w:b/>" if bold else ""}</w:rPr>'
    plain = escape(_plain(text))
    return f'<w:p>{named}<w:r>{form}<w:t xml:space="preserve">{plain}</w:t></w:r></w:p>' if plain else f"<w:p>{named}</w:p>"


def _plain(text: str) -> str:
    """Without what XML cannot hold: control characters, halves of pairs, and the two that are no characters."""
    return one_line(text.replace("\ufffe", "").replace("\uffff", ""))


# --- how it looks ---


def _styles(language: Language) -> str:
    chinese = quoteattr(FONTS.get(language, CHINESE))
    fonts = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}" w:eastAsia={chinese}/>'
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        f'<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:sz w:val="21"/>'
        f'<w:lang w:val="en-US" w:eastAsia="{LOCALES.get(language, "zh-CN")}"/></w:rPr></w:rPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/>'
        '<w:pPr><w:spacing w:after="160"/></w:pPr><w:rPr><w:b/><w:sz w:val="36"/></w:rPr></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/></w:style>'
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
        f"<w:tblPr><w:tblBorders>{lines}</w:tblBorders>"
        '<w:tblCellMar><w:left w:w="100" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        "</w:styles>"
    )


def _properties(title: str) -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>Earshot</dc:creator></cp:coreProperties>"
    )
