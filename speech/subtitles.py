"""Subtitles: a transcript as cues that people can read in time.

Cues begin and end at sentences, clauses and pauses, by the times of the words. Knows nothing of SRT or VTT.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from .labels import Labels
from .marks import Marked, mark
from .places import character_times
from .transcript import CLOSING, OPENING, Segment, Transcript, is_unspaced

LONGEST = 7.0  # s a cue may stay
SHORTEST = 1.0  # s a cue stays where there is room
SLACK = 1.0  # s a cue may begin before its first word and stay after its last, inside its segment
PAUSE = 1.0  # s between two words that always begin a new cue

NARROW, WIDE, LINE = 10, 21, 420  # a line holds 42 narrow characters or 20 wide ones

SENTENCE_END, CLAUSE_END, INSIDE, GLUED = 3.0, 2.0, 0.0, -6.0  # how well a cue or a line may end
NO_LINE_START = CLOSING + "-–—ー々・ぁぃぅぇぉっゃゅょァィゥェォッャュョ"  # small kana too (JIS X 4051)
JOINED = ("Mn", "Mc", "Me", "Cf", "Sk")  # Unicode categories of what changes the character before it


@dataclass(frozen=True, slots=True)
class Cue:
    """One or two lines shown from `start_ms` to `end_ms`. Lines are not escaped."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues(transcript: Transcript, labels: Labels) -> list[Cue]:
    """In the order of time. None is empty in text or in time, none reaches into the next."""
    marked = mark(transcript.segments, labels, each=True)
    return _in_order([cue for each in marked for cue in _segment_cues(each)], milliseconds(transcript.duration))


def milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def one_line(text: str) -> str:
    """Without control characters and line breaks; any white space is one space."""
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs"))
    return " ".join("".join(kept).split())


def width(text: str) -> int:
    return sum(WIDE if unicodedata.east_asian_width(c) in "WF" else NARROW for c in text)


