"""Subtitles: a transcript as cues that people can read in time.

Cues begin and end at sentences, clauses and pauses, by the times of the words. Knows nothing of SRT or VTT.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise

from .labels import Labels
from .marks import Marked, mark
from .places import character_times
from .transcript import CLOSING, OPENING, Segment, Transcript, is_unspaced, space_between

LONGEST = 7000  # ms a cue may stay
SHORTEST = 1000  # ms a cue stays where there is room
SLACK = 1000  # ms a cue may begin before its first word and stay after its last, inside its segment
PAUSE = 1000  # ms between two words that begin a new cue

NARROW, WIDE, LINE = 10, 21, 420  # a line holds 42 narrow characters or 20 wide ones

TURN, SENTENCE_END, CLAUSE_END, INSIDE, GLUED = 6.0, 3.0, 2.0, 0.0, -6.0  # how well a cue or a line may end
NO_LINE_START = CLOSING + "-–—ー々・ぁぃぅぇぉっゃゅょァィゥェォッャュョ"  # small kana too (JIS X 4051)
JOINED = ("Mn", "Mc", "Me", "Cf", "Sk")  # Unicode categories of what changes the character before it


@dataclass(frozen=True, slots=True)
class Cue:
    """One or two lines shown from `start_ms` to `end_ms`. Lines are not escaped."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues(transcript: Transcript, labels: Labels) -> list[Cue]:
    """In the order of time. None is empty in text or in time, none reaches into the next. Who speaks is said when that changes.

    One is gone within SHORTEST only where it fills all the time between its neighbours and fits into neither.
    """
    marked = mark(transcript, labels, each=True)
    groups = sorted((group for each in marked for group in _groups(each)), key=lambda group: group.start)
    placed = _placed(_parted(_named(groups)), milliseconds(transcript.duration))
    return [Cue(group.start, group.end, _lines(group.pieces)) for group in _parted(placed)]


def milliseconds(seconds: float) -> int:
    """Rounded once, from the exact value, as `round(seconds, 3)` is: half to even."""
    return max(0, round(Fraction(seconds) * 1000))


def one_line(text: str) -> str:
    """Without control characters and line breaks; any white space is one space."""
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs"))
    return " ".join("".join(kept).split())


def width(text: str) -> int:
    return sum(WIDE if unicodedata.east_asian_width(c) in "WF" else NARROW for c in text)


