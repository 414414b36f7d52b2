"""What a person has corrected in a job's transcript takes the place of what was heard: lists and archives have it, too."""

from __future__ import annotations

from anyio import to_thread
from fastapi import FastAPI, Request

from speech.calls import call_in
from speech.jobs import Jobs

from . import exports

PATH = "/console/corrected"


class Corrected:
    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def add(self, app: FastAPI) -> None:
        """To be called before anything is mounted at the root."""
        app.add_api_route(PATH, self.keep, methods=["POST"], include_in_schema=False, response_model=None)

    async def keep(self, request: Request, job: str = "", revision: str | None = None) -> dict[str, str]:
        """The body is exports.Shown, `revision` what was corrected. Answers with the revision that is kept now.

        Raises BodyTooLarge, BadJson, JobChanged, JobUnfinished, and UnknownJob for one that is not the caller's.
        """
        owner = call_in(request.scope.get("state", {})).caller
        body = await exports.body_of(request)
        put = lambda: self._jobs.replace(job, exports.transcript(exports.read(body)), owner, revision)  # noqa: E731
        return {"revision": await to_thread.run_sync(put)}
