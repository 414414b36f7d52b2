"""A transcript as text of every kind: running text, lines, subtitles, tables, JSON. The labels in it are labels.py."""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from .labels import PLAIN, RAW, Labels
from .marks import mark
from .places import written
from .subtitles import Cue, cues, milliseconds, one_line
from .transcript import Emotion, Event, Language, Scores, Segment, Transcript, Word, space_between

Json = dict[str, object]

# --- text ---


def rich(transcript: Transcript, labels: Labels) -> str:
    """All in one string, joined as `Transcript.text` is. A label keeps to the words it belongs to; a speaker begins a line."""
    if labels.raw:
        return transcript.raw
    lines = said = ""
    for marked in mark(transcript, labels):
        space = "\n" if marked.speaker and said else space_between(said, marked.text)
        lines += space + marked.line
        said += space + marked.text
    return lines


def rich_segment(segment: Segment, labels: Labels) -> str:
    """One segment alone, whoever says it: an event in it begins and ends in it."""
    return rich(Transcript((replace(segment, speaker=""),), segment.end), labels)


def txt(transcript: Transcript, labels: Labels, *, times: bool = False) -> str:
    """One line a segment, each with its emotion; with `times` it begins with "[00:01.2 → 00:03.4] "."""
    lines = []
    for marked in mark(transcript, labels, each=True):
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

    Speakers have one where they are told apart; it has their names.
    Begins with a byte order mark: without it Excel shows Chinese as noise.
    """
    table = io.StringIO()
    writer = csv.writer(table)
    told_apart = any(segment.speaker for segment in transcript.segments)
    writer.writerow(["start", "end", *(["speaker"] if told_apart else []), "language", "emotion", "events", "text"])
    for segment in transcript.segments:
        speaker = [harmless(transcript.called(segment.speaker))] if told_apart else []
        codes = [*speaker, segment.language.value, segment.emotion.value, " ".join(segment.events)]
        text = harmless(one_line(labels.text(segment)))
        writer.writerow([f"{segment.start:.3f}", f"{segment.end:.3f}", *codes, text])
    return "\ufeff" + table.getvalue()


def harmless(cell: str) -> str:
    """A spreadsheet takes what begins with one of these for a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")) else cell


# --- JSON ---


def json_text(transcript: Transcript, labels: Labels) -> str:
    return json.dumps(as_dict(transcript, labels), ensure_ascii=False, indent=2) + "\n"


def as_dict(transcript: Transcript, labels: Labels) -> Json:
    """All that is known, for files. Labels are in the first text only: segments carry their values.

    Where a person has named speakers `names` has it: {"B": "Ms Li"}.
    """
    named = {"names": dict(transcript.names)} if transcript.names else {}
    return {
        "text": rich(transcript, labels),
        "plain": transcript.text,
        "raw": transcript.raw,
        "language": transcript.language.value,
        "duration": round(transcript.duration, 3),
        **named,
        "segments": [_filed(segment_dict(number, segment, labels)) for number, segment in enumerate(transcript.segments)],
    }


def _filed(segment: Json) -> Json:
    """Without what says nothing to people."""
    return {key: value for key, value in segment.items() if key not in UNFILED}


UNFILED = ("seek", "tokens", "temperature", "compression_ratio", "rich")


def whisper_dict(transcript: Transcript, labels: Labels, *, words: bool) -> Json:
    """What openai-whisper's transcribe() returns, and `rich`."""
    known = whisper_segments(transcript, labels)
    return {
        "text": transcript.text,
        "rich": rich(transcript, labels),
        "language": transcript.language.value,
        "segments": [{**segment, "words": said} if words else segment for segment, said in known],
    }


def whisper_segments(transcript: Transcript, labels: Labels) -> list[tuple[Json, list[Json]]]:
    """Each segment and its words. A text brings the space before it and the marks after it: joined, they are the whole."""
    said = ""
    found = []
    for number, segment in enumerate(transcript.segments):
        text = space_between(said, segment.text.strip()) + segment.text.strip()
        said += text
        found.append(({**segment_dict(number, segment, labels, words=False), "text": text}, _whisper_words(text, segment)))
    return found


def _whisper_words(text: str, segment: Segment) -> list[Json]:
    known = zip(map(_word, segment.words), written(text, segment.words), strict=True)
    return [{"word": said, "start": word["start"], "end": word["end"], "probability": word["confidence"]} for word, said in known]


def segment_dict(number: int, segment: Segment, labels: Labels, *, words: bool = True) -> Json:
    """Whisper's ten fields of a segment, then what Whisper does not say. Times are seconds; `labels` are those in `rich`.

    `speaker` is there where speakers are told apart.
    """
    known: Json = {
        "id": number,
        "seek": round(segment.start * 100),  # frames of 10 ms
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "text": segment.text,
        "tokens": [token.id for token in segment.tokens],
        "temperature": 0.0,  # nothing is drawn at random
        "avg_logprob": round(segment.scores.avg_logprob, 4),
        "compression_ratio": round(compression_ratio(segment.text), 4),
        "no_speech_prob": round(segment.scores.no_speech, 4),
        "language": segment.language.value,
        "emotion": segment.emotion.value,
        "events": [event.value for event in segment.events],
        "scores": _scores(segment.scores),
        "rich": rich_segment(segment, labels),
        "raw": segment.raw,
    }
    told = {"speaker": segment.speaker} if segment.speaker else {}
    said = {"words": [_word(word) for word in segment.words]} if words else {}
    return {**known, **told, **said}


def compression_ratio(text: str) -> float:
    """Bytes over their zlib size, as whisper's DecodingResult has it: high where text repeats itself. 0 for no text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def _scores(scores: Scores) -> dict[str, dict[str, float]]:
    return {
        "language": _rounded(scores.languages),
        "emotion": _rounded(scores.emotions),
        "event": _rounded(scores.events),
    }


def _rounded(scores: Mapping[Language, float] | Mapping[Emotion, float] | Mapping[Event, float]) -> dict[str, float]:
    return {name.value: round(score, 4) for name, score in scores.items()}


def _word(word: Word) -> Json:
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
