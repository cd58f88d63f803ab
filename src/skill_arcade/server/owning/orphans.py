"""Episodes whose server is no more: they are taken over, one at a time, to be ended where nobody comes, and sealed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from skill_arcade.database.orphans import fetch_orphans
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.server.owning.takeover import NotLetGo, Takeover

AT_ONCE = 20
"""So many are taken over in one round: other servers look for them as well."""

LEFT = (
    "all there is of it is on the disk of its server, which is no more: start that server again or, if its disk is "
    "lost, run `skill-arcade recover --machine` with its id (`skill-arcade pipeline` shows it)"
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Adopted:
    """What one round has come to.

    Attributes:
        taken: episodes that are here now, with their journals.
        left: episodes of which the store has nothing: all there is of them is on the disk of their server, which may
            come back. Only a person knows that it does not (`skill-arcade recover --machine`).
        waiting: one sentence for each that could not be taken over now.
    """

    taken: tuple[UUID, ...]
    left: tuple[UUID, ...]
    waiting: tuple[str, ...]


class Orphans:
    """Finds and takes over episodes of servers that have stopped, or are gone."""

    def __init__(
        self, database: Database, takeover: Takeover, *, abandon_after_s: float, utc_clock: Callable[[], datetime]
    ) -> None:
        """Take nothing over yet.

        Args:
            database: where it stands whose an episode is.
            takeover: brings an episode here.
            abandon_after_s: after so much silence nobody comes back to an episode that has not ended.
            utc_clock: for the rows.
        """
        self._database = database
        self._takeover = takeover
        self._abandon_after = timedelta(seconds=abandon_after_s)
        self._utc_clock = utc_clock
        self._left: set[UUID] = set()
        self._failed: set[UUID] = set()
        """In the last round: the next one is for the others, or twenty that cannot be had would keep all waiting."""

    def look(self) -> None:
        """Take over what there is; what cannot be taken over now is found again.

        Raises:
            DataFolderError: the database cannot be used now.
        """
        for sentence in self.adopt().waiting:
            logger.warning("an episode without a server waits: %s", sentence)

    def adopt(self) -> Adopted:
        """Take over what has ended and is not sealed, what nobody has come back to for long, and what was begun so.

        Raises:
            DataFolderError: the database cannot be used now.
        """
        taken: list[UUID] = []
        left: list[UUID] = []
        waiting: list[str] = []
        with self._database.read() as session:
            silent_since = self._utc_clock() - self._abandon_after
            found = fetch_orphans(session, silent_since, AT_ONCE, but_not=self._left | self._failed)
        found += [each for each in self._takeover.list_cut_short() if each not in self._left]
        self._failed = set()
        for episode_id in found:
            try:
                (taken if self._takeover.adopt(episode_id) else left).append(episode_id)
            except NotLetGo:
                continue  # another server was faster
            except SkillArcadeError as error:
                waiting.append(f"{episode_id}: {error}")
                self._failed.add(episode_id)
        for episode_id in taken:
            logger.warning("%s was taken over: its server is no more", episode_id, extra=about(episode_id))
        for episode_id in left:
            logger.error("%s waits: %s", episode_id, LEFT, extra=about(episode_id))
        self._left.update(left)
        return Adopted(tuple(taken), tuple(left), tuple(waiting))
