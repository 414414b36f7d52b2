"""A transcript as a file of every kind: the text of render.py, and documents that are none. For whoever hands out files."""

from __future__ import annotations

from collections.abc import Mapping

from . import docx, render
from .labels import Labels
from .transcript import Transcript

DOCX = "docx"
FORMATS = (*render.FORMATS, DOCX)
MEDIA_TYPES: Mapping[str, str] = {**render.MEDIA_TYPES, DOCX: docx.MEDIA_TYPE}
BINARY = frozenset({DOCX})  # is no text: nothing for a terminal


def written(form: str, transcript: Transcript, labels: Labels, title: str = "") -> bytes:
    """The whole file, text in UTF-8. `form` is one of FORMATS; `title`, the recording's name, stands in documents."""
    if form == DOCX:
        return docx.docx(transcript, labels, title)
    return render.FORMATS[form](transcript, labels).encode(errors="replace")
