"""The database of the settings, with the newest schema."""

from __future__ import annotations

from skill_arcade.database.revision import newest_revision, read_revision
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.settings import Settings


def find_database_url(settings: Settings) -> str:
    """The database of the settings, or the embedded one in the data folder."""
    return settings.database_url or DataFolder(settings.data).database_url


def open_database(settings: Settings) -> Database:
    """The database, with the newest schema.

    The embedded one is brought there. Another is not: several servers may use it, and one that starts must
    not change the tables under those that run.

    Raises:
        DataFolderError: it cannot be used, or its schema is of another version: older or newer, with what to run.
    """
    url = find_database_url(settings)
    if (found := read_revision(url)) != newest_revision():
        if not _is_embedded(url):
            has = f"schema {found}, and this program needs {newest_revision()}" if found else "no tables yet"
            raise DataFolderError(f"The database has {has}: run `skill-arcade migrate`.")
        # Imported late: it takes longer to load than most processes of a server, which never need it, take to start.
        from skill_arcade.database.schema import upgrade_schema  # noqa: PLC0415

        upgrade_schema(url)
    return Database(url)


def _is_embedded(url: str) -> bool:
    return url.startswith("sqlite")
