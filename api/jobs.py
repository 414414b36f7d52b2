"""Jobs: a file is sent, and what was heard is fetched when it is done. Each key sees its own."""

from __future__ import annotations

import time
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, UploadFile
from fastapi.responses import FileResponse, Response

from speech.errors import (
    AudioError,
    FolderPathNotAllowed,
    HostNotAllowed,
    InvalidApiKey,
    InvalidParameter,
    JobsUnavailable,
    JobUnfinished,
    ModelLoading,
    OriginNotAllowed,
    QueueFull,
    RateLimited,
    SoundGone,
    SpeechError,
    StorageFull,
    UnknownJob,
    UnknownLanguage,
    WebhookNotAllowed,
)
from speech.jobs import Jobs, JobState

from .deps import Address, Caller, Wish, opened
from .described import LANGUAGES, UNHEARD, Responses, binary, faults, shown, success
from .job_schemas import (
    DONE,
    FAILED,
    WAITING,
    DeletedOut,
    FolderFileOut,
    FoldersOut,
    JobOut,
    JobsOut,
    PausedOut,
    PeaksOut,
    shown_jobs,
)

router = APIRouter(prefix="/v1", tags=["jobs"])

MOST = 1000  # jobs that are listed
WIDEST = 4000  # peaks


def jobs_of(request: Request) -> Jobs:
    found: Jobs = request.app.state.jobs
    return found


Kept = Annotated[Jobs, Depends(jobs_of)]
Id = Annotated[str, Path(description="The job's id.")]


# --- steps ---


def attachment(name: str) -> str:
    """Quoted as in a URL: what a client called its file can hold anything."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


# --- what is said of it ---
DOOR: tuple[SpeechError, ...] = (
    HostNotAllowed("evil.example"),
    OriginNotAllowed(),
    InvalidApiKey(),
    RateLimited("requests with this key", retry_after=5),
    JobsUnavailable("another Earshot keeps its jobs in the same folder"),
    StorageFull(),
)
ONE = (*DOOR, UnknownJob("17"))
FULL = QueueFull("500 jobs of this caller", 60)


def _answers(*known: SpeechError) -> Responses:
    """`responses` of a route that answers with one job."""
    waiting, done, failed = shown_jobs(WAITING, DONE, FAILED)
    return {**success("The job.", waiting=waiting, done=done, failed=failed), **faults(*ONE, *known)}


_PLAYED: tuple[SpeechError, ...] = (
    SoundGone(),
    FolderPathNotAllowed(),
    *(fault for fault in UNHEARD if isinstance(fault, AudioError)),
)


# --- the routes ---


@router.get(
    "/jobs",
    summary="List the jobs",
    responses={
        **success("The newest first.", jobs={"object": "list", "data": shown_jobs(WAITING, DONE, FAILED), "paused": False}),
        **faults(*DOOR, InvalidParameter("state", "lost", JobState)),
    },
)
def jobs(
    kept: Kept,
    call: Caller,
    state: Annotated[JobState | None, Query(description="Those in this state alone.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="At most so many.")] = 100,
) -> JobsOut:
    """The jobs of whoever asks: with API keys each key has its own, without any they are everybody's."""
    now = time.time()
    return JobsOut(data=[JobOut.of(job, now) for job in kept.list(call.caller, limit, state)], paused=kept.paused(call.caller))


def _accepted() -> Responses:
    (job,) = shown_jobs(WAITING)
    told = {
        "description": "The job waits.",
        "content": {"application/json": shown(job=job)},
        "headers": {"Location": {"schema": {"type": "string"}, "example": f"/v1/jobs/{WAITING.id}"}},
    }
    heard_now = (AudioError, ModelLoading)  # what only hearing finds out
    known = [fault for fault in UNHEARD if not isinstance(fault, heard_now) or fault.code == "empty_file"]
    own = (UnknownLanguage("klingon", LANGUAGES), WebhookNotAllowed(), FolderPathNotAllowed(), FULL)
    return {202: told, **faults(*DOOR, *known, *own)}


@router.post("/jobs", status_code=202, summary="Have a file heard in its time", responses=_accepted())
def new_job(
    kept: Kept,
    call: Caller,
    asked: Wish,
    elsewhere: Address,
    response: Response,
    file: Annotated[UploadFile | None, File(description="Audio or video of any common container.")] = None,
    name: Annotated[str | None, Form(description="What the job is called; else as the file is.")] = None,
    path: Annotated[str | None, Form(description="In place of file: a name that GET /v1/folders lists.")] = None,
    webhook: Annotated[
        str | None, Form(description="An address that is told when the job ends, of a host that the server's owner has allowed.")
    ] = None,
) -> JobOut:
    """Keeps the file and answers at once; it is heard when its turn comes, also after a restart. Ask for the job by its id.

    Where too many jobs wait or run, in all or of one API key, nothing is kept: try again after the seconds in Retry-After.
    """
    if file is None and path:
        job = kept.take(path, asked, call.caller, webhook or None)
    else:
        sound: BinaryIO = opened(file, elsewhere)
        job = kept.add(sound, name or (file and file.filename) or "audio", asked, call.caller, webhook or None)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobOut.of(job, time.time())


