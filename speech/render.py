"""A transcript as text of every kind: running text, lines, subtitles, tables, JSON. The labels in it are labels.py."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping

from .labels import PLAIN, RAW, Labels
from .marks import mark
from .subtitles import Cue, cues, milliseconds, one_line
from .transcript import Emotion, Event, Language, Scores, Segment, Transcript, Word, space_between

# --- text ---


def rich(transcript: Transcript, labels: Labels) -> str:
    """All in one string, joined as `Transcript.text` is. A label keeps to the words it belongs to."""
    if labels.raw:
        return transcript.raw
    written = last = ""
    for marked in mark(transcript.segments, labels):
        written += space_between(last, marked.text) + marked.line
        last = marked.text or last
    return written


def rich_segment(segment: Segment, labels: Labels) -> str:
    """One segment alone: an event in it begins and ends in it."""
    return rich(Transcript((segment,), segment.end), labels)


def txt(transcript: Transcript, labels: Labels, *, times: bool = False) -> str:
    """One line a segment, each with its emotion; with `times` it begins with "[00:01.2 → 00:03.4] "."""
    lines = []
    for marked in mark(transcript.segments, labels, each=True):
        line = one_line(marked.line)
        clocks = f"[{clock(marked.segment.start)} → {clock(marked.segment.end)}] " if times else ""
        lines += [f"{clocks}{line}\n"] if line else []
    return "".join(lines)


def clock(seconds: float) -> str:
    """Short, for people: "01:02.3", with hours where there are any: "1:01:02.3"."""
    whole, tenth = divmod(max(0, round(seconds * 10)), 10)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{whole:02d}.{tenth}" if hours else f"{minutes:02d}:{whole:02d}.{tenth}"


# --- subtitles ---


def srt(transcript: Transcript, labels: Labels) -> str:
    numbered = enumerate(cues(transcript, labels), start=1)
    return "\n".join(f"{number}\n{_times(cue, ',')}\n{_srt_text(cue)}\n" for number, cue in numbered)


def vtt(transcript: Transcript, labels: Labels) -> str:
    blocks = [f"{_times(cue, '.')}\n{_vtt_text(cue)}\n" for cue in cues(transcript, labels)]
    return "\n".join(["WEBVTT\n", *blocks])


def stamp(ms: int, point: str) -> str:
    """HH:MM:SS, the point and three digits: "01:02:03,004"."""
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{ms:03d}"


def _times(cue: Cue, point: str) -> str:
    return f"{stamp(cue.start_ms, point)} --> {stamp(cue.end_ms, point)}"


def _srt_text(cue: Cue) -> str:
    """SRT has no escapes: an arrow is opened up so that it cannot look like times."""
    return "\n".join(cue.lines).replace("-->", "-- >")


def _vtt_text(cue: Cue) -> str:
    return "\n".join(cue.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- tables ---


def tsv(transcript: Transcript) -> str:
    """Whisper's table: milliseconds as integers and plain text; sounds without words are not in it."""
    said = [segment for segment in transcript.segments if segment.text.strip()]
    rows = [f"{milliseconds(s.start)}\t{milliseconds(s.end)}\t{one_line(s.text)}\n" for s in said]
    return "".join(["start\tend\ttext\n", *rows])


def csv_text(transcript: Transcript, labels: Labels) -> str:
    """For spreadsheets. Emotion and events have their own columns, as codes; so the text carries no labels.

    Begins with a byte order mark: without it Excel shows Chinese as noise.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["start", "end", "language", "emotion", "events", "text"])
    for segment in transcript.segments:
        codes = [segment.language.value, segment.emotion.value, " ".join(segment.events)]
        text = _harmless(one_line(labels.text(segment)))
        writer.writerow([f"{segment.start:.3f}", f"{segment.end:.3f}", *codes, text])
    return "\ufeff" + table.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes what begins with one of these for a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")) else cell


# --- JSON ---


def json_text(transcript: Transcript, labels: Labels) -> str:
    return json.dumps(as_dict(transcript, labels), ensure_ascii=False, indent=2) + "\n"


def as_dict(transcript: Transcript, labels: Labels) -> dict[str, object]:
    """All that is known, for files. Labels are in the first text only: segments carry their values."""
    return {
        "text": rich(transcript, labels),
        "plain": transcript.text,
        "raw": transcript.raw,
        "language": transcript.language.value,
        "duration": round(transcript.duration, 3),
        "segments": [_segment(number, segment) for number, segment in enumerate(transcript.segments)],
    }


def _segment(number: int, segment: Segment) -> dict[str, object]:
    return {
        "id": number,
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "text": segment.text,
        "language": segment.language.value,
        "emotion": segment.emotion.value,
        "events": [event.value for event in segment.events],
        "scores": _scores(segment.scores),
        "no_speech_prob": round(segment.scores.no_speech, 4),
        "avg_logprob": round(segment.scores.avg_logprob, 4),
        "words": [_word(word) for word in segment.words],
        "raw": segment.raw,
    }


def _scores(scores: Scores) -> dict[str, dict[str, float]]:
    return {
        "language": _rounded(scores.languages),
        "emotion": _rounded(scores.emotions),
        "event": _rounded(scores.events),
    }


def _rounded(scores: Mapping[Language, float] | Mapping[Emotion, float] | Mapping[Event, float]) -> dict[str, float]:
    return {name.value: round(score, 4) for name, score in scores.items()}


def _word(word: Word) -> dict[str, object]:
    return {
        "word": word.text,
        "start": round(word.start, 3),
        "end": round(word.end, 3),
        "confidence": round(word.confidence, 4),
    }


# --- by name ---

FORMATS: Mapping[str, Callable[[Transcript, Labels], str]] = {
    "txt": txt,
    "srt": srt,
    "vtt": vtt,
    "tsv": lambda transcript, _: tsv(transcript),
    "csv": csv_text,
    "json": json_text,
    "rich": rich,
    "raw": lambda transcript, _: rich(transcript, RAW),
    "plain": lambda transcript, _: rich(transcript, PLAIN),
}

MEDIA_TYPES: Mapping[str, str] = {
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "rich": "text/plain; charset=utf-8",
    "raw": "text/plain; charset=utf-8",
    "plain": "text/plain; charset=utf-8",
}
