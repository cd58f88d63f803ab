"""What the endpoints work with: one of each for a process, made once from the settings."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from skill_arcade.accounts.clock import Clock, read_utc_clock
from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import Tickets
from skill_arcade.archive.store import BlobStore
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
from skill_arcade.server.store import open_settings_store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms below, ready for use."""

    settings: Settings
    folder: DataFolder
    database: Database
    store: BlobStore
    server_id: UUID
    secret: Secret
    logins: Logins
    tickets: Tickets
    catalogue: Catalogue
    conditions: GameConditions
    control: SessionControl


def load_secret(settings: Settings, folder: DataFolder) -> Secret:
    """The secret of the settings, or that of the data folder, which is made when there is none yet.

    Raises:
        DataFolderError: that of the data folder cannot be used.
    """
    if settings.secret is not None:
        return Secret.from_hex(settings.secret.get_secret_value())
    return Secret.load_or_make(folder.secret)


def open_services(settings: Settings, control: SessionControl, *, clock: Clock = read_utc_clock) -> Services:
    """Make everything ready: data folder, database, store, secret, games.

    Raises:
        DataFolderError: the data folder or the database cannot be used, or the store's address is wrong.
        GameFileError: a game file is wrong.
    """
    folder = DataFolder(settings.data)
    folder.prepare()
    database = open_database(settings)
    store = open_settings_store(settings)
    secret = load_secret(settings, folder)
    server_id = folder.read_machine_id()
    catalogue = load_catalogue(settings)
    for problem in catalogue.problems:
        logger.warning("a game of an installed package is left out: %s", problem)
    with database.write() as work:
        keep_games(work, {game.id: game.to_json() for game in catalogue}, clock())
    return Services(
        settings=settings,
        folder=folder,
        database=database,
        store=store,
        server_id=server_id,
        secret=secret,
        logins=Logins(database, secret, lifetime=timedelta(days=settings.login_lifetime_days), clock=clock),
        tickets=Tickets(database, begin_provenance, server_id=server_id, clock=clock),
        catalogue=catalogue,
        conditions=GameConditions(folder.pictures, catalogue),
        control=control,
    )
