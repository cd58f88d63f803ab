"""What is left of machines that do not come back: their segments in the store, and their rows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from skill_arcade.archive.store import BlobStore
from skill_arcade.database.backlog import fetch_unsealed_of
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.database.servers import delete_server, fetch_servers
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.spool.restore import clear_gone_machine

FORGET_AFTER = timedelta(days=1)
"""A server that has stopped for so long is cleared away once nobody needs what it left. If it comes back nevertheless
it begins as a new one does: its journals are on its disk, and it ships again what is not sealed."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What came of clearing one machine away.

    Attributes:
        needed: episodes for which its segments are still needed: nothing was removed.
        is_forgotten: whether nothing is left of it, in the store and in the database.
    """

    needed: tuple[UUID, ...]
    is_forgotten: bool


class GoneMachines:
    """Clears away what machines left behind, once all of their episodes are sealed."""

    def __init__(
        self, database: Database, store: BlobStore, server_id: UUID, *, utc_clock: Callable[[], datetime]
    ) -> None:
        """Clear nothing yet.

        Args:
            database: where the servers' rows are.
            store: where their segments are.
            server_id: of this server, which is never cleared away.
            utc_clock: for how long a server has stopped.
        """
        self._database = database
        self._store = store
        self._server_id = server_id
        self._utc_clock = utc_clock

    def look(self) -> None:
        """Clear away what servers left that stopped long ago; what is still needed is looked at again.

        Raises:
            DataFolderError, StoreAway: database or store cannot be used now.
        """
        with self._database.read() as session:
            servers = fetch_servers(session)
        before = self._utc_clock() - FORGET_AFTER
        for each in servers:
            if each.id == self._server_id or each.stopped_at is None or each.stopped_at > before:
                continue
            try:
                if self.clear(each.id).is_forgotten:
                    logger.info("the server %s stopped long ago, and nothing is left of it", each.id)
            except RecordingError as error:
                logger.warning("what the server %s left is kept: %s", each.id, error)

    def clear(self, machine: UUID) -> Cleared:
        """Remove a machine's segments, and its row, as soon as no episode needs them.

        Raises:
            RecordingError: its newest segment cannot be read; nothing is removed.
            DataFolderError, StoreAway: database or store cannot be used now.
        """
        needed = clear_gone_machine(self._store, machine, self._is_sealed)
        with self._database.read() as session:
            is_owner = bool(fetch_unsealed_of(session, machine))
        is_forgotten = not needed and not is_owner
        if is_forgotten:
            with self._database.write() as work:
                delete_server(work, machine)
        return Cleared(tuple(needed), is_forgotten)

    def _is_sealed(self, episode_id: UUID) -> bool:
        with self._database.read() as session:
            row = fetch_episode(session, episode_id)
        return row is not None and row.sealed
