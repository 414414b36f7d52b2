"""Drives litellm: python drive.py BASE_URL FILE. Prints one line of JSON: what each call gave."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it fetches one from another host

import litellm

base, path = sys.argv[1:]
WHERE = {"api_base": base, "api_key": "none"}


def hear(model: str = "openai/whisper-1", **asked: Any) -> dict[str, Any]:
    with Path(path).open("rb") as audio:
        return dict(litellm.transcription(model=model, file=audio, **WHERE, **asked).model_dump())


async def hear_later() -> dict[str, Any]:
    with Path(path).open("rb") as audio:
        return dict((await litellm.atranscription(model="openai/whisper-1", file=audio, **WHERE)).model_dump())


def refused(file: object, **asked: Any) -> dict[str, Any]:
    try:
        litellm.transcription(model="openai/whisper-1", file=file, **WHERE, **asked)
    except Exception as error:
        return {"status": error.status_code, "code": error.code, "param": error.param, "message": str(error)}
    return {}


print(
    json.dumps(
        {
            "default": hear(),
            "asynchronous": asyncio.run(hear_later()),
            "gpt": hear("openai/gpt-4o-transcribe"),
            "formats": {name: hear(response_format=name) for name in ("json", "text", "srt", "vtt", "verbose_json")},
            "words": hear(response_format="verbose_json", timestamp_granularities=["word"], language="zh", temperature=0),
            "refused": {
                "words": refused(("a.wav", b"only words " * 99)),
                "language": refused(("a.mp3", b"ID3"), language="klingon"),
            },
        }
    )
)
