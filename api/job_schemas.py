"""The JSON of jobs, and examples of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from speech.hearing import Ask
from speech.jobs import Gist, Job, JobState, Trouble
from speech.transcript import Language

from .described import HEARD, UNHEARD


class AskedOut(BaseModel):
    language: str = Field(description="auto, zh, yue, en, ja or ko")
    itn: bool
    vad: bool
    clean: bool
    multichannel: bool

    @classmethod
    def of(cls, ask: Ask) -> AskedOut:
        return cls(language=ask.language or "auto", itn=ask.itn, vad=ask.vad, clean=ask.clean, multichannel=ask.multichannel)


class TroubleOut(BaseModel):
    code: str = Field(description="as that of a request that fails in the same way")
    message: str


class JobOut(BaseModel):
    """Times are seconds since 1970, lengths seconds of audio."""

    id: str
    object: Literal["job"] = "job"
    name: str = Field(description="the file's")
    state: JobState
    place: int = Field(description="1 for the job that is taken up next; 0 where it does not wait, or is paused")
    created: float
    started: float | None
    ended: float | None
    elapsed: float | None = Field(description="seconds that it has run, or ran")
    size: int | None = Field(description="bytes of the file")
    heard: float = Field(description="so far")
    duration: float = Field(description="of the file; 0 until it is known")
    language: str | None = Field(description="spoken longest; none where nothing was heard yet")
    emotion: str | None = Field(description="felt longest, neutral aside")
    events: dict[str, int] = Field(description="how often each was heard")
    segments: int
    error: TroubleOut | None = Field(description="why it failed")
    warnings: list[str] = Field(description="what was odd about the file: a code, a colon and words")
    asked: AskedOut
    sound: bool = Field(description="whether the file is still kept")
    webhook: bool = Field(description="whether somebody is told when it ends")

    @classmethod
    def of(cls, job: Job, now: float) -> JobOut:
        gist, ask, trouble = job.gist, job.ask, job.trouble
        return cls(
            id=job.id,
            name=job.name,
            state=job.state,
            place=job.place,
            created=job.created,
            started=job.started,
            ended=job.ended,
            elapsed=None if job.started is None else round(max(0.0, (job.ended or now) - job.started), 3),
            size=job.size,
            heard=round(job.heard, 3),
            duration=round(job.duration, 3),
            language=gist.language if gist else None,
            emotion=gist.emotion if gist else None,
            events={event.value: times for event, times in gist.events.items()} if gist else {},
            segments=gist.segments if gist else 0,
            error=TroubleOut(code=trouble.code, message=trouble.message) if trouble else None,
            warnings=list(job.warnings),
            asked=AskedOut.of(ask),
            sound=job.sound,
            webhook=job.webhook is not None,
        )


class JobsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[JobOut] = Field(description="the newest first")
    paused: bool = Field(description="whether those that wait go on waiting, until POST /v1/queue/resume")


class PausedOut(BaseModel):
    object: Literal["queue"] = "queue"
    paused: bool


class DeletedOut(BaseModel):
    id: str
    object: Literal["job"] = "job"
    deleted: Literal[True] = True


class PeaksOut(BaseModel):
    duration: float = Field(description="seconds of the sound")
    peaks: list[int] = Field(description="the loudest sample of each of as many equal stretches, 0 to 255")


class FolderFileOut(BaseModel):
    name: str = Field(description="what POST /v1/jobs takes as its path")
    size: int = Field(description="bytes")


class FoldersOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[FolderFileOut]
    whole: bool = Field(description="false where there are more files than are listed")


# --- examples ---

NOW = 1_790_000_040.0
GIST = Gist.of(HEARD.transcript)
WAITING = Job("9f2c4d6e8a0b1c3d5e7f9a0b1c2d3e4f", "call 17.mp3", "", Ask(), JobState.WAITING, NOW - 40, size=89_600, place=3)
DONE = Job(
    "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "talk.m4a",
    "",
    Ask(Language.ZH),
    JobState.DONE,
    NOW - 60,
    NOW - 50,
    NOW - 49.9,
    89_600,
    5.6,
    5.6,
    gist=GIST,
)
FAILED = Job(
    "77777777777777777777777777777777",
    "notes.pdf",
    "",
    Ask(),
    JobState.FAILED,
    NOW - 30,
    NOW - 20,
    NOW - 20,
    20_480,
    trouble=Trouble("unsupported_media_type", str(next(f for f in UNHEARD if f.code == "unsupported_media_type"))),
)


def shown_jobs(*jobs: Job) -> list[dict[str, object]]:
    return [JobOut.of(job, NOW).model_dump(mode="json") for job in jobs]
