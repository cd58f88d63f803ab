"""What the endpoints work with: one of each for a process, made once from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from skill_arcade.accounts.clock import Clock
from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import Tickets
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Dataset
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.server.control import SessionControl
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.settings import Settings


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
    dataset: Dataset
    control: SessionControl
    clock: Clock
