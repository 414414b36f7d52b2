"""The console: a Gradio page over a Transcriber.

The server's side knows nothing of the REST API; what deals with jobs asks it from the browser, which is let in by its badge.

Element ids, for tests and for styles:
  header    #header #state (#state-text) #device #queue #tongue #theme #help #away #demo
  intake    #upload (#upload-file #record #samples) #language #labels #itn #vad #clean #run #cancel
  outcome   #progress (#progress-text #progress-next #progress-trail) #player (#media #play #rate #follow #loop #compare #legend)
            #toolbar (#undo #redo #discard #filters #find #find-count #replace #help-dialog)
            #tab-segments #segments (#mark-menu #again-menu) #tab-rich #rich #tab-raw #raw #tab-json #json
            #downloads (#copy #download-txt #download-srt #download-vtt #download-json #download-csv #download-docx #txt-times)
            #films (#film-soft #film-burnt)
  quality   #quality (#rule-add #rules-usual #quality-refresh #quality-csv #calls #quality-said #quality-audio)
  api       #snippets (#try #try-answer #limits #faults)
"""

from __future__ import annotations

from .swift import gradio as gr  # isort: skip  # first: all else imports Gradio as it comes

from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI
from starlette.routing import Mount

from speech.errors import QueueFull
from speech.transcriber import Transcriber

from . import again, batch, compared, corrected, exports, films, header, quality, snippets, transcribe
from .fence import Fence
from .files import cache
from .intake import PATH, Intake
from .options import ConsoleOptions
from .samples import read_samples
from .theme import theme
from .widgets import STATIC, head, widget
from .wording import Wording, first

__all__ = ["FILMS", "LARGE", "UPLOADS", "ConsoleOptions", "build_ui", "mount_ui"]

UPLOADS = PATH
LARGE = frozenset({UPLOADS, exports.PATH, exports.TEXTS, corrected.PATH, films.PATH})  # paths that take more than a small body
FILMS = frozenset({films.PATH})  # paths whose answer is a film, which takes long
WAITING = 16  # events of the console that may wait for their turn
SOON = 10  # s after which it is worth asking again where they are that many


@dataclass(frozen=True, slots=True)
class Console:
    """The page, the files that are sent from it, and what it asks how it is doing."""

    page: gr.Blocks
    intake: Intake
    transcriber: Transcriber


def build_ui(transcriber: Transcriber, options: ConsoleOptions) -> Console:
    """Not yet served. The transcriber may still be without an engine."""
    wording, intake = Wording(), Intake(cache)
    kept = (options.kept, options.kept)
    with gr.Blocks(title="Earshot 听闻", analytics_enabled=False, fill_width=True, delete_cache=kept) as page:
        demo: gr.Blocks = page
        top = header.build()
        with gr.Tabs(elem_id="tabs"):
            with wording.say(gr.Tab(first("tab.transcribe"), id="transcribe", elem_id="tab-transcribe"), label="tab.transcribe"):
                transcribe.build(transcriber, options, intake, wording, demo)
            if options.service.jobs:
                with wording.say(gr.Tab(first("tab.batch"), id="batch", elem_id="tab-batch"), label="tab.batch"):
                    batch.build(transcriber.info, options)
                with wording.say(gr.Tab(first("tab.quality"), id="quality"), label="tab.quality"):
                    quality.build()
            with wording.say(gr.Tab(first("tab.api"), id="api"), label="tab.api"):
                snippets.build(transcriber.info, options)
        widget("footer", "footer")
        wording.follow(demo.load, top.tongue)
    demo.queue(max_size=WAITING, default_concurrency_limit=4)
    _look_less_often(demo)
    demo.state_session_capacity = options.seats  # a new session costs memory until it is forgotten
    demo.has_launched = True  # else Gradio lets a posted path be read from anywhere (processing_utils._check_allowed, 6.31)
    return Console(demo, intake, transcriber)


def _look_less_often(demo: gr.Blocks) -> None:
    """Gradio 6.31 looks for work every millisecond where nobody asks for any: 3 to 5 % of a core. As on Windows, then."""
    demo._queue.sleep_when_free, demo._queue.progress_update_sleep_when_free = 0.05, 0.1


def mount_ui(app: FastAPI, console: Console, options: ConsoleOptions) -> FastAPI:
    """Serves the page at "/", and takes its files at UPLOADS. Routes that are added to `app` later are not reached."""
    console.intake.add(app)
    exports.Exports(options.styles).add(app)
    samples = read_samples(options.samples)
    heard_again = again.Again(console.transcriber, console.intake, samples, options.jobs)
    heard_again.add(app)
    compared.Compared(heard_again).add(app)
    if options.jobs:
        corrected.Corrected(options.jobs).add(app)
    if options.captioner:
        films.Films(options.captioner, console.transcriber, console.intake, samples, options.styles).add(app)
    header.add(app, console.transcriber)
    snippets.add(app, options.samples)
    served: FastAPI = gr.mount_gradio_app(
        app,
        console.page,
        path="/",
        theme=theme(),
        css_paths=[STATIC / "console.css"],
        head=head(),
        favicon_path=str(STATIC / "favicon.png"),
        max_file_size=options.upload,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
    )
    mount = served.router.routes[-1]
    assert isinstance(mount, Mount)
    mount.app = Fence(mount.app, cache, partial(_full, console.page))
    return served


def _full(page: gr.Blocks) -> QueueFull | None:
    """Gradio's own word for it is English, and knows no time to wait."""
    return QueueFull(f"{WAITING} requests of the console", SOON) if len(page._queue) >= WAITING else None
