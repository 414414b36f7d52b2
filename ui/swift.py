"""Imports Gradio in half its time. To be imported before anything that imports Gradio itself.

At every start Gradio 6.31 parses the source of its components to keep stubs for editors up to date
(component_meta.create_or_modify_pyi). It leaves out a component whose source it cannot find.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager

SLOW = "gradio."

_getfile = inspect.getfile


def _hidden(thing: object) -> str:
    """What Gradio asks for its stubs; for all else inspect's own answer."""
    if isinstance(thing, type) and thing.__module__.startswith(SLOW):
        raise OSError("no stubs are wanted")
    return _getfile(thing)  # type: ignore[arg-type]


@contextmanager
def _without_stubs() -> Iterator[None]:
    inspect.getfile = _hidden  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = _getfile


with _without_stubs():
    import gradio

__all__ = ["gradio"]
