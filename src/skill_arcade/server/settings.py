"""What can be set, and how: environment variables only; `docs/reference/settings.md` lists every one."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from skill_arcade.domain.errors import SkillArcadeError

PREFIX = "SKILL_ARCADE_"

CommaSeparated = Annotated[tuple[str, ...], NoDecode]
"""In the environment: words with commas between them."""


class Settings(BaseSettings):
    """Every setting, with its default; the description of each says what it is for and in which unit."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", populate_by_name=True)

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for all of the machine's.")
    port: int = Field(
        8080,
        ge=0,
        le=65535,
        validation_alias=AliasChoices(f"{PREFIX}PORT", "PORT"),
        description="Port to listen on. `PORT` without the prefix works too.",
    )
    data: Path = Field(Path("data"), description="Folder with everything that is kept: back this up.")
    database_url: str | None = Field(
        None, description="`postgresql+psycopg://user@host/name`; without it, SQLite in the data folder."
    )
    store_url: str | None = Field(
        None,
        description="Where recordings are kept: `gs://bucket/prefix`, `s3://bucket/prefix` or `file:///folder`; "
        "without it, the data folder.",
    )
    secret: SecretStr | None = Field(
        None,
        description="32 random bytes as 64 hex digits, the same for all servers of one database "
        "(`openssl rand -hex 32`); without it, the file `secret` in the data folder.",
    )
    games: Path | None = Field(None, description="Folder with more game files (`*.yaml`).")
    examine_games: bool = Field(
        default=True, description="Whether games are tried out and painted in the background after a start."
    )
    allowed_origins: CommaSeparated = Field(
        (), description="Web addresses, comma-separated, whose pages may use this server besides its own."
    )
    allowed_hosts: CommaSeparated = Field(
        (), description="Names, comma-separated, under which the server may be reached besides its own."
    )
    login_lifetime_days: int = Field(90, ge=1, description="Days after which a login has to be made anew.")
    recording: bool = Field(default=True, description="Whether episodes are kept after they have ended.")
    live_rows: bool = Field(
        default=True, description="Whether steps of running episodes are written to SQL as they come."
    )
    ship_interval_s: float = Field(
        3.5, gt=0, description="Seconds between two combined segments of journals to a store that is not a folder."
    )
    pipeline_workers: int | None = Field(
        None,
        ge=1,
        description="Processes that seal, upload and verify episodes; "
        "by default one, and more from eight processors on.",
    )
    gone_after_s: float = Field(
        30,
        gt=0,
        description="Seconds of silence, while the database answers, after which another server counts as gone.",
    )
    min_free_mb: int = Field(256, ge=0, description="Megabytes of free disk below which no new episode begins.")
    abandon_after_s: float = Field(
        86_400,
        gt=0,
        description="Seconds of silence after which an episode without an end is closed as abandoned.",
    )
    gateways: int | None = Field(
        None,
        ge=1,
        description="Processes that answer HTTP and let players in; by default one, and more from 16 processors on.",
    )
    max_sessions: int = Field(1000, ge=1, description="Games that may run at once; further players are asked to wait.")
    admission_cpu_limit: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of the processors' time in use above which no new game begins; 1 for no such limit.",
    )
    max_templates: int = Field(
        16,
        ge=1,
        description="Games of which environments are kept open, so that the next one begins at once: "
        "so many that share a process (Atari), and so many others.",
    )
    linger_s: float = Field(
        60,
        gt=0,
        description="Seconds after which a game without a player frees its memory; it stays resumable.",
    )
    hang_s: float = Field(
        10, gt=0, description="Seconds without a sign of life after which a game's process is killed."
    )
    verify_timeout_s: float = Field(
        900, gt=0, description="Seconds for replaying one episode, twice at most, before it is called unverifiable."
    )
    metrics_token: SecretStr | None = Field(
        None, description="What Prometheus sends as bearer token to read `/metrics`; without it there are no metrics."
    )
    log_format: str = Field(
        "text", pattern="^(text|json)$", description="`text` for people; `json` for a log collector, an object a line."
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="`debug`, `info`, `warning` or `error`."
    )

    @field_validator("allowed_origins", "allowed_hosts", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(word for part in value.split(",") if (word := part.strip().rstrip("/").lower()))

    @field_validator("secret")
    @classmethod
    def _has_64_digits(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and re.fullmatch(r"[0-9a-f]{64}", value.get_secret_value()) is None:
            raise ValueError("it has to be 64 hex digits in lower case: `openssl rand -hex 32` makes such")
        return value

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server: other names, or pages from elsewhere, tell of a proxy."""
        names = (self.host, *self.allowed_hosts, *map(_host_of, self.allowed_origins))
        return all(_is_loopback(name.strip("[]")) for name in names)


def _host_of(origin: str) -> str:
    """Empty where it is no address."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


SECRETS = frozenset(name for name, field in Settings.model_fields.items() if field.annotation == SecretStr | None)
"""The settings whose value is never written anywhere."""


class SettingsError(SkillArcadeError):
    """A setting is wrong: names it and says why."""


def read_settings(**overrides: object) -> Settings:
    """The settings of this process: the environment's, and above them those of the command line.

    Raises:
        SettingsError: one is wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings.model_validate(given) if not given else Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]) if fault["loc"] else "settings"
        variable = name if name.startswith(PREFIX) else f"{PREFIX}{name.upper()}"
        if variable == f"{PREFIX}PORT" and variable not in os.environ:
            variable = "PORT"  # the one that was set
        told = "" if name.removeprefix(PREFIX).lower() in SECRETS else f", not {fault['input']!r}"
        why = fault["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{variable}: {why}{told}.") from None
