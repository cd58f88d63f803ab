"""Servers, and which of them owns an episode; steps in 60 bytes, with rewards that are no numbers; more indexes."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None

OTHER_TABLES = "step, transition, attempt, own_game, ticket"
TRY_INTERVAL_S = 0.05
IS_RUNNING = sa.text("status = 'running'")

# A column begins at a multiple of its own size: wide ones first, and nothing is lost between them.
COMPACT = """
    t_utc_us BIGINT NOT NULL, reward FLOAT, episode_key INTEGER NOT NULL, step INTEGER NOT NULL, action INTEGER,
    flags SMALLINT NOT NULL, extra JSON
"""
AS_BEFORE = """
    episode_key INTEGER NOT NULL, step INTEGER NOT NULL, action INTEGER, reward FLOAT NOT NULL, flags INTEGER NOT NULL,
    t_utc_us BIGINT NOT NULL, extra JSON
"""
COPY_STEPS = """
    INSERT INTO step (episode_key, step, action, reward, flags, t_utc_us, extra)
    SELECT episode_key, step, action, {reward}, flags, t_utc_us, extra FROM step_before ORDER BY episode_key, step
"""
KEYS = ("PRIMARY KEY (episode_key, step)", "FOREIGN KEY (episode_key) REFERENCES episode (key) ON DELETE CASCADE")

# A row's id is the episode's key in the upper 32 bits and the step in the lower: unique, ordered, not stored.
SQLITE_VIEW = """
CREATE VIEW transition AS SELECT
    step.episode_key * 4294967296 + step.step AS id,
    episode.id AS episode_id,
    step.step AS step,
    episode.hyphened_id || '/' || step.step AS obs_key,
    coalesce(json_extract(step.extra, '$.action'), step.action) AS action,
    step.reward AS reward,
    episode.hyphened_id || '/' || (step.step + 1) AS next_obs_key,
    step.flags & 1 <> 0 AS terminated,
    step.flags & 2 <> 0 AS truncated,
    coalesce(json_extract(step.extra, '$.info'), '{}') AS info,
    strftime('%Y-%m-%d %H:%M:%S', step.t_utc_us / 1000000, 'unixepoch')
        || printf('.%06d', step.t_utc_us % 1000000) AS time_created
FROM step
JOIN (
    SELECT key, id, substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4)
        || '-' || substr(id, 17, 4) || '-' || substr(id, 21) AS hyphened_id
    FROM episode
) AS episode ON episode.key = step.episode_key
"""

POSTGRESQL_VIEW = """
CREATE VIEW transition AS SELECT
    step.episode_key::bigint * 4294967296 + step.step AS id,
    episode.id AS episode_id,
    step.step AS step,
    episode.id || '/' || step.step AS obs_key,
    coalesce(step.extra -> 'action', to_json(step.action)) AS action,
    step.reward AS reward,
    episode.id || '/' || (step.step + 1) AS next_obs_key,
    step.flags & 1 <> 0 AS terminated,
    step.flags & 2 <> 0 AS truncated,
    coalesce(step.extra -> 'info', '{}'::json) AS info,
    timestamptz 'epoch' + step.t_utc_us * interval '1 microsecond' AS time_created
