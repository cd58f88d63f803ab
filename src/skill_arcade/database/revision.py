"""Which version of the schema a database has, and which the program needs. Alembic, slow to load, is not asked."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

from skill_arcade import __version__
from skill_arcade.database.engine import make_engine
from skill_arcade.database.failures import told_to_a_person
from skill_arcade.domain.errors import DataFolderError

MIGRATIONS = Path(__file__).with_name("migrations")


def read_revision(url: str) -> str | None:
    """The revision that the database has; None for an empty one.

    Raises:
        DataFolderError: the database cannot be used, or its schema is newer than this program.
    """
    engine = make_engine(url)
    try:
        with told_to_a_person(url), engine.connect() as connection:
            return read_known_revision(connection)
    finally:
        engine.dispose()


def read_known_revision(connection: Connection) -> str | None:
    """The revision that the database of this connection has; None for an empty one.

    Raises:
        DataFolderError: this program does not know it.
    """
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision is not None and revision not in _list_revisions():
        needed = _read_program_version(connection, revision)
        install = f"version {needed} or newer" if needed else "the version that made it"
        command = f"pip install 'skill-arcade[server]>={needed}'" if needed else "pip install --upgrade skill-arcade"
        raise DataFolderError(
            f"The database has schema {revision}, and this program ({__version__}) knows only {newest_revision()}: "
            f"install {install} with `{command}`."
        )
    return revision


def newest_revision() -> str:
    """The revision that this version of the program needs: that of the last file of the migrations."""
    return max(_list_revisions())


def _list_revisions() -> set[str]:
    return {file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")}


def _read_program_version(connection: Connection, revision: str) -> str | None:
    """The program that brought the database there; None if a newer schema has lost what says so."""
    columns = inspect(connection)
    if not columns.has_table("schema_change"):
        return None
    return next(
        (
            str(version)
            for known, version in connection.exec_driver_sql("SELECT revision, version FROM schema_change")
            if known == revision
        ),
        None,
    )
