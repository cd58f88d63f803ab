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
from skill_arcade.database.transactions import Database
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.server.control import SessionControl
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
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
        control=control,
    )
