"""Sealing what has ended: journals become Parquet, are verified, indexed, and only then taken away (REC-37).

Every stage may be killed and repeated: a file is put only if it is absent, a row is made equal to the files,
and a journal leaves its place in one step.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import (
    Episode,
    VerificationResult,
    VerifyingStopped,
    is_sealed_as_written,
    open_sealed_tables,
    verify_episode,
)
from skill_arcade.domain.episode import EndReason, Verification
from skill_arcade.domain.errors import EpisodeNotFound, RecordingError, SkillArcadeError
from skill_arcade.recorder.chain import list_epochs
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.recorder.reading import EpisodeJournal, read_episode_journal
from skill_arcade.recorder.reindex import index_sealed
from skill_arcade.recorder.seal import naming_unsealable, seal_row, seal_tables

logger = logging.getLogger(__name__)

Verify = Callable[[Episode], VerificationResult]

RETRY_AFTER_S = 60.0
LONGEST_RETRY_S = 3600.0
"""An episode that cannot be read, replayed or sealed is tried again ever more rarely: perhaps by a newer program."""

SWEEP_INTERVAL_S = 60.0
EPISODES_FOR_ANOTHER = 16
"""So many have to wait before one more is sealed at the same time: side by side, sealing takes a fifth more CPU, and
another verifier opens the games once more: a second of CPU for eight."""

UNBEGUN_AFTER = timedelta(hours=1)
"""A ticket was used and no journal came: after this there will be none, and the row in the index goes."""


@dataclass(frozen=True, slots=True)
class SealerPlaces:
    """Where things lie.

    Attributes:
        journals: a folder for each episode that is not sealed.
        removed: journals on their way out; on the same disk.
    """

    journals: Path
    removed: Path


class Sealer:
    """Seals episodes, a few at a time; one for each machine."""

    def __init__(
        self,
        places: SealerPlaces,
        store: BlobStore,
        database: Database,
        *,
        abandon_after_s: float,
        verify: Verify = verify_episode,
        n_at_once: int = 1,
        utc_clock: Callable[[], datetime],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._store = store
        self._database = database
        self._index = EpisodeIndex(database, utc_clock)
        self._abandon_after_s = abandon_after_s
        self._verify = verify
        self._n_at_once = n_at_once
        self._utc_clock = utc_clock
        self._monotonic_s = monotonic_s
        self._not_before_s: dict[str, float] = {}
        self._wait_s: dict[str, float] = {}
        self._without_end: dict[Path, int] = {}
        self._sweep_due_s = 0.0

    def run_once(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Seal everything that can be sealed now; how many episodes that were.

        Args:
            is_stopping: whether to begin with no further episode.
        """
        if self._monotonic_s() >= self._sweep_due_s:
            self._try_to_sweep()
            self._sweep_due_s = self._monotonic_s() + SWEEP_INTERVAL_S
        now_s = self._monotonic_s()
        folders = sorted(self._places.journals.iterdir()) if self._places.journals.is_dir() else []
        due = [each for each in folders if self._not_before_s.get(each.name, 0.0) <= now_s and _is_left(each)]
        # Threads: one seals while another waits for a replay. What they keep is apart by episode.
        with ThreadPoolExecutor(min(self._n_at_once, 1 + len(due) // EPISODES_FOR_ANOTHER)) as pool:
            return sum(pool.map(lambda folder: not is_stopping() and self._try(folder), due))

    def _try(self, folder: Path) -> bool:
        # Whatever goes wrong, nothing is lost: the journal stays where it is, and is tried again.
        wait_s = RETRY_AFTER_S
        try:
            with naming_unsealable(folder.name):
                return self._seal_if_ended(folder)
        except (SkillArcadeError, OSError) as error:
            is_its_own = isinstance(error, (RecordingError, VerifyingStopped))  # it may never be otherwise
            level = logging.ERROR if is_its_own else logging.WARNING
            logger.log(level, "%s is not sealed yet: %s", folder.name, error)
            if is_its_own:
                wait_s = self._wait_s.get(folder.name, RETRY_AFTER_S)
                self._wait_s[folder.name] = min(2 * wait_s, LONGEST_RETRY_S)
        self._not_before_s[folder.name] = self._monotonic_s() + wait_s
        return False

    def _seal_if_ended(self, folder: Path) -> bool:
        epochs = list_epochs(folder)
        newest = journal_path(folder, epochs[-1]) if epochs else None
        if newest is None or is_locked(newest) or self._still_waits(newest):
            return False
        try:
            journal = read_episode_journal(folder)
        except EpisodeNotFound:
            return False  # its first record is not whole; without one there is no episode
        if journal.end is None:
            if not self._is_abandoned(newest):
                self._without_end[newest] = newest.stat().st_size
                return False
            journal = close_orphan(folder, EndReason.ABANDONED, None)
            logger.info("%s was abandoned", folder.name)
        if journal.provenance.get("recording") is False:
            self._index.forget(journal.episode_id)
            self._take_away(folder)
            return False
        return self._seal(folder, journal)

    def _still_waits(self, newest: Path) -> bool:
        """Whether this journal had no end at the last look and has not grown: reading it again costs much."""
        return self._without_end.get(newest) == newest.stat().st_size and not self._is_abandoned(newest)

    def _is_abandoned(self, newest: Path) -> bool:
        silent_s = self._utc_clock().timestamp() - newest.stat().st_mtime
        return silent_s > self._abandon_after_s

    def _seal(self, folder: Path, journal: EpisodeJournal) -> bool:
        place = seal_tables(journal, self._store)
        if not self._store.exists(place.key(Table.EPISODES)):
            result = self._verify(open_sealed_tables(journal, self._store))
            seal_row(journal, self._store, result.verification, result.detail)
            logger.info("%s is sealed: %s", folder.name, result.verification)
        index_sealed(self._index, self._store, place)
        if self._may_go(place, journal):
            self._take_away(folder)
        else:
            # Something is wrong, or nothing was compared. The journal is the evidence: a person has to look.
            logger.warning("%s is sealed but not proved; its journal is kept (REC-37)", folder.name)
            self._not_before_s[folder.name] = float("inf")
        return True

    def _may_go(self, place: SealedPlace, journal: EpisodeJournal) -> bool:
        """Whether the sealed files are proved to hold what the journal does (REC-37)."""
        with self._database.read() as session:
            row = fetch_episode(session, place.episode_id)
        if journal.damage or row is None:
            return False
        if row.verification == Verification.UNVERIFIABLE and journal.provenance["game"].get("deterministic") is False:
            return is_sealed_as_written(journal, self._store)
        return row.verification == Verification.VERIFIED

    def _take_away(self, folder: Path) -> None:
        """Remove a journal. It leaves its place whole: half of one would look like a game without an end."""
        self._places.removed.mkdir(exist_ok=True)
        target = self._places.removed / folder.name
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
        shutil.rmtree(target)

    def _try_to_sweep(self) -> None:
        try:
            self._sweep()
        except (SkillArcadeError, OSError) as error:
            logger.warning("what is left over is not cleared away yet: %s", error)

    def _sweep(self) -> None:
        """Finish what a killed sealer left behind, and forget episodes that never began."""
        shutil.rmtree(self._places.removed, ignore_errors=True)
        if isinstance(self._store, LocalStore):
            self._store.remove_unfinished()
        for episode_id in self._index.forget_unbegun(self._places.journals, after=UNBEGUN_AFTER):
            logger.warning("%s never began", episode_id)


def _is_left(folder: Path) -> bool:
    """Whether nobody writes this episode's journal; also where that cannot be told, which is told with sealing it."""
    try:
        epochs = list_epochs(folder)
        return bool(epochs) and not is_locked(journal_path(folder, epochs[-1]))
    except OSError:
        return True