@router.post(
    "/queue/pause",
    summary="Let the jobs wait",
    responses={**success("None is begun any more.", paused=PausedOut(paused=True).model_dump()), **faults(*DOOR)},
)
def pause_jobs(kept: Kept, call: Caller) -> PausedOut:
    """Those of whoever asks, new ones too, and after a restart. What runs is finished, where the server does not end first.

    A pause that nobody ends does so by itself when a text would be forgotten (EARSHOT_JOBS__TEXT).
    """
    kept.pause(call.caller)
    return PausedOut(paused=True)


@router.post(
    "/queue/resume",
    summary="Let the jobs go on",
    responses={**success("They have their turns again.", going=PausedOut(paused=False).model_dump()), **faults(*DOOR)},
)
def resume_jobs(kept: Kept, call: Caller) -> PausedOut:
    """In the order they came in."""
    kept.resume(call.caller)
    return PausedOut(paused=False)


@router.delete(
    "/jobs/{id}",
    summary="Forget a job",
    responses={**success("It is gone.", deleted=DeletedOut(id=DONE.id).model_dump()), **faults(*ONE)},
)
def forget_job(kept: Kept, call: Caller, id: Id) -> DeletedOut:
    """Cancels it where it waits or runs, and deletes its file and its text."""
    kept.delete(id, call.caller)
    return DeletedOut(id=id)


@router.get("/jobs/{id}", summary="See how far a job is", responses=_answers())
def job(kept: Kept, call: Caller, id: Id) -> JobOut:
    """Its state, how much of it was heard, and in short what."""
    return JobOut.of(kept.get(id, call.caller), time.time())


@router.post("/jobs/{id}/cancel", summary="Stop a job", responses=_answers())
def cancel_job(kept: Kept, call: Caller, id: Id) -> JobOut:
    """What was heard until then stays. One that has ended is left as it is."""
    return JobOut.of(kept.cancel(id, call.caller), time.time())


@router.post("/jobs/{id}/retry", summary="Hear a job once more", responses=_answers(JobUnfinished("running"), SoundGone(), FULL))
def retry_job(kept: Kept, call: Caller, id: Id) -> JobOut:
    """From its start, behind all that wait. What was heard before is forgotten."""
    return JobOut.of(kept.retry(id, call.caller), time.time())


@router.get(
    "/jobs/{id}/audio",
    summary="Play a job's sound",
    response_class=FileResponse,
    responses={**binary("audio/wav", "All of it, or the part that a Range asks for (206)."), **faults(*ONE, *_PLAYED)},
)
def job_audio(
    kept: Kept,
    call: Caller,
    id: Id,
    original: Annotated[bool, Query(description="The file as it was sent, to be saved.")] = False,
) -> Response:
    """A 16-bit mono WAV at 16 kHz, which every browser plays and seeks to the sample. Ranges are answered."""
    headers = {"Cache-Control": "private, no-store"}
    if original:
        headers["Content-Disposition"] = attachment(kept.get(id, call.caller).name)
        return FileResponse(kept.audio(id, call.caller), media_type="application/octet-stream", headers=headers)
    return FileResponse(kept.wav(id, call.caller, call), media_type="audio/wav", headers=headers)


@router.get(
    "/jobs/{id}/peaks",
    summary="Draw a job's sound",
    responses={
        **success("How loud it is where.", peaks=PeaksOut(duration=5.6, peaks=[3, 120, 96, 4]).model_dump()),
        **faults(*ONE, *_PLAYED, InvalidParameter("n", "0", ["1 to 4000"])),
    },
)
def job_peaks(
    kept: Kept,
    call: Caller,
    id: Id,
    n: Annotated[int, Query(ge=1, le=WIDEST, description="How many stretches.")] = 1600,
) -> PeaksOut:
    """What a player draws before it has the sound."""
    size = kept.wav(id, call.caller, call).stat().st_size
    return PeaksOut(duration=round((size - 44) / 32_000, 3), peaks=list(kept.peaks(id, n, call.caller, call)))


@router.get(
    "/folders",
    summary="List files of the server",
    responses={
        **success("All of them.", files={"object": "list", "data": [{"name": "calls/17.mp3", "size": 89_600}], "whole": True}),
        **faults(*DOOR),
    },
)
def folders(kept: Kept) -> FoldersOut:
    """Files that may be audio in the folders that the server's owner has allowed (EARSHOT_FOLDERS): none unless he has."""
    listing = kept.listing()
    return FoldersOut(data=[FolderFileOut(name=file.name, size=file.size) for file in listing.files], whole=listing.whole)
