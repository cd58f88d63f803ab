"""Clearing up behind those that were killed, and forgetting what never began: by one process of a machine."""

from __future__ import annotations

import logging
import shutil
from datetime import timedelta

from skill_arcade.archive.layout import Table, parse_table_key, table_prefix
from skill_arcade.archive.local import LocalStore
from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.owning.journal_places import JournalPlaces

logger = logging.getLogger(__name__)

UNBEGUN_AFTER = timedelta(hours=1)
"""A ticket was used and no journal came: after this there will be none, and the row in the index goes."""


class Sweeper:
    """Clears up; nothing that it removes is needed by anybody."""

    def __init__(
        self, places: JournalPlaces, bench: LocalStore | None, index: EpisodeIndex, *, is_staging: bool
    ) -> None:
        """Clear nothing yet.

        Args:
            places: where journals lie.
            bench: the folder in which sealed files are made; None if there is none.
            index: of this server.
            is_staging: whether sealed files are brought elsewhere from there.
        """
        self._places = places
        self._bench = bench
        self._index = index
        self._is_staging = is_staging
        self._leaving: frozenset[str] = frozenset()
        """Journals that were on their way out at the sweep before: by now whoever removes them is done, or dead."""

    def try_to_sweep(self) -> None:
        """Finish what killed sealers left behind, and forget episodes that never began. What fails comes again."""
        try:
            self._sweep()
        except (SkillArcadeError, OSError) as error:
            logger.warning("what is left over is not cleared away yet: %s", error)

    def _sweep(self) -> None:
        self._clear_removed()
        if self._bench is not None:
            self._bench.remove_unfinished()
            if self._is_staging:
                self._clear_staging(self._bench)
        for episode_id in self._index.forget_unbegun(self._places.journals, after=UNBEGUN_AFTER):
            logger.warning("%s never began", episode_id, extra=about(episode_id))

    def _clear_removed(self) -> None:
        removed = self._places.removed
        there = frozenset(folder.name for folder in removed.iterdir()) if removed.is_dir() else frozenset()
        for name in there & self._leaving:
            shutil.rmtree(removed / name, ignore_errors=True)
        self._leaving = there - self._leaving

    def _clear_staging(self, staging: LocalStore) -> None:
        """Remove files of episodes without a journal: that went when they were in the store."""
        for table in Table:
            for key in staging.list(table_prefix(table)):
                if not (self._places.journals / str(parse_table_key(key)[1].episode_id)).exists():
                    staging.delete(key)
