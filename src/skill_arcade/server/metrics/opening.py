"""Puts together what a gateway tells of its server."""

from __future__ import annotations

from skill_arcade.archive.layout import STORE_ID_KEY
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server.metrics.exposition import Exposition
from skill_arcade.server.metrics.surroundings import SurroundingsLook
from skill_arcade.server.services import Services
from skill_arcade.server.status_board import StatusBoard


def open_exposition(services: Services, board: StatusBoard) -> Exposition:
    """The metrics of the server whose processes post on this board.

    Raises:
        DataFolderError: the data folder has no machine id.
    """
    look = SurroundingsLook(
        services.folder,
        min_free_mb=services.settings.min_free_mb,
        ask_database=lambda: _ask_database(services),
        # The smallest question that a store answers: whether there is a blob that every server looks for at its start.
        ask_store=lambda: services.store.exists(STORE_ID_KEY),
    )
    return Exposition(board, look.look)


def _ask_database(services: Services) -> None:
    with services.database.read() as session:
        if not session.is_alive():
            raise DataFolderError("The database gives wrong answers.")