# --- pieces that are never cut ---


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word with its marks and the space after it, a character that stands alone, or a label. Times in ms."""

    text: str
    start: int
    end: int
    ending: float  # how well a cue may end after it
    width: int
    label: bool = False


def _pieces(marked: Marked) -> list[_Piece]:
    words = _word_pieces(one_line(marked.text), marked.segment)
    if words:
        words[-1] = replace(words[-1], ending=GLUED)
        before = _label_pieces(marked.before, words[0].start, words[0].start)
        named = _speaker_pieces(marked.speaker, words[0].start)
        pieces = [*named, *before, *words, *_label_pieces(marked.after, words[-1].end, words[-1].end)]
    else:
        start, end = milliseconds(marked.segment.start), milliseconds(marked.segment.end)
        labels = _label_pieces((*marked.before, *marked.after), start, min(end, start + LONGEST))
        pieces = [*(_speaker_pieces(marked.speaker, start) if labels else []), *labels]
    return [*pieces[:-1], *(replace(last, ending=TURN) for last in pieces[-1:])]


def _speaker_pieces(speaker: str, start: int) -> list[_Piece]:
    return [_Piece(speaker, start, start, GLUED, width(speaker), label=True)] if speaker else []


def _label_pieces(labels: Iterable[str], start: int, end: int) -> list[_Piece]:
    parts = (part for label in labels for part in _parts(one_line(label)))
    return [_Piece(part, start, end, GLUED, width(part), label=True) for part in parts]


def _word_pieces(text: str, segment: Segment) -> list[_Piece]:
    times = character_times(segment, text)
    cuts = [place for place in range(1, len(text)) if _may_part(text, place)]
    parts = (part for begin, end in pairwise([0, *cuts, len(text)]) for part in _parts(text[begin:end]))
    pieces: list[_Piece] = []
    begin = 0
    for part in parts:
        said = [at for at, character in enumerate(part, begin) if character.isalnum()] or [begin, begin + len(part) - 1]
        start, end = milliseconds(times[said[0]][0]), milliseconds(times[said[-1]][1])
        pieces.append(_Piece(part, start, end, _ending(part), width(part)))
        begin += len(part)
    return pieces


def _parts(text: str) -> list[str]:
    """A piece in one, or cut by force where it is wider than a line."""
    bare = text.rstrip()
    step = LINE // WIDE if width(bare) > LINE else max(1, len(text))
    parts = [bare[begin : begin + step] for begin in range(0, len(bare), step)]
    return [*parts[:-1], *(last + text[len(bare) :] for last in parts[-1:])]


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


@dataclass(frozen=True, slots=True)
class _Group:
    """What is shown together, from `start` to `end` in ms."""

    pieces: Sequence[_Piece]
    start: int
    end: int
    speaker: str = ""  # as it is written, "A: "


def _groups(marked: Marked) -> list[_Group]:
    """The cues of one segment, before they meet those of others."""
    begin, end = milliseconds(marked.segment.start), milliseconds(marked.segment.end)
    parts = [part for breath in _breaths(_pieces(marked)) for part in _cut(breath)]
    limits = [*(part[0].start for part in parts[1:]), end]
    groups = [
        _Group(part, part[0].start, min(part[-1].end + SLACK, part[0].start + LONGEST, limit), marked.speaker)
        for part, limit in zip(parts, limits, strict=False)
    ]
    early = [replace(first, start=max(begin, first.start - SLACK, first.end - LONGEST)) for first in groups[:1]]
    return [*early, *groups[1:]]


def _named(groups: Sequence[_Group]) -> list[_Group]:
    """Those that go on after somebody else has spoken begin with their speaker again, where there is room."""
    named = list(groups[:1])
    for before, group in pairwise(groups):
        pieces = [*_speaker_pieces(group.speaker, group.start), *group.pieces]
        goes_on = group.speaker in ("", before.speaker) or group.pieces[0].text == group.speaker
        named.append(group if goes_on or not _line_ends(pieces) else replace(group, pieces=pieces))
    return named


def _breaths(pieces: Sequence[_Piece]) -> list[Sequence[_Piece]]:
    """Cut at every long pause."""
    cuts = [place for place in range(1, len(pieces)) if _pause(pieces, place) >= PAUSE]
    return [pieces[begin:end] for begin, end in pairwise([0, *cuts, len(pieces)])] if pieces else []


def _cut(pieces: Sequence[_Piece]) -> list[Sequence[_Piece]]:
    """As they are where they make one cue, else in two at the best place, and so on."""
    if len(pieces) == 1 or (_line_ends(pieces) and pieces[-1].end - pieces[0].start <= LONGEST):
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
    """How many pieces the first line may hold so that the second holds the rest; empty where two lines are too few.

    What fits into one line stays there, unless several segments are in it.
    """
    widths = list(accumulate(piece.width for piece in pieces))
    if widths[-1] <= LINE:
        return [place for place, piece in enumerate(pieces[:-1], start=1) if piece.ending == TURN] or [len(pieces)]
    return [place for place, wide in enumerate(widths, start=1) if wide <= LINE and widths[-1] - wide <= LINE]


def _merits(pieces: Sequence[_Piece]) -> list[float]:
    """How good it is to cut before each place: after a sentence or a clause, near the middle."""
    widths = list(accumulate((piece.width for piece in pieces), initial=0))
    endings = [GLUED, *(piece.ending for piece in pieces)]
    return [ending - 4 * abs(2 * wide / widths[-1] - 1) for ending, wide in zip(endings, widths, strict=True)]


def _rhythm(pieces: Sequence[_Piece], place: int) -> float:
    """A pause is a good place for a cue to end; not where a cue would be gone too soon."""
    shorter = min(pieces[place].start - pieces[0].start, pieces[-1].end - pieces[place].start)
    return 2 * _pause(pieces, place) / 1000 - (10 if shorter < SHORTEST else 0)


def _pause(pieces: Sequence[_Piece], place: int) -> int:
    return pieces[place].start - pieces[place - 1].end


# --- cues among each other ---


def _parted(groups: Sequence[_Group]) -> list[_Group]:
    """None reaches into the next."""
    ends = [min(group.end, later.start) for group, later in pairwise(groups)]
    return [*(replace(group, end=end) for group, end in zip(groups, ends, strict=False)), *groups[-1:]]


def _placed(groups: list[_Group], duration: int) -> list[_Group]:
    """Each with time enough to be read, or together with a neighbour where there is none."""
    at = 0
    while at < len(groups):
        begin = _free_from(groups[at - 1]) if at else 0
        limit = groups[at + 1].start if at + 1 < len(groups) else duration
        joined = _joined(groups, at) if limit - begin < SHORTEST else None
        if joined:
            at, together = joined
            groups[at : at + 2] = [together]
        else:
            groups[at] = _within(groups[at], begin, limit)
            at += 1
    return groups


def _free_from(group: _Group) -> int:
    """When the next one may come: this one's words are said, and it was there long enough."""
    return min(group.end, max(group.start + SHORTEST, group.pieces[-1].end))


def _within(group: _Group, begin: int, limit: int) -> _Group:
    """Between `begin` and `limit`; longer, and then earlier, where it would be gone too soon."""
    start = max(group.start, begin)
    end = max(start + 1, min(max(group.end, start + SHORTEST), limit))
    return replace(group, start=max(begin, min(start, end - SHORTEST)), end=end)


def _joined(groups: Sequence[_Group], at: int) -> tuple[int, _Group] | None:
    """A group with the neighbour that it goes together with, the nearer one if both would do, and where the two begin."""
    places = [place for place in (at - 1, at) if 0 <= place < len(groups) - 1]
    for place in sorted(places, key=lambda place: groups[place + 1].pieces[0].start - groups[place].pieces[-1].end):
        together = _together(groups[place], groups[place + 1])
        if together.end - together.start <= LONGEST and _line_ends(together.pieces):
            return place, together
    return None


def _together(left: _Group, right: _Group) -> _Group:
    *others, last = left.pieces
    space = space_between(_said(left), _said(right)) if last.ending == TURN else ""
    last = replace(last, text=last.text + space, width=last.width + width(space))
    return _Group((*others, last, *right.pieces), left.start, right.end)


def _said(group: _Group) -> str:
    return "".join(piece.text for piece in group.pieces if not piece.label)
