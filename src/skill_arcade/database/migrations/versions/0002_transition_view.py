"""The view `transition`: steps under the names promised to researchers, with derived keys."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None

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
    coalesce(step.extra -> 'action', to_jsonb(step.action)) AS action,
    step.reward AS reward,
    episode.id || '/' || (step.step + 1) AS next_obs_key,
    step.flags & 1 <> 0 AS terminated,
    step.flags & 2 <> 0 AS truncated,
    coalesce(step.extra -> 'info', '{}'::jsonb) AS info,
    timestamptz 'epoch' + step.t_utc_us * interval '1 microsecond' AS time_created
FROM step
JOIN episode ON episode.key = step.episode_key
"""


def upgrade() -> None:
    op.execute(SQLITE_VIEW if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_VIEW)


def downgrade() -> None:
    op.execute("DROP VIEW transition")
