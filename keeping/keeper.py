"""What keeps jobs, as doors and pages meet it: speech.jobs.Jobs, over a folder, a runner and a webhook."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from speech import playable
from speech.calls import Call
from speech.errors import SpeechError
from speech.hearing import Ask
from speech.jobs import Job, Jobs, JobState, Kept, Listing, Verdict
from speech.names import bare
from speech.spans import Span
from speech.transcriber import Transcriber
from speech.transcript import Transcript

from .folders import Folders
from .options import KeepingOptions
from .rows import Run
from .runner import Runner
from .store import Store
from .webhook import Webhook

log = logging.getLogger(__name__)

PATIENCE = 3.0  # s that runs have to break off when the process ends
LOCKS = 16  # so many sounds can be made at once
PEAKS = 4000  # that are kept of a sound: as many as a wide screen shows


class Keeper(Jobs):
    """Cheap to make; its folder is opened at the first use, and jobs run from `start` on."""

    def __init__(self, transcriber: Transcriber, options: KeepingOptions) -> None:
        self._options, self._transcriber = options, transcriber
        self._store = Store(options)
        self._folders = Folders(options.folders)
        self._runner = Runner(self._store, transcriber, self._file, options.at_once)
        self._webhook = Webhook(options.webhook, self._store.told)
        self._started, self._stopped = False, threading.Event()
        self._making = [threading.Lock() for _ in range(LOCKS)]

    # --- life ---

    def start(self) -> None:
        """Never raises: where jobs cannot be kept now, it is tried again. Once is enough, however often it is called."""
        if self._started:
            return
        self._started = True
        self._store.ended = self._webhook.tell  # until now nobody was told, and it is kept who was not
        with suppress(SpeechError):
            for job in self._store.untold():
                self._webhook.tell(job)
        self._webhook.start()
        self._runner.start()
        threading.Thread(target=self._look_after, name="jobs-sweep", daemon=True).start()

    def drain(self) -> None:
        """What runs waits again from now on, and nothing is begun. Does not block."""
        self._runner.drain()

    def stop(self) -> None:
        self._runner.drain()
        self._webhook.stop()
        self._stopped.set()
        self._runner.join(PATIENCE)
        self._store.close()

    def _look_after(self) -> None:
        while not self._stopped.is_set():
            try:
                self._store.sweep()
            except SpeechError:  # who asks for jobs is told
                pass
            except Exception:
                log.exception("the sweep of old jobs stumbled")
            self._stopped.wait(self._options.sweep)

    # --- jobs ---

    def add(self, file: Path | BinaryIO, name: str, ask: Ask, owner: str = "", webhook: str | None = None) -> Job:
        self._webhook.check(webhook)
        if isinstance(file, Path):
            with file.open("rb") as opened:
                job = self._store.add(opened, bare(name), ask, owner, webhook)
        else:
            job = self._store.add(file, bare(name), ask, owner, webhook)
        self._runner.wake()
        return job

    def take(self, path: str, ask: Ask, owner: str = "", webhook: str | None = None) -> Job:
        self._webhook.check(webhook)
        size = self._folders.find(path).stat().st_size
        job = self._store.add_place(path, size, bare(path), ask, owner, webhook)
        self._runner.wake()
        return job

    def listing(self) -> Listing:
        return self._folders.listing()

    def get(self, id: str, owner: str = "") -> Job:
        return self._store.get(id, owner)

    def list(self, owner: str = "", limit: int = 1000, state: JobState | None = None) -> Sequence[Job]:
        return self._store.list(owner, limit, state)

    def transcript(self, id: str, owner: str = "") -> Transcript:
        return self._store.kept(id, owner).transcript

    def kept(self, id: str, owner: str = "") -> Kept:
        return self._store.kept(id, owner)

    def outline(self, id: str, owner: str = "") -> Transcript:
        return self._store.outline(id, owner)

    def replace(self, id: str, transcript: Transcript, owner: str = "", revision: str | None = None) -> str:
        return self._store.replace(id, transcript, owner, revision)

    def cancel(self, id: str, owner: str = "") -> Job:
        job = self._store.cancel(id, owner)
        self._runner.leave(id)
        return job

    def retry(self, id: str, owner: str = "") -> Job:
        job = self._store.retry(id, owner)
        self._runner.wake()
        return job

    def delete(self, id: str, owner: str = "") -> None:
        self._store.delete(id, owner)
        self._runner.leave(id)

    def pause(self, owner: str = "") -> None:
        self._store.pause(owner)

    def resume(self, owner: str = "") -> None:
        self._store.resume(owner)
        self._runner.wake()

    def paused(self, owner: str = "") -> bool:
        return self._store.paused(owner)

    def verdicts(self, id: str, owner: str = "") -> Sequence[Verdict]:
        return self._store.verdicts.of(id, owner)

    def judge(self, id: str, verdict: Verdict, owner: str = "") -> None:
        self._store.verdicts.judge(id, verdict, owner)

    def withdraw(self, id: str, rule: str, moment: Span, owner: str = "") -> None:
        self._store.verdicts.withdraw(id, rule, moment, owner)

    # --- sounds ---

    def audio(self, id: str, owner: str = "") -> Path:
        ours, place = self._store.sound(id, owner)
        return ours or self._folders.find(place)

    def wav(self, id: str, owner: str = "", call: Call | None = None) -> Path:
        return self._played(id, owner, call)[0]

    def peaks(self, id: str, n: int, owner: str = "", call: Call | None = None) -> Sequence[int]:
        kept = self._played(id, owner, call)[1].read_bytes()
        edges = [len(kept) * i // n for i in range(n + 1)]
        return [max(kept[low : max(high, low + 1)]) for low, high in pairwise(edges)]

    def _played(self, id: str, owner: str, call: Call | None) -> tuple[Path, Path]:
        """The WAV and a byte for each of PEAKS stretches of it, made where they are not there. Raises what decoding does."""
        file = self.audio(id, owner)
        wav, peaks = self._store.sounds.wav(id), self._store.sounds.peaks(id)
        with self._making[hash(id) % LOCKS]:  # whoever asks meanwhile waits for what is made
            if not (wav.exists() and peaks.exists()):
                self._make(file, wav, peaks, call)
                self._store.tidy(id)
        return wav, peaks

    def _make(self, file: Path, wav: Path, peaks: Path, call: Call | None) -> None:
        partial = wav.with_suffix(".partial")
        try:
            partial.touch(mode=0o600)
            loud = playable.write(self._transcriber.open(file, call), partial)
            partial.replace(wav)
            partial.touch(mode=0o600)
            partial.write_bytes(bytes(loud.of(PEAKS)))
            partial.replace(peaks)
        except BaseException:
            for path in (partial, wav):
                with suppress(OSError):
                    path.unlink()
            raise

    def _file(self, run: Run) -> Path:
        return self._folders.find(run.place) if run.place else self._store.sounds.of(run.id)
