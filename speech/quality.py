"""What a transcript says of how a recording went: where a feeling lasts, how often a sound is heard, who speaks what how long.

Pure functions. Labels err: whatever is found here is a reason to listen to that moment, never a verdict.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from .errors import InvalidRules
from .jobs import Verdict
from .spans import Span, merge
from .tracks import SPEAKERS
from .transcript import Emotion, Event, Language, Segment, Transcript

MOST_RULES = 20
LONGEST_WINDOW = 24 * 3600.0  # s
GOES_ON = 1.0  # s between two segments over which a sound is the same one
MINUTE = 60.0  # s

Label = Emotion | Event
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Rule:
    """At least `seconds` of a label within any `within` seconds, of one `speaker` where there is one."""

    label: Label
    seconds: float
    within: float
    speaker: str = ""

    @property
    def name(self) -> str:
        """Of its label and speaker, as "angry" or "angry@B": who has heard a moment keeps his word when seconds are changed."""
        return f"{self.label.value}@{self.speaker}" if self.speaker else self.label.value

    def meets(self, segment: Segment) -> bool:
        """Whether that segment counts."""
        return has(segment, self.label) and self.speaker in ("", segment.speaker)


DEFAULT_RULES = (Rule(Emotion.ANGRY, 8.0, 60.0),)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a recording in which a rule is met. `seconds` are those of the label in it."""

    rule: Rule
    start: float
    end: float
    seconds: float
    worst: Segment  # of those with the label, the longest; the surest of equals


@dataclass(frozen=True, slots=True)
class Judged:
    """A moment, and what a person said of it: that it is so, that it is not, or None."""

    moment: Moment
    confirmed: bool | None

    @property
    def stands(self) -> bool:
        return self.confirmed is not False


@dataclass(frozen=True, slots=True)
class Measure:
    """One rule over one recording."""

    rule: Rule
    seconds: float  # of the label, in all
    peak: float  # the most of them in any `within` seconds
    moments: tuple[Moment, ...] = ()  # in the order of time; none overlaps another


# --- rules ---


def alerts(transcript: Transcript, rules: Iterable[Rule]) -> list[Moment]:
    """All moments of all rules, in the order of time."""
    found = [moment for rule in rules for moment in measure(transcript, rule).moments]
    return sorted(found, key=lambda moment: (moment.start, moment.rule.name))


def measure(transcript: Transcript, rule: Rule) -> Measure:
    spoken = [segment for segment in transcript.segments if rule.meets(segment)]
    held = _Held(merge([Span(segment.start, segment.end) for segment in spoken], gap=0.0))
    windows = [(held.within(window), window) for window in held.windows(rule.within)]
    peak = max((seconds for seconds, _ in windows), default=0.0)
    full = [held.trimmed(window) for seconds, window in windows if seconds > 0 and seconds >= rule.seconds - 1e-9]
    moments = tuple(_moment(rule, span, held.within(span), spoken) for span in merge(full, gap=0.0))
    return Measure(rule, held.total, peak, moments)


def has(segment: Segment, label: Label) -> bool:
    return segment.emotion is label or label in segment.events


def _moment(rule: Rule, span: Span, seconds: float, spoken: Sequence[Segment]) -> Moment:
    inside = [segment for segment in spoken if segment.start < span.end and segment.end > span.start]
    worst = max(inside, key=lambda segment: (segment.end - segment.start, _sureness(segment, rule.label)))
    return Moment(rule, span.start, span.end, seconds, worst)


def _sureness(segment: Segment, label: Label) -> float:
    scores = segment.scores
    return scores.emotions.get(label, 0.0) if isinstance(label, Emotion) else scores.events.get(label, 0.0)


