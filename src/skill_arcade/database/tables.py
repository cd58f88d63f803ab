"""The tables, as SQLModel classes: the words of the schema. Migrations make them; a test compares the two.

The view `transition` (migration 0005) shows `step` under the names that are promised to researchers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, text
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
    game_id: str = Field(primary_key=True, foreign_key="game.id", index=True)
    n: int


class OwnGame(SQLModel, table=True):
    """What a person has set for a game: whether it is a favourite, and keys of their own.

    `keys` says for keys of the game which others stand in for them, as KeyboardEvent.code.
    """

    __tablename__ = "own_game"

    user_id: UUID = Field(primary_key=True, foreign_key="user.id", ondelete="CASCADE")
    game_id: str = Field(primary_key=True, foreign_key="game.id", ondelete="CASCADE", max_length=128, index=True)
    favourite: bool
    keys: dict[str, Any] = Field(sa_type=json_column_type())
    time_updated: datetime = Field(sa_type=UtcTime)


class Ticket(SQLModel, table=True):
    """A play ticket (LIVE-4), of which only the SHA-256 is kept; `spec` is the beginning of the record."""

    ticket_hash: str = Field(primary_key=True, max_length=64)
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    game_id: str = Field(max_length=128)
    episode_id: UUID = Field(index=True)
    spec: dict[str, Any] = Field(sa_type=json_column_type())
    expires_at: datetime = Field(sa_type=UtcTime, index=True)
    used_at: datetime | None = Field(sa_type=UtcTime)


class Episode(SQLModel, table=True):
    """One episode, as the index knows it (REC-61: all of it but `user_id` can be read from the record again).

    `user_id` is null when the person is not known here: erased, or the recording came from elsewhere.
    `epoch` is the newest whose steps are in `step`; `sealed` says that the Parquet files are complete.
    `options` are the values of all of the game's options by name, in the order of the names: databases that keep JSON
    as text compare it as text.
    `server_id`, `generation` and `wanted_by` say which server may write the episode: see `ownership.py`. They are no
    foreign keys: a server that is forgotten must not set the episodes free that it played, and it need not be known
    where its recordings are indexed.
    """

    __table_args__ = (
        Index("ix_episode_user_id_key", "user_id", "key"),
        Index("ix_episode_user_id_game_id_time_created", "user_id", "game_id", "time_created"),
        # What is running is always little; of what has ended, nobody asks for the episodes of a server.
        Index(
            "ix_episode_running_server_id",
            "server_id",
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
        Index("ix_episode_game_id_key", "game_id", "key"),
        # What is not sealed is little, too: it is sealed soon, or its server is no more.
        Index(
            "ix_episode_unsealed_key",
            "key",
            sqlite_where=text("sealed IS 0"),
            postgresql_where=text("sealed IS false"),
        ),
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
    server_id: UUID | None = None
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    wanted_by: UUID | None = None


class Step(SQLModel, table=True):
    """One step, compactly: an integer key instead of a UUID halves the table, and wide columns first leave no gaps.

    `flags` are the first three of REC-20: 1 terminated, 2 truncated, 4 invalid. `reward` is null where the environment
    gave no number (NaN), `action` where it is not one integer of 32 bits.
    `extra` is null or the JSON object of REC-20 (`action` where there is none beside it, `executed_action`, `info`).
    `t_utc_us` is when the environment's step was done, in microseconds since 1970 UTC: the segment's anchor plus the
    monotonic time since then.
    """

    __table_args__ = {"sqlite_with_rowid": False}

    t_utc_us: int = Field(sa_type=BigInteger)
    reward: float | None
    episode_key: int = Field(primary_key=True, foreign_key="episode.key", ondelete="CASCADE")
    step: int = Field(primary_key=True)
    action: int | None
    flags: int = Field(sa_type=SmallInteger)
    extra: dict[str, Any] | None = Field(sa_type=json_column_type())


class Server(SQLModel, table=True):
    """A server of this installation (REC-32): `beats` goes up while it lives, whatever its clock says."""

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=ToldText(256))
    version: str = Field(max_length=64)
    started_at: datetime = Field(sa_type=UtcTime)
    heartbeat_at: datetime = Field(sa_type=UtcTime)
    beats: int = Field(sa_type=BigInteger)
    stopped_at: datetime | None = Field(sa_type=UtcTime)


class Installation(SQLModel, table=True):
    """What all servers of a database must agree on: one store, and one secret of which a fingerprint is kept."""

    __table_args__ = (CheckConstraint("id = 1", name="ck_installation_is_one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    store_id: UUID
    secret_fingerprint: str = Field(max_length=64)
    time_created: datetime = Field(sa_type=UtcTime)


class SchemaChange(SQLModel, table=True):
    """Which version of the program brought the database to a revision: the one that a program too old is told."""

    __tablename__ = "schema_change"

    revision: str = Field(primary_key=True, max_length=32)
    version: str = Field(max_length=64)
    time_created: datetime = Field(sa_type=UtcTime)
