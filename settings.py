"""Every knob, read once from the environment: EARSHOT_PORT, EARSHOT_LIMITS__LONGEST, … Imported only where all is joined."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models import ModelOptions
from models.checkpoints import CheckpointOptions
from models.sensevoice import Precision, SenseVoiceOptions
from speech.batching import BatcherOptions
from speech.containers import DecodeLimits
from speech.cutting import CutOptions
from speech.transcriber import TranscriberOptions

SHORTEST_KEY = 16  # characters
HOME = Path.home() / ".cache" / "earshot"
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -2, -3, -8  # glibc 2.36, malloc.h


class Limits(BaseModel):
    """What one request may bring."""

    upload: int = Field(500_000_000, gt=0, description="bytes of one upload")
    longest: float = Field(4 * 3600.0, gt=0, description="seconds of one recording")
    shortest: float = Field(0.1, gt=0, description="seconds of one recording")
    decoding: float = Field(600.0, gt=0, description="seconds that decoding one file may take")
    waiting: float = Field(4 * 3600.0, gt=0, description="seconds of audio that may wait in the queue")
    requests: int = Field(32, gt=0, description="requests that may be heard or wait at once")
    per_key: int = Field(8, gt=0, description="of these, requests of one API key")
    rate: int = Field(600, gt=0, description="requests a minute with one API key, those that only read aside")
    deadline: float = Field(600.0, gt=0, description="seconds from its arrival in which a request must be answered")
    film: float = Field(6 * 3600.0, gt=0, description="the same of a video that is answered with its captions")
    silence: float = Field(30.0, gt=0, description="seconds in which a client must send or take something")
    batch: float = Field(120.0, gt=0, description="seconds of one pass after which the engine counts as hung")
    drain: float = Field(30.0, gt=0, description="seconds that running work has to finish when the server is told to end")
    decoders: int = Field(32, gt=0, description="files that may be decoded at once, each in a process of its own")


class Jobs(BaseModel):
    """What is heard while nobody waits."""

    home: Path | None = Field(None, description="a folder for jobs alone; none: jobs, beside the downloads")
    waiting: int = Field(1000, gt=0, description="jobs that may wait or run")
    per_key: int = Field(500, gt=0, description="of these, jobs of one API key")
    bytes: int = Field(20_000_000_000, gt=0, description="of all sounds that are kept")
    at_once: int = Field(2, gt=0, le=32, description="jobs that run at the same time")
    kept: float = Field(24 * 3600.0, ge=0, description="seconds that a sound is kept after its job has ended; 0: it goes with it")
    text: float = Field(7 * 24 * 3600.0, gt=0, description="seconds that a job with its text is kept after its end")
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="hosts that may be told when a job ends, with commas between; none: nobody is called"
    )
    webhook_secret: SecretStr = Field(SecretStr(""), description="with which what they are told is signed")

    @field_validator("webhook_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _parts(value)

    @model_validator(mode="after")
    def _signed(self) -> Jobs:
        if self.webhook_hosts and len(self.webhook_secret.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"webhook_hosts need a webhook_secret of at least {SHORTEST_KEY} characters")
        return self


class Settings(BaseSettings):
    """The environment's say. A field's variable is EARSHOT_ and its name in capitals, groups joined by __."""

    model_config = SettingsConfigDict(env_prefix="EARSHOT_", env_nested_delimiter="__", extra="ignore")

    host: str = Field("127.0.0.1", description="address to listen on; 127.0.0.1 is this machine alone")
    port: int = Field(6006, ge=0, le=65535, description="port to listen on")
    model: str = Field("auto", description="auto, demo, iic/SenseVoiceSmall, or a checkpoint's folder")
    hub: Literal["modelscope", "hf"] = Field("modelscope", description="where the released weights are downloaded from")
    offline: bool = Field(False, description="no network at all")
    home: Path = Field(HOME, description="where downloads are kept")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the network runs")
    precision: Literal["auto"] | Precision = Field(
        "auto", description="of the network: fp32, bf16, fp16 or int8; auto: the fastest here"
    )
    threads: int = Field(0, ge=0, description="CPU threads of the network; 0 lets torch choose")
    vad: Literal["silero", "fsmn"] = Field("silero", description="voice activity detector")
    vad_folder: Path | None = Field(None, description="fsmn-vad's files, for vad=fsmn")
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="keys that let in, with commas between; none: everybody who reaches the port"
    )
    allow_open: bool = Field(False, description="listen beyond this machine without a key")
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="names beside localhost by which this server may be asked, with commas between"
    )
    proxy: bool = Field(False, description="a proxy of yours stands before it: believe its X-Forwarded headers")
    openai_strict: bool = Field(False, description="refuse what OpenAI itself refuses on its routes")
    labels: str = Field("zh", description="zh, en, emoji, plain, raw, or a TOML or JSON file with labels of your own")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = Field("text", description="a line of words or of JSON for each event")
    limits: Limits = Field(default_factory=Limits)
    jobs: Jobs = Field(default_factory=Jobs)
    folders: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="folders of this machine whose audio files may be heard as jobs, with commas between"
    )

    @field_validator("api_keys", "hosts", "folders", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _parts(value)

    @field_validator("api_keys")
    @classmethod
    def _long_enough(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_KEY for key in keys):
            raise ValueError(
                f"a key has at least {SHORTEST_KEY} characters; python -c 'import secrets; print(secrets.token_urlsafe())'"
            )
        return keys

    @property
    def transcriber(self) -> TranscriberOptions:
        limits = self.limits
        return TranscriberOptions(
            limits=DecodeLimits(longest=limits.longest, shortest=limits.shortest, seconds=limits.decoding),
            cut=CutOptions(),
            batcher=BatcherOptions(
                waiting=limits.waiting, requests=limits.requests, per_caller=limits.per_key, hung=limits.batch
            ),
        )

    @property
    def models(self) -> ModelOptions:
        return ModelOptions(
            checkpoint=CheckpointOptions(model=self.model, hub=self.hub, offline=self.offline, home=self.home),
            sensevoice=SenseVoiceOptions(self.device, self.threads, self.precision),
            vad=self.vad,
            vad_folder=self.vad_folder,
        )


def _parts(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def prepare_environment() -> None:
    """To be called before torch is imported and threads begin."""
    # Torch's caches grow with every new length of input otherwise, by 570 MB measured.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    os.environ.setdefault("LRU_CACHE_CAPACITY", "64")
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """glibc hands large blocks back when they are freed and gets them again page by page: 70,000 page faults a forward pass.

    Kept, up to 256 MB, they make it a quarter faster. Nothing happens where the C library is another.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in (
            (M_MMAP_THRESHOLD, 32 << 20),
            (M_TRIM_THRESHOLD, 256 << 20),
            (M_TOP_PAD, 32 << 20),
            (M_ARENA_MAX, 1),
        ):
            mallopt(parameter, value)
