"""Which font captions are burnt in with: what fontconfig, inside the ffmpeg program, is told to look for, and where."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from xml.sax.saxutils import escape

from speech.transcript import Language

NAME = "Captions"  # what the program is asked for; the configuration below says what that is here
FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",  # macOS
    "/Library/Fonts",
)
# By region: one code point of Chinese, Japanese and Korean is drawn in four ways.
FAMILIES = {
    Language.ZH: ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "WenQuanYi Micro Hei"),
    Language.YUE: ("Noto Sans CJK HK", "Noto Sans HK", "Source Han Sans HC", "PingFang HK"),
    Language.JA: ("Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans", "Hiragino Sans", "IPAGothic"),
    Language.KO: ("Noto Sans CJK KR", "Noto Sans KR", "Source Han Sans K", "Apple SD Gothic Neo", "NanumGothic"),
}
LAST = ("WenQuanYi Zen Hei", "Droid Sans Fallback", "Arial Unicode MS", "DejaVu Sans")
LACKING = re.compile(rb"failed to find any fallback with glyph 0x([0-9A-F]+)")  # libass 0.17, ass_fontselect.c


def folders() -> tuple[str, ...]:
    """Those of this machine."""
    found = (Path(folder).expanduser() for folder in FOLDERS)
    return tuple(str(folder) for folder in found if folder.is_dir())


def configuration(language: Language, cache: Path) -> str:
    """For fontconfig: all fonts of this machine, and which of them are tried first. A glyph that those lack is sought in all."""
    others = (family for known, families in FAMILIES.items() if known is not language for family in families)
    wanted = (*FAMILIES.get(language, ()), *others, *LAST)
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{''.join(f'<dir>{escape(folder)}</dir>' for folder in folders())}<cachedir>{escape(str(cache))}</cachedir>"
        f'<match target="pattern"><test name="family"><string>{NAME}</string></test>'
        f'<edit name="family" mode="assign" binding="strong">{"".join(f"<string>{name}</string>" for name in wanted)}</edit>'
        "</match></fontconfig>"
    )


def lacking(complaints: bytes) -> str | None:
    """What no font can show, by what the program complained of; None where all can be read. Emoji may stay boxes."""
    for found in LACKING.findall(complaints):
        character = chr(int(found, 16))
        if character == "\0":
            return "any text"
        if unicodedata.category(character)[0] in "LN":
            return f"{character} (U+{ord(character):04X})"
    return None