# --- pieces that are never cut ---


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word with its marks and the space after it, a character that stands alone, or a label."""

    text: str
    start: float
    end: float
    ending: float  # how well a cue may end after it
    width: int


def _pieces(marked: Marked) -> list[_Piece]:
    words = _word_pieces(one_line(marked.text), marked.segment)
    if not words:
        return _label_pieces((*marked.before, *marked.after), marked.segment.start, marked.segment.end)
    before = _label_pieces(marked.before, words[0].start, words[0].start)
    after = _label_pieces(marked.after, words[-1].end, words[-1].end)
    words[-1] = replace(words[-1], ending=GLUED)
    return [*before, *words, *after]


def _label_pieces(labels: Iterable[str], start: float, end: float) -> list[_Piece]:
    stop = min(end, start + LONGEST)
    return [_piece(part, start, stop, GLUED) for label in labels for part in _parts(one_line(label))]


def _piece(text: str, start: float, end: float, ending: float) -> _Piece:
    return _Piece(text, start, end, ending, width(text))


def _word_pieces(text: str, segment: Segment) -> list[_Piece]:
    times = character_times(segment, text)
    cuts = [place for place in range(1, len(text)) if _may_part(text, place)]
    pieces: list[_Piece] = []
    for begin, end in pairwise([0, *cuts, len(text)] if text else []):
        said = [index for index in range(begin, end) if text[index].isalnum()] or [begin, end - 1]
        start, stop = times[said[0]][0], times[said[-1]][1]
        pieces += [_piece(part, start, stop, _ending(part)) for part in _parts(text[begin:end])]
    return pieces


def _parts(text: str) -> list[str]:
    """A piece in one, or cut by force where it is wider than a line."""
    step = LINE // WIDE if width(text.rstrip()) > LINE else max(1, len(text))
    return [text[begin : begin + step] for begin in range(0, len(text), step)]


def _may_part(text: str, place: int) -> bool:
    """Whether a line may end before `place`: at a space, and in Chinese or Japanese wherever marks allow."""
    left, right = text[place - 1], text[place]
    if right.isspace() or right in NO_LINE_START or unicodedata.category(right) in JOINED:
        return False
    if left in OPENING or left == "\u200d":  # the joiner of emoji
        return False
    before_marks = text[:place].rstrip(CLOSING)[-1:] or left  # "好,9" is Chinese too
    return left.isspace() or any(is_unspaced(character) for character in (left, right, before_marks))


def _ending(text: str) -> float:
    last = text.rstrip(" \"'”’」』)）】》")[-1:]
    if last and last in ".!?…。！？":
        return SENTENCE_END
    return CLAUSE_END if last and last in ",;:，；：、—" else INSIDE


# --- pieces into cues, a cue into lines ---


def _segment_cues(marked: Marked) -> list[Cue]:
    groups = [group for breath in _breaths(_pieces(marked)) for group in _cut(breath)]
    starts = [group[0].start for group in groups]
    limits = [*starts[1:], marked.segment.end]
    ends = [min(group[-1].end + SLACK, limit) for group, limit in zip(groups, limits, strict=False)]
    starts[:1] = [max(marked.segment.start, start - SLACK) for start in starts[:1]]
    return [_cue(start, end, group) for start, end, group in zip(starts, ends, groups, strict=True)]


def _cue(start: float, end: float, pieces: Sequence[_Piece]) -> Cue:
    return Cue(milliseconds(start), milliseconds(min(end, start + LONGEST)), _lines(pieces))


def _breaths(pieces: Sequence[_Piece]) -> list[Sequence[_Piece]]:
    """Cut at every long pause."""
    cuts = [place for place in range(1, len(pieces)) if _pause(pieces, place) >= PAUSE]
    return [pieces[begin:end] for begin, end in pairwise([0, *cuts, len(pieces)])] if pieces else []


def _cut(pieces: Sequence[_Piece]) -> list[Sequence[_Piece]]:
    """As they are where they make one cue, else in two at the best place, and so on."""
    if len(pieces) == 1 or (_line_ends(pieces) and round(pieces[-1].end - pieces[0].start, 3) <= LONGEST):
        return [pieces]
    merits = _merits(pieces)
    place = max(range(1, len(pieces)), key=lambda place: merits[place] + _rhythm(pieces, place))
    return [*_cut(pieces[:place]), *_cut(pieces[place:])]


def _lines(pieces: Sequence[_Piece]) -> tuple[str, ...]:
    merits = _merits(pieces)
    place = max(_line_ends(pieces), key=lambda place: merits[place], default=len(pieces))
    lines = ("".join(piece.text for piece in part).strip() for part in (pieces[:place], pieces[place:]))
    return tuple(line for line in lines if line)


def _line_ends(pieces: Sequence[_Piece]) -> list[int]:
    """How many pieces the first line may hold so that the second holds the rest; empty where two lines are too few."""
    widths = list(accumulate(piece.width for piece in pieces))
    if widths[-1] <= LINE:
        return [len(pieces)]
    return [place for place, wide in enumerate(widths, start=1) if wide <= LINE and widths[-1] - wide <= LINE]


def _merits(pieces: Sequence[_Piece]) -> list[float]:
    """How good it is to cut before each place: after a sentence or a clause, near the middle."""
    widths = list(accumulate((piece.width for piece in pieces), initial=0))
    endings = [GLUED, *(piece.ending for piece in pieces)]
    return [ending - 4 * abs(2 * wide / widths[-1] - 1) for ending, wide in zip(endings, widths, strict=True)]


def _rhythm(pieces: Sequence[_Piece], place: int) -> float:
    """A pause is a good place for a cue to end; not where a cue would be gone too soon."""
    shorter = min(pieces[place].start - pieces[0].start, pieces[-1].end - pieces[place].start)
    return 2 * _pause(pieces, place) - (10 if shorter < SHORTEST else 0)


def _pause(pieces: Sequence[_Piece], place: int) -> float:
    return pieces[place].start - pieces[place - 1].end


def _in_order(found: Iterable[Cue], duration_ms: int) -> list[Cue]:
    """Sorted; none reaches into the next, and each stays at least SHORTEST where there is room."""
    ordered = sorted(found, key=lambda cue: cue.start_ms)
    limits = [*(cue.start_ms for cue in ordered[1:]), duration_ms]
    placed: list[Cue] = []
    now = 0
    for cue, limit in zip(ordered, limits, strict=False):
        start = max(cue.start_ms, now)
        now = max(start + 1, min(max(cue.end_ms, start + milliseconds(SHORTEST)), limit))
        placed.append(replace(cue, start_ms=start, end_ms=now))
    return placed
