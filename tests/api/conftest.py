"""The whole app over a fake engine, as app.py joins it, the console behind all routes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from app import create_app
from settings import Jobs, Settings
from tests.fakes import fake_transcriber
from tests.ui.conftest import in_a_loop


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    transcriber = fake_transcriber()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        settings = Settings(hosts=("testserver",), jobs=Jobs(home=tmp_path_factory.mktemp("jobs")))
        yield in_a_loop(lambda: create_app(settings, transcriber))
    transcriber.stop()
