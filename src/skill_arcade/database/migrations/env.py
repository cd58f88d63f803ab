"""What Alembic runs for every command: it uses the connection that `schema.py` opened, and no other."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from skill_arcade.database import tables  # noqa: F401 - fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    compare_type=True,
    render_as_batch=connection.dialect.name == "sqlite",
    # SQLite is begun by schema.py; one transaction holds all migrations, so a failure leaves the old schema.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
