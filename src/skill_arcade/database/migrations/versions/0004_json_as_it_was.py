"""On PostgreSQL, JSON that nobody compares is kept as it was: JSONB forgets the order of names and rewrites numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None

COLUMNS = (("game", "config"), ("own_game", "keys"), ("ticket", "spec"), ("step", "extra"))

VIEW = """
CREATE VIEW transition AS SELECT
    step.episode_key::bigint * 4294967296 + step.step AS id,
    episode.id AS episode_id,
    step.step AS step,
    episode.id || '/' || step.step AS obs_key,
    coalesce(step.extra -> 'action', to_{json}(step.action)) AS action,
    step.reward AS reward,
    episode.id || '/' || (step.step + 1) AS next_obs_key,
    step.flags & 1 <> 0 AS terminated,
    step.flags & 2 <> 0 AS truncated,
    coalesce(step.extra -> 'info', '{{}}'::{json}) AS info,
    timestamptz 'epoch' + step.t_utc_us * interval '1 microsecond' AS time_created
FROM step
JOIN episode ON episode.key = step.episode_key
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        change_type(sa.JSON(), "json")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        change_type(postgresql.JSONB(), "jsonb")


def change_type(json_type: sa.types.TypeEngine[object], name: str) -> None:
    op.execute("DROP VIEW transition")
    for table, column in COLUMNS:
        op.alter_column(table, column, type_=json_type, postgresql_using=f"{column}::{name}")
    op.execute(VIEW.format(json=name))
