"""Jobs: recordings that are heard while nobody waits, and kept until somebody reads them. Values and a contract.

What keeps them (a database, a folder) stands behind `Jobs`; doors and pages meet it here alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from .calls import Call
from .hearing import Ask
from .spans import Span
from .transcript import Emotion, Event, Language, Transcript


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a job failed: the code and the sentence of the SpeechError that ended it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Gist:
    """What a list shows of a transcript without reading it."""

    language: Language
    emotion: Emotion  # felt longest, neutral and unknown aside; NEUTRAL where there is no other
    events: dict[Event, int] = field(default_factory=dict)  # how often each was heard
    segments: int = 0

    @classmethod
    def of(cls, transcript: Transcript) -> Gist:
        felt: dict[Emotion, float] = {}  # s
        for segment in transcript.segments:
            if segment.emotion not in (Emotion.NEUTRAL, Emotion.UNKNOWN):
                felt[segment.emotion] = felt.get(segment.emotion, 0.0) + segment.end - segment.start
        emotion = max(felt, key=lambda each: felt[each], default=Emotion.NEUTRAL)
        events = Counter(event for segment in transcript.segments for event in segment.events)
        return cls(transcript.language, emotion, dict(events), len(transcript.segments))


@dataclass(frozen=True, slots=True)
class Job:
    """One recording. Times are seconds since 1970, lengths seconds of audio."""

    id: str  # unguessable
    name: str  # the file's, as its owner calls it
    owner: str  # Call.caller of who brought it; only he sees it where there are keys
    ask: Ask
    state: JobState
    created: float
    started: float | None = None
    ended: float | None = None
    size: int | None = None  # bytes of the file
    heard: float = 0.0
    duration: float = 0.0  # 0 until it is known
    trouble: Trouble | None = None  # of FAILED
    gist: Gist | None = None  # of what was heard, also where it was cancelled or failed in the middle
    webhook: str | None = None  # is told when it ends
    place: int = 0  # 1 for the one that is taken up next; 0 where it waits for no turn
    sound: bool = True  # whether its file is still there
    warnings: tuple[str, ...] = ()  # what was odd about the file, as a Hearing has it


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is of a job's text, in what state, and which of all that it has had or will have: all of one moment."""

    name: str  # the job's
    transcript: Transcript
    state: JobState
    revision: str  # another one with every hearing and every correction


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file that may be audio in a folder of the server that its owner has allowed."""

    name: str  # from the folder's own name on, with slashes: what `take` takes
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Listing:
    files: tuple[FolderFile, ...] = ()
    whole: bool = True  # False: there are more than are listed


NEAR = 0.05  # s by which a moment may have been rounded since it was judged


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of an alert of a job: that it is right, or that it is not."""

    rule: str  # the rule's name
    start: float  # s, of the moment
    confirmed: bool

    def about(self, rule: str, moment: Span) -> bool:
        """Whether it was said of a moment of this rule, which may have grown or shrunk with the rule's seconds since."""
        return self.rule == rule and moment.start - NEAR <= self.start <= moment.end + NEAR


class Jobs(Protocol):
    """All methods may be called from any thread. What concerns one job raises UnknownJob where there is none of this owner.

    Whoever cannot keep jobs at the moment raises JobsUnavailable from every method.
    """

    def add(self, file: Path | BinaryIO, name: str, ask: Ask, owner: str = "", webhook: str | None = None) -> Job:
        """Keeps the file's bytes and puts the job behind all others.

        Raises EmptyAudio, WebhookNotAllowed, QueueFull, StorageFull or JobsUnavailable.
        """
        ...

    def take(self, path: str, ask: Ask, owner: str = "", webhook: str | None = None) -> Job:
        """The same of a file that `listing` names: it stays where it is, and is never deleted. Raises PathNotAllowed too."""
        ...

    def listing(self) -> Listing:
        """The files of the folders that are allowed."""
        ...

    def get(self, id: str, owner: str = "") -> Job: ...

    def list(self, owner: str = "", limit: int = 1000, state: JobState | None = None) -> Sequence[Job]:
        """The newest first."""
        ...

    def transcript(self, id: str, owner: str = "") -> Transcript:
        """What was heard, by now where it runs. Raises JobUnfinished where nothing was."""
        ...

    def outline(self, id: str, owner: str = "") -> Transcript:
        """The same of segments alone, without words, tokens and scores: quick to read again, for who looks at many."""
        ...

    def kept(self, id: str, owner: str = "") -> Kept:
        """The same, and what it is."""
        ...

    def replace(self, id: str, transcript: Transcript, owner: str = "", revision: str | None = None) -> str:
        """Keeps what a person has corrected in the place of what was heard; returns its revision.

        With the `revision` that was corrected, raises JobChanged where there is another by now. Raises JobUnfinished.
        """
        ...

    def audio(self, id: str, owner: str = "") -> Path:
        """The file as it came. Raises SoundGone where it is kept no longer."""
        ...

    def wav(self, id: str, owner: str = "", call: Call | None = None) -> Path:
        """The sound as a WAV that every browser plays, made once. Raises what decoding does, and SoundGone."""
        ...

    def peaks(self, id: str, n: int, owner: str = "", call: Call | None = None) -> Sequence[int]:
        """How loud each of `n` equal stretches of it is, 0 to 255."""
        ...

    def cancel(self, id: str, owner: str = "") -> Job:
        """Ends it if it waits or runs; what was heard stays."""
        ...

    def retry(self, id: str, owner: str = "") -> Job:
        """Once more from the start, at the end of the queue. Raises JobUnfinished where it has not ended, SoundGone."""
        ...

    def delete(self, id: str, owner: str = "") -> None:
        """Cancels it if need be, and forgets all of it."""
        ...

    def pause(self, owner: str = "") -> None:
        """None of this owner's is begun any more, after a restart neither. What runs is finished. It does not last for ever."""
        ...

    def resume(self, owner: str = "") -> None:
        """They have their turns again."""
        ...

    def paused(self, owner: str = "") -> bool: ...

    def verdicts(self, id: str, owner: str = "") -> Sequence[Verdict]: ...

    def judge(self, id: str, verdict: Verdict, owner: str = "") -> None:
        """Keeps a verdict, in the place of one of the same rule and moment."""
        ...

    def withdraw(self, id: str, rule: str, moment: Span, owner: str = "") -> None:
        """Forgets all verdicts of that rule in a moment; its ends may be rounded. Nothing happens where there are none."""
        ...
