"""The tables, as SQLModel classes: the words of the schema. Migrations make them; a test compares the two.

The view `transition` (migration 0002) shows `step` under the names that are promised to researchers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from skill_arcade.database.column_types import ToldText, UtcTime, comparable_json_column_type, json_column_type


class User(SQLModel, table=True):
    """A person, or a guest who may never come back.

    `pseudonym` is the name under which recordings know the person; it is kept here so that recordings can be
    joined to people in SQL while this row exists, and no longer.
    """

    id: UUID = Field(primary_key=True)
    email: str | None = Field(unique=True, sa_type=ToldText(320))
    guest: bool
    role: str = Field(max_length=16)
    pseudonym: str = Field(unique=True, max_length=32)
    time_created: datetime = Field(sa_type=UtcTime)
    time_updated: datetime = Field(sa_type=UtcTime)


class Login(SQLModel, table=True):
    """A login token, of which only the SHA-256 is kept."""

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    time_created: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime, index=True)


class AdminLink(SQLModel, table=True):
    """A link that makes one browser the administrator's, once."""

    __tablename__ = "admin_link"

    code_hash: str = Field(primary_key=True, max_length=64)
    expires_at: datetime = Field(sa_type=UtcTime)
    used_at: datetime | None = Field(sa_type=UtcTime)


class Game(SQLModel, table=True):
    """A game that was offered: its id, its newest definition, and when it was first seen.

    What an episode was played with is in that episode's record, whole; this row follows the catalogue.
    """

    id: str = Field(primary_key=True, max_length=128)
    config: dict[str, Any] = Field(sa_type=json_column_type())
    time_created: datetime = Field(sa_type=UtcTime)
    time_updated: datetime = Field(sa_type=UtcTime)


class Attempt(SQLModel, table=True):
    """How many episodes a person has begun in a game."""

    user_id: UUID = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    game_id: str = Field(primary_key=True, foreign_key="game.id")
    n: int


class OwnGame(SQLModel, table=True):
    """What a person has set for a game: whether it is a favourite, and keys of their own.

    `keys` says for keys of the game which others stand in for them, as KeyboardEvent.code.
    """

    __tablename__ = "own_game"

    user_id: UUID = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    game_id: str = Field(primary_key=True, foreign_key="game.id", ondelete="CASCADE", max_length=128)
    favourite: bool
    keys: dict[str, Any] = Field(sa_type=json_column_type())
    time_updated: datetime = Field(sa_type=UtcTime)


class Ticket(SQLModel, table=True):
    """A play ticket (LIVE-4), of which only the SHA-256 is kept; `spec` is the beginning of the record."""

    ticket_hash: str = Field(primary_key=True, max_length=64)
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    game_id: str = Field(max_length=128)
    episode_id: UUID
    spec: dict[str, Any] = Field(sa_type=json_column_type())
    expires_at: datetime = Field(sa_type=UtcTime, index=True)
    used_at: datetime | None = Field(sa_type=UtcTime)


class Episode(SQLModel, table=True):
    """One episode, as the index knows it (REC-61: all of it but `user_id` can be read from the record again).

    `user_id` is null when the person is not known here: erased, or the recording came from elsewhere.
    `epoch` is the newest whose steps are in `step`; `sealed` says that the Parquet files are complete.
    `options` are the values of all of the game's options by name, in the order of the names: databases that keep JSON
    as text compare it as text.
    """

    __table_args__ = (
        Index("ix_episode_user_id_key", "user_id", "key"),
        Index("ix_episode_game_id_key", "game_id", "key"),
        # Only ended episodes have a metric: while one is played, its row changes and this index does not.
        Index(
            "ix_episode_game_id_metric",
            *("game_id", "metric"),
            sqlite_where=text("metric IS NOT NULL"),
            postgresql_where=text("metric IS NOT NULL"),
        ),
    )

    key: int | None = Field(default=None, primary_key=True)
    id: UUID = Field(unique=True)
    user_id: UUID | None = Field(foreign_key="user.id", ondelete="SET NULL")
    game_id: str = Field(foreign_key="game.id", sa_type=ToldText(128))
    options: dict[str, Any] = Field(sa_type=comparable_json_column_type(), sa_column_kwargs={"server_default": "{}"})
    seed: int = Field(sa_type=BigInteger)
    n_steps: int
    status: str = Field(max_length=16)
    time_created: datetime = Field(sa_type=UtcTime)
    time_updated: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    score: float | None = None
    metric: float | None = None
    active_time_s: float | None = None
    end_reason: str | None = Field(default=None, max_length=32)
    end_detail: str | None = Field(default=None, sa_type=ToldText)
    attempt_index: int
    played_by: str | None = Field(default=None, max_length=16)
    verification: str = Field(max_length=16)
    verification_detail: str | None = Field(default=None, sa_type=ToldText)
    epoch: int
    sealed: bool = False


class Step(SQLModel, table=True):
    """One step, compactly: an integer key instead of a UUID halves the table.

    `flags` are the first three of REC-20: 1 terminated, 2 truncated, 4 invalid.
    `extra` is null or the JSON object of REC-20 (`action` when it is not one integer, `executed_action`,
    `info`). `t_utc_us` is when the environment's step was done, in microseconds since 1970 UTC: the segment's
    anchor plus the monotonic time since then.
    """

    __table_args__ = {"sqlite_with_rowid": False}

    episode_key: int = Field(primary_key=True, foreign_key="episode.key", ondelete="CASCADE")
    step: int = Field(primary_key=True)
    action: int | None
    reward: float
    flags: int
    t_utc_us: int = Field(sa_type=BigInteger)
    extra: dict[str, Any] | None = Field(sa_type=json_column_type())
