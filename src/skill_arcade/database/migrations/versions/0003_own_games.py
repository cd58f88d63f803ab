"""What a person has set for a game, the options of an episode, and an index for the best of a game."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
HAS_METRIC = sa.text("metric IS NOT NULL")

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_game",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("game_id", sa.String(length=128), nullable=False),
        sa.Column("favourite", sa.Boolean(), nullable=False),
        sa.Column("keys", JSON, nullable=False),
        sa.Column("time_updated", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["game_id"], ["game.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "game_id"),
    )
    # Not in a batch: on SQLite that makes a new table, and dropping the old one would take all steps with it.
    op.add_column("episode", sa.Column("options", JSON, server_default="{}", nullable=False))
    op.create_index(
        "ix_episode_game_id_metric",
        "episode",
        ["game_id", "metric"],
        unique=False,
        sqlite_where=HAS_METRIC,
        postgresql_where=HAS_METRIC,
    )


def downgrade() -> None:
    op.drop_index("ix_episode_game_id_metric", "episode")
    op.drop_column("episode", "options")
    op.drop_table("own_game")
