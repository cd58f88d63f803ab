"""What the endpoints work with: one of each for a process, made once from the settings."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from skill_arcade.accounts.clock import Clock, read_utc_clock
from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import Tickets
from skill_arcade.database.games import keep_games
from skill_arcade.database.schema import newest_revision, read_revision, upgrade_schema
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Dataset, open_dataset
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.server.control import SessionControl
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.game_conditions import GameConditions
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.provenance import begin_provenance
from skill_arcade.server.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms below, ready for use."""

    settings: Settings
    folder: DataFolder
    database: Database
    secret: Secret
    logins: Logins
    tickets: Tickets
    catalogue: Catalogue
    conditions: GameConditions
    dataset: Dataset
    control: SessionControl


def open_services(settings: Settings, control: SessionControl, *, clock: Clock = read_utc_clock) -> Services:
    """Make everything ready: data folder, database, secret, games.

    Raises:
        DataFolderError: the data folder or the database cannot be used.
        GameFileError: a game file is wrong.
    """
    folder = DataFolder(settings.data)
    folder.prepare()
    database = open_database(settings)
    secret = Secret.load_or_make(folder.secret)
    catalogue = load_catalogue(settings)
    for problem in catalogue.problems:
        logger.warning("a game of an installed package is left out: %s", problem)
    with database.write() as work:
        keep_games(work, {game.id: game.to_json() for game in catalogue}, clock())
    return Services(
        settings=settings,
        folder=folder,
        database=database,
        secret=secret,
        logins=Logins(database, secret, lifetime=timedelta(days=settings.login_lifetime_days), clock=clock),
        tickets=Tickets(database, begin_provenance, clock=clock),
        catalogue=catalogue,
        conditions=GameConditions(folder.pictures, catalogue),
        dataset=open_dataset(folder.root),
        control=control,
    )


def find_database_url(settings: Settings) -> str:
    """The database of the settings, or the embedded one in the data folder."""
    return settings.database_url or DataFolder(settings.data).database_url


def open_database(settings: Settings) -> Database:
    """The database, with the newest schema.

    The embedded one is brought there. Another is not: several servers may use it, and one that starts must
    not change the tables under those that run.

    Raises:
        DataFolderError: it cannot be used, or its schema is of another version.
    """
    url = find_database_url(settings)
    if _is_embedded(url):
        upgrade_schema(url)
    elif (found := read_revision(url)) != newest_revision():
        raise DataFolderError(
            f"The database has schema {found or 'none'}, this program needs {newest_revision()}: "
            "run `skill-arcade migrate`."
        )
    return Database(url)


def _is_embedded(url: str) -> bool:
    return url.startswith("sqlite")
