"""The link that makes a browser the administrator's; printed in the terminal of whoever runs the server."""

from __future__ import annotations

from datetime import timedelta

from skill_arcade.accounts.logins import ADMIN_LINK_LIFETIME, Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.server.address import find_address
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.settings import Settings


def make_admin_link(settings: Settings) -> str:
    """A new link, good once and for ten minutes.

    Raises:
        DataFolderError: the data folder or the database cannot be used.
    """
    folder = DataFolder(settings.data)
    folder.prepare()
    database = open_database(settings)
    lifetime = timedelta(days=settings.login_lifetime_days)
    code = Logins(database, Secret.load_or_make(folder.secret), lifetime=lifetime).make_admin_code()
    database.dispose()
    return f"{find_address(settings.host, settings.port)}/?admin={code}"


def describe_lifetime() -> str:
    """How often and how long a link works, for people."""
    return f"works once, within {ADMIN_LINK_LIFETIME // timedelta(minutes=1)} minutes"
