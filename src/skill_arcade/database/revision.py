"""Which version of the schema a database has, and which the program needs. Alembic, slow to load, is not asked."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect

from skill_arcade.database.engine import make_engine, told_to_a_person

MIGRATIONS = Path(__file__).with_name("migrations")


def read_revision(url: str) -> str | None:
    """The revision that the database has; None for an empty one.

    Raises:
        DataFolderError: the database cannot be used.
    """
    engine = make_engine(url)
    try:
        with told_to_a_person(url), engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return revision
    finally:
        engine.dispose()


def newest_revision() -> str:
    """The revision that this version of the program needs: that of the last file of the migrations."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