FROM step
JOIN episode ON episode.key = step.episode_key
"""


def upgrade() -> None:
    lock_tables()
    op.create_table(
        "server",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beats", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("secret_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("time_created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_installation_is_one"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "schema_change",
        sa.Column("revision", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("time_created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
    # Not in a batch: on SQLite that makes a new table, and dropping the old one would take all steps with it.
    op.add_column("episode", sa.Column("server_id", sa.Uuid(), nullable=True))
    op.add_column("episode", sa.Column("generation", sa.Integer(), server_default="0", nullable=False))
    op.add_column("episode", sa.Column("wanted_by", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_episode_running_server_id",
        "episode",
        ["server_id"],
        unique=False,
        sqlite_where=IS_RUNNING,
        postgresql_where=IS_RUNNING,
    )
    op.create_index(
        "ix_episode_user_id_game_id_time_created", "episode", ["user_id", "game_id", "time_created"], unique=False
    )
    op.create_index(
        "ix_episode_unsealed_key",
        "episode",
        ["key"],
        unique=False,
        sqlite_where=sa.text("sealed IS 0"),
        postgresql_where=sa.text("sealed IS false"),
    )
    op.create_index("ix_attempt_game_id", "attempt", ["game_id"], unique=False)
    op.create_index("ix_own_game_game_id", "own_game", ["game_id"], unique=False)
    op.create_index("ix_ticket_episode_id", "ticket", ["episode_id"], unique=False)
    if is_sqlite():
        # It has whole numbers of 64 bits; PostgreSQL never had more than 32.
        op.execute(
            "UPDATE step SET extra = json_set(coalesce(extra, '{}'), '$.action', action), action = NULL "
            "WHERE action NOT BETWEEN -2147483648 AND 2147483647"
        )
        rebuild_steps(COMPACT, "reward")
    else:
        rebuild_steps(COMPACT, "nullif(reward, 'NaN')")


def downgrade() -> None:
    lock_tables()
    # SQLite has no NaN: there it becomes 0. The record has it, and a reindex brings it back.
    rebuild_steps(AS_BEFORE, "coalesce(reward, 0)" if is_sqlite() else "coalesce(reward, 'NaN')")
    op.drop_index("ix_ticket_episode_id", "ticket")
    op.drop_index("ix_own_game_game_id", "own_game")
    op.drop_index("ix_attempt_game_id", "attempt")
    op.drop_index("ix_episode_unsealed_key", "episode")
    op.drop_index("ix_episode_user_id_game_id_time_created", "episode")
    op.drop_index("ix_episode_running_server_id", "episode")
    for column in ("wanted_by", "generation", "server_id"):
        op.drop_column("episode", column)
    op.drop_table("schema_change")
    op.drop_table("installation")
    op.drop_table("server")


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def lock_tables() -> None:
    """Let those who run wait until it is done: a step that they write meanwhile would be lost with the old table.

    They lock the same tables in orders of their own. So whoever is not waited for here is let through, with all locks
    given back, and it is tried again: to wait with a lock in hand would be a deadlock.
    """
    if is_sqlite():
        return
    connection = op.get_bind()
    patience = "SELECT extract(epoch FROM current_setting('lock_timeout')::interval)"
    deadline_s = time.monotonic() + float(connection.exec_driver_sql(patience).scalar_one())
    while True:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("LOCK TABLE episode IN ACCESS EXCLUSIVE MODE")
                connection.exec_driver_sql(f"LOCK TABLE {OTHER_TABLES} IN ACCESS EXCLUSIVE MODE NOWAIT")
                return
        except OperationalError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(TRY_INTERVAL_S)


def rebuild_steps(columns: str, reward: str) -> None:
    """Make table `step` anew: neither database can put columns in another order, nor SQLite change what may be null."""
    op.execute("DROP VIEW transition")
    op.execute("ALTER TABLE step RENAME TO step_before")
    if is_sqlite():
        op.execute(f"CREATE TABLE step ({columns}, {', '.join(KEYS)}) WITHOUT ROWID")
    else:
        op.execute("ALTER INDEX step_pkey RENAME TO step_before_pkey")
        op.execute(f"CREATE TABLE step ({columns})")
    op.execute(COPY_STEPS.format(reward=reward))
    op.execute("DROP TABLE step_before")
    if not is_sqlite():  # afterwards, all rows at once: several times as quick
        for key in KEYS:
            op.execute(f"ALTER TABLE step ADD {key}")
    op.execute(SQLITE_VIEW if is_sqlite() else POSTGRESQL_VIEW)
