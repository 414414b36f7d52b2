"""Where labels stand: each segment of a transcript behind its speaker, between the labels of its emotion and its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .labels import EventLabel, Labels
from .transcript import Event, Segment, Transcript

MOMENTS = frozenset({Event.SNEEZE, Event.COUGH})  # over at once: in two segments they are two

Around = tuple[tuple[str, ...], tuple[str, ...]]  # what stands before the words, what stands after them


@dataclass(frozen=True, slots=True)
class Marked:
    """What is written for one segment: labels, words, labels. `speaker` where it is said, as "A: "."""

    segment: Segment
    text: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    speaker: str = ""

    @property
    def line(self) -> str:
        said = "".join((*self.before, self.text, *self.after))
        return said and self.speaker + said


def mark(transcript: Transcript, labels: Labels, *, each: bool = False) -> list[Marked]:
    """Each segment between its labels, as many as there are segments.

    An event that neighbouring segments share is opened before the first and closed after the last. An emotion they
    share is said once, where it begins (where it ends in a style with the emotion last); with `each` it is said for
    every one: lines and cues are read one by one. Said once, the way back to a hidden emotion (neutral) is not seen.
    So it is with speakers, and where one begins, so does the emotion.
    """
    segments = transcript.segments
    feelings = _feelings(segments, labels, each)
    sounds = _sounds(segments, labels)
    marked = [
        Marked(segment, labels.text(segment), (*opened, *first), (*closed, *last))
        for segment, (first, last), (opened, closed) in zip(segments, feelings, sounds, strict=True)
    ]
    return _named(marked, transcript, each)


def _named(marked: Sequence[Marked], transcript: Transcript, each: bool) -> list[Marked]:
    """Behind their speakers, by their names where they have some. Where nothing is written nobody is named."""
    named, last = [], ""
    for one in marked:
        speaker = one.segment.speaker if one.line else ""
        said = f"{transcript.called(speaker)}: " if speaker and (each or speaker != last) else ""
        named.append(replace(one, speaker=said))
        last = speaker or last
    return named


def _feelings(segments: Sequence[Segment], labels: Labels, each: bool) -> list[Around]:
    names = [labels.emotions.get(segment.emotion, "") for segment in segments]
    if not each:
        names = _starts(names[::-1], segments[::-1])[::-1] if labels.emotion_last else _starts(names, segments)
    return [((), _shown(name)) if labels.emotion_last else (_shown(name), ()) for name in names]


def _starts(names: Sequence[str], segments: Sequence[Segment]) -> list[str]:
    """Each name only where a run of it starts. A segment with neither words nor a name does not end a run."""
    starts, last = [], ("", "")
    for name, segment in zip(names, segments, strict=True):
        run = (segment.speaker, name)
        starts.append(name if run != last else "")
        last = run if name or segment.text.strip() else last
    return starts


def _sounds(segments: Sequence[Segment], labels: Labels) -> list[Around]:
    """The events around each segment, looking past segments in which nothing was heard. Two speakers do not laugh one laugh."""
    around: list[Around] = [((), ())] * len(segments)
    heard = [index for index, segment in enumerate(segments) if segment.text.strip() or segment.events]
    for before, at, behind in zip([None, *heard], heard, [*heard[1:], None], strict=False):
        past, future = (_events_of(segments, near, segments[at].speaker) for near in (before, behind))
        around[at] = _around(segments[at].events, past, future, labels)
    return around


def _events_of(segments: Sequence[Segment], index: int | None, speaker: str) -> Sequence[Event]:
    """None where there is no such segment, or another's."""
    return segments[index].events if index is not None and segments[index].speaker == speaker else ()


def _around(present: Sequence[Event], past: Sequence[Event], future: Sequence[Event], labels: Labels) -> Around:
    before: list[str] = []
    after: list[str] = []
    closed: list[str] = []
    for event in dict.fromkeys(present):
        label = labels.events.get(event, EventLabel("", "", ""))
        begins, ends = (event in MOMENTS or event not in side for side in (past, future))
        if begins and ends:
            (before if event in labels.leading else after).append(label.once)
        elif begins:
            before.append(label.open)
        elif ends:
            closed.append(label.close)
    return _shown(*before), _shown(*after, *reversed(closed))


def _shown(*names: str) -> tuple[str, ...]:
    return tuple(name for name in names if name)
