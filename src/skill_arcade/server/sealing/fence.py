"""Whose an episode is: only the one server that owns it may end it, or seal it (REC-32)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from skill_arcade.database.ownership import fetch_ownership, is_fenced, is_of_another
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.episode_facts import facts_of_journal
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.index import EpisodeIndex


@dataclass(frozen=True, slots=True)
class Fence:
    """Asks the database that all servers share. Where there is only one server nothing is asked, which costs nothing.

    Attributes:
        database: where it stands.
        index: writes there, for this server.
        server_id: of this server.
        is_shared: whether other servers use this database.
    """

    database: Database
    index: EpisodeIndex
    server_id: UUID
    is_shared: bool

    def owns(self, episode_id: UUID, epoch: int) -> bool:
        """Whether no other server has the episode, nor has had it since this epoch was begun.

        Raises:
            DataFolderError: the database cannot be used now.
        """
        if not self.is_shared:
            return True
        with self.database.read() as session:
            ownership = fetch_ownership(session, episode_id)
        return ownership is None or not is_fenced(ownership, self.server_id, epoch)

    def is_elsewhere(self, episode_id: UUID) -> bool:
        """Whether another server has the episode now.

        Raises:
            DataFolderError: the database cannot be used now.
        """
        if not self.is_shared:
            return False
        with self.database.read() as session:
            ownership = fetch_ownership(session, episode_id)
        return ownership is not None and is_of_another(ownership, self.server_id)

    def may_seal(self, journal: EpisodeJournal) -> bool:
        """Whether this server owns an episode that has ended; from now on nobody can take it over any more.

        Raises:
            DataFolderError: the database cannot be used now.
        """
        if not self.is_shared:
            return True
        return self.index.may_seal(journal.episode_id, journal.adopted[-1].epoch, facts_of_journal(journal))
