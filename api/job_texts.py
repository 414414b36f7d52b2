"""What was heard of jobs, written in any format: one alone, or many in a ZIP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from speech import files
from speech.errors import InvalidParameter, JobUnfinished, UnknownJob
from speech.jobs import Job, Jobs, JobState
from speech.labels import STYLES, Labels, style
from speech.names import stem
from speech.transcript import Transcript

from .deps import Caller, Options
from .described import HEARD, Responses, binary, faults, shown
from .jobs import MOST, ONE, Id, Kept, attachment
from .schemas import VerboseOut
from .zipped import zipped

router = APIRouter(prefix="/v1", tags=["jobs"])

FORMATS = (*files.FORMATS, "verbose_json")
ENDINGS = {"rich": "rich.txt", "raw": "raw.txt", "plain": "plain.txt", "verbose_json": "verbose.json"}
USUAL = "txt,srt,vtt,json"  # of a ZIP


# --- steps ---


def _written(transcript: Transcript, form: str, labels: Labels, name: str) -> tuple[bytes, str]:
    """The file of a format, and its media type. `name` is the job's."""
    if form == "verbose_json":
        told = VerboseOut.of(transcript, labels, words=True, whole=True, logprobs=False)
        return told.model_dump_json(exclude_none=True).encode(), "application/json"
    return files.written(form, transcript, labels, name), files.MEDIA_TYPES[form]


def _known(form: str, param: str) -> None:
    if form not in FORMATS:
        raise InvalidParameter(param, form, FORMATS)


def _labels(named: str | None, usual: Labels) -> Labels:
    return style(named) if named else usual


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _texts() -> Responses:
    """An example of every format."""
    kinds: dict[str, dict[str, str]] = {}
    for form in FORMATS:
        if form not in files.BINARY:
            text, kind = _written(HEARD.transcript, form, style("zh"), "")
            kinds.setdefault(kind, {})[form] = text.decode()
    content = {kind: {"schema": {"type": "string"}, **shown(**texts)} for kind, texts in kinds.items() if "json" not in kind}
    content |= {files.MEDIA_TYPES[form]: {"schema": {"type": "string", "format": "binary"}} for form in files.BINARY}
    content["application/json"] = {"schema": {"type": "object"}}
    wrong = (InvalidParameter("format", "pdf", FORMATS), InvalidParameter("labels", "xml", STYLES), JobUnfinished("waiting"))
    return {200: {"description": "What was heard.", "content": content}, **faults(*ONE, *wrong)}


# --- the routes ---


@router.get(
    "/jobs.zip",
    summary="Fetch the transcripts of many jobs",
    response_class=Response,
    responses={
        **binary("application/zip", "A file for each job and format, as they are made."),
        **faults(*ONE, InvalidParameter("formats", "pdf", FORMATS), JobUnfinished("waiting")),
    },
)
def job_zip(
    kept: Kept,
    options: Options,
    call: Caller,
    ids: Annotated[str, Query(description="Of the jobs, with commas between; nothing: all of which something was heard.")] = "",
    formats: Annotated[str, Query(description=f"Of {', '.join(FORMATS)}, with commas between.")] = USUAL,
    labels: Annotated[
        str | None, Query(json_schema_extra={"enum": list(STYLES)}, description="How emotions and sounds are written.")
    ] = None,
) -> Response:
    """One ZIP of all that was heard. What is of a job that has not come to its end has "partial" in its name."""
    wanted = _listed(formats) or _listed(USUAL)
    for form in wanted:
        _known(form, "formats")
    chosen = [kept.get(id, call.caller) for id in dict.fromkeys(_listed(ids))] if ids else kept.list(call.caller, MOST)
    found = [job for job in reversed(chosen) if job.state is JobState.DONE or job.gist or job.state is JobState.RUNNING]
    if not found:
        raise JobUnfinished(chosen[0].state if chosen else "not there")
    written = _files(kept, found, wanted, _labels(labels, options.labels))
    headers = {"Content-Disposition": 'attachment; filename="earshot.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(zipped(written), media_type="application/zip", headers=headers)


def _files(kept: Jobs, jobs: Sequence[Job], formats: Sequence[str], labels: Labels) -> Iterator[tuple[str, bytes]]:
    """Names and contents. A job that is deleted meanwhile, or has nothing yet, is left out."""
    for job in jobs:
        try:
            transcript = kept.transcript(job.id, job.owner)
        except (UnknownJob, JobUnfinished):
            continue
        partial = "" if job.state is JobState.DONE else ".partial"
        for form in formats:
            content, _ = _written(transcript, form, labels, job.name)
            yield f"{stem(job.name)}{partial}.{ENDINGS.get(form, form)}", content


@router.get("/jobs/{id}/transcript", summary="Fetch what was heard", response_class=Response, responses=_texts())
def job_transcript(
    kept: Kept,
    options: Options,
    call: Caller,
    id: Id,
    format: Annotated[str, Query(json_schema_extra={"enum": list(FORMATS)}, description="What the answer is.")] = "json",
    labels: Annotated[
        str | None, Query(json_schema_extra={"enum": list(STYLES)}, description="How emotions and sounds are written.")
    ] = None,
    download: Annotated[bool, Query(description="As a file with the name of the job's.")] = False,
) -> Response:
    """While a job runs, what was heard by now; so too of one that failed or was stopped. `X-Earshot-State` says which it is.

    `X-Earshot-Revision` is another one with every hearing and every correction.
    """
    _known(format, "format")
    found = kept.kept(id, call.caller)
    content, kind = _written(found.transcript, format, _labels(labels, options.labels), found.name)
    headers = {"X-Earshot-State": found.state.value, "X-Earshot-Revision": found.revision, "Cache-Control": "no-store"}
    if download:
        headers["Content-Disposition"] = attachment(f"{stem(found.name)}.{ENDINGS.get(format, format)}")
    return Response(content, media_type=kind, headers=headers)