class _Held:
    """Stretches of a label that do not touch, in the order of time, and how much of any other stretch they fill."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts, self._ends = [span.start for span in spans], [span.end for span in spans]
        self._before = [0.0, *accumulate(span.length for span in spans)]  # the seconds of all that come before each

    @property
    def total(self) -> float:
        return self._before[-1]

    def windows(self, length: float) -> list[Span]:
        """Those that begin with a stretch and those that end with one.

        None holds more than the best of them: as a window slides, what it holds grows only until a stretch's end leaves its
        end behind, or its start meets a stretch's start.
        """
        begins = [Span(start, start + length) for start in self._starts]
        return begins + [Span(end - length, end) for end in self._ends if end >= length]

    def within(self, window: Span) -> float:
        return self._until(window.end) - self._until(window.start)

    def trimmed(self, window: Span) -> Span:
        """From the first second of the label in it to the last. To be asked of windows that hold some."""
        first = self._spans[bisect_right(self._ends, window.start)]
        last = self._spans[bisect_left(self._starts, window.end) - 1]
        return Span(max(first.start, window.start), min(last.end, window.end))

    def _until(self, time: float) -> float:
        """Seconds of the label before that time."""
        index = bisect_left(self._starts, time)
        if index == 0:
            return 0.0
        return self._before[index - 1] + min(time, self._ends[index - 1]) - self._starts[index - 1]


# --- what people say ---


def judged(moments: Iterable[Moment], verdicts: Sequence[Verdict]) -> list[Judged]:
    """Each with the verdict that was said of it: of the same rule, inside it, the nearest to its start."""
    return [Judged(moment, _verdict(moment, verdicts)) for moment in moments]


def _verdict(moment: Moment, verdicts: Sequence[Verdict]) -> bool | None:
    about = [verdict for verdict in verdicts if verdict.about(moment.rule.name, Span(moment.start, moment.end))]
    nearest = min(about, key=lambda verdict: abs(verdict.start - moment.start), default=None)
    return nearest.confirmed if nearest else None


def score(moments: Iterable[Judged]) -> float:
    """Seconds of the label in the moments that no person has dismissed: by this recordings are ranked."""
    return sum(each.moment.seconds for each in moments if each.stands)


# --- shares and rates ---


def minutes(transcript: Transcript) -> int:
    """How many were begun."""
    return math.ceil(transcript.duration / MINUTE)


def events_per_minute(transcript: Transcript) -> dict[Event, list[int]]:
    """How often each event that is heard begins in each minute. One that goes on over several segments began once."""
    counts: dict[Event, list[int]] = {}
    until: dict[Event, float] = {}
    n_minutes = minutes(transcript)
    for segment in transcript.segments:
        for event in segment.events:
            if segment.start - until.get(event, -math.inf) > GOES_ON and n_minutes:
                minute = min(int(segment.start // MINUTE), n_minutes - 1)
                counts.setdefault(event, [0] * n_minutes)[minute] += 1
            until[event] = max(segment.end, until.get(event, 0.0))
    return counts


def emotions_per_minute(transcript: Transcript) -> dict[Emotion, list[float]]:
    """Seconds of each emotion in each minute."""
    seconds: dict[Emotion, list[float]] = {}
    n_minutes = minutes(transcript)
    for segment in transcript.segments:
        for minute in range(int(segment.start // MINUTE), min(math.ceil(segment.end / MINUTE), n_minutes)):
            start, end = max(segment.start, minute * MINUTE), min(segment.end, (minute + 1) * MINUTE)
            seconds.setdefault(segment.emotion, [0.0] * n_minutes)[minute] += end - start
    return seconds


def language_share(transcript: Transcript) -> dict[Language, float]:
    """Parts of the time that anybody speaks, the largest first; they add up to 1 where somebody does."""
    return _shares((segment.language, segment) for segment in transcript.segments if segment.language is not Language.NONE)


def emotion_share(transcript: Transcript) -> dict[Emotion, float]:
    """Parts of the time of all segments with words, the largest first; they add up to 1 where there are any."""
    return _shares((segment.emotion, segment) for segment in transcript.segments if segment.text.strip())


def speaker_share(transcript: Transcript) -> dict[str, float]:
    """Parts of the time with words, by name; they add up to 1 where speakers are told apart, else there are none."""
    told = ((segment.speaker, segment) for segment in transcript.segments if segment.speaker and segment.text.strip())
    return dict(sorted(_shares(told).items()))


def _shares(told: Iterable[tuple[K, Segment]]) -> dict[K, float]:
    seconds: dict[K, float] = {}
    for key, segment in told:
        seconds[key] = seconds.get(key, 0.0) + segment.end - segment.start
    whole = sum(seconds.values())
    return {key: seconds[key] / whole for key in sorted(seconds, key=lambda key: -seconds[key])} if whole > 0 else {}


# --- as people write them ---


def parse_rules(text: str) -> tuple[Rule, ...]:
    """As "angry@B:8/60,laughter:2/30": a label, whose, the least seconds, and within how many. Nothing: the usual.

    Raises InvalidRules.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_RULES:
        raise InvalidRules(f"{len(parts)} rules are more than {MOST_RULES}")
    rules = tuple(map(_rule, parts)) or DEFAULT_RULES
    if len({rule.name for rule in rules}) < len(rules):
        raise InvalidRules("a label has more than one rule for the same speaker")
    return rules


def format_rules(rules: Iterable[Rule]) -> str:
    return ",".join(f"{rule.name}:{rule.seconds:g}/{rule.within:g}" for rule in rules)


def _rule(text: str) -> Rule:
    name, _, numbers = text.partition(":")
    label, speaker = parse_name(name.strip())
    least, _, within = numbers.partition("/")
    rule = Rule(label, _seconds(least), _seconds(within or "60"), speaker)
    if not 0 < rule.seconds <= rule.within <= LONGEST_WINDOW:
        raise InvalidRules(f"{text[:40]!r} must have more than 0 seconds, within no fewer, and no window over 24 h")
    return rule


def parse_name(text: str) -> tuple[Label, str]:
    """A rule's label and speaker, of "angry" or "angry@B". Raises InvalidRules."""
    name, at, speaker = text.partition("@")
    label = LABELS.get(name)
    if label is None:
        raise InvalidRules(f"there is no label {name[:40]!r}; known: {', '.join(LABELS)}")
    if at and speaker not in tuple(SPEAKERS):
        raise InvalidRules(f"there is no speaker {speaker[:40]!r}; known: {', '.join(SPEAKERS)}")
    return label, speaker


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError as fault:
        raise InvalidRules(f"{text[:40]!r} is no number of seconds") from fault


LABELS: Mapping[str, Label] = {
    **{emotion.value: emotion for emotion in Emotion if emotion not in (Emotion.UNKNOWN, Emotion.OTHER)},
    **{event.value: event for event in Event},
}
