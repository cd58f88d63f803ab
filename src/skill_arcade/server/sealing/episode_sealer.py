"""What is done for one episode: is it over, is it ours, seal it, prove it, index it, take its journal away (REC-37).

Every stage may be killed and repeated: a file is put only if it is absent, a row is made equal to the files, and a
journal leaves its place in one step.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from uuid import UUID

from skill_arcade.database.episodes import EpisodeRow, fetch_episode
from skill_arcade.database.transactions import Database
from skill_arcade.domain.episode import EndReason, Verification
from skill_arcade.domain.errors import EpisodeMoved, EpisodeNotFound, RecordingError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import find_next_epoch, generation_of, list_epochs, read_generation
from skill_arcade.recorder.closing import close_orphan, repeat_end
from skill_arcade.recorder.damage_told import tell_damage
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.recorder.lost_epochs import find_lost_epochs
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.seal import naming_unsealable
from skill_arcade.server.owning.journal_places import JournalPlaces
from skill_arcade.server.owning.leaving_folders import put_aside_folder, remove_folder, sync_folder
from skill_arcade.server.sealing.claim import claimed
from skill_arcade.server.sealing.fence import Fence
from skill_arcade.server.sealing.known_steps import find_missing_steps, with_damage
from skill_arcade.server.sealing.silence import SilenceWatch
from skill_arcade.server.sealing.workshop import Sealed, Workshop

logger = logging.getLogger(__name__)


class Outcome(Enum):
    """What has become of an episode."""

    SEALED = auto()
    """It is sealed and proved, and its journal is gone."""

    KEPT = auto()
    """It is sealed now and not proved: its journal stays, and a person has to look."""

    STILL_KEPT = auto()
    """It was sealed before, and its journal stays as it did."""

    FORGOTTEN = auto()
    """It was not to be recorded: nothing is left of it."""

    SET_ASIDE = auto()
    """Another server has it: what is here belongs to no recording."""

    NOT_YET = auto()
    """It has not ended, or not begun."""

    ELSEWHERE = auto()
    """Another thread or process is at it, or has just taken it away."""


class EpisodeSealer:
    """Seals one episode at a time, in as many threads as one likes."""

    def __init__(
        self,
        places: JournalPlaces,
        workshop: Workshop,
        database: Database,
        index: EpisodeIndex,
        fence: Fence,
        silence: SilenceWatch,
        *,
        abandon_after_s: float,
        utc_clock: Callable[[], datetime],
    ) -> None:
        """Seal nothing yet.

        Args:
            places: where journals lie.
            workshop: makes the sealed files.
            database: where the index is.
            index: writes there, for no server: of what is sealed there is but one, whoever has owned it last.
            fence: tells whose an episode is.
            silence: tells which journals nobody writes any more.
            abandon_after_s: so long after its last record an episode without an end is closed.
            utc_clock: names what is set aside.
        """
        self._places = places
        self._workshop = workshop
        self._database = database
        self._index = index
        self._fence = fence
        self._silence = silence
        self._abandon_after_s = abandon_after_s
        self._utc_clock = utc_clock
        self._unended: dict[Path, tuple[int, bool]] = {}
        """Of journals that have been read in vain: their length then, and whether they hold an episode at all."""

    def seal(self, folder: Path) -> Outcome:
        """Do whatever can be done for the episode in this folder.

        Raises:
            RecordingError: it cannot be read or sealed; its journal stays.
            VerifyingStopped, StorageFull, StoreAway, DataFolderError, OSError: again later.
        """
        try:
            with naming_unsealable(folder.name), claimed(folder) as is_ours:
                return self._seal_claimed(folder) if is_ours else Outcome.ELSEWHERE
        except (OSError, RecordingError):
            if folder.exists():
                raise
            return Outcome.ELSEWHERE  # another part of this server has let go of it meanwhile

    def look(self, newest: Collection[Path]) -> None:
        """Look at the newest journals of all episodes, those included that are being played; now and then."""
        self._silence.look(newest)
        self._unended = {path: known for path, known in self._unended.items() if path in newest}

    def is_waiting_for_a_player(self, newest: Path) -> bool:
        """Whether this journal had no end when it was read, has not grown, and nobody has been away for too long.

        Reading it again costs much.
        """
        known = self._unended.get(newest)
        if known is None or known[0] != newest.stat().st_size:
            return False
        return not known[1] or not self._silence.is_silent(newest, self._abandon_after_s)

    def _seal_claimed(self, folder: Path) -> Outcome:
        epochs = list_epochs(folder)
        newest = journal_path(folder, epochs[-1]) if epochs else None
        if newest is None or is_locked(newest):
            return Outcome.NOT_YET
        n_bytes = newest.stat().st_size  # before it is read: what comes meanwhile is read the next time
        try:
            journal = read_episode_journal(folder)
        except EpisodeNotFound:
            self._refuse_to_forget(folder)
            self._unended[newest] = n_bytes, False
            return Outcome.NOT_YET
        if journal.end is None:
            journal = self._note_missing_steps(journal)
            if not self._silence.is_silent(newest, self._abandon_after_s):
                self._unended[newest] = n_bytes, True
                return Outcome.NOT_YET
            if not self._fence.owns(journal.episode_id, find_next_epoch(folder)):
                return self._set_aside(folder, epochs[-1])
            journal = close_orphan(folder, EndReason.ABANDONED, tell_damage(journal))
            logger.info("%s was abandoned", folder.name, extra=about(folder.name))
        elif generation_of(epochs[-1]) < read_generation(folder):
            journal = repeat_end(folder)
        self._unended.pop(newest, None)
        return self._finish(folder, journal)

    def _finish(self, folder: Path, journal: EpisodeJournal) -> Outcome:
        """Everything that follows the end of an episode."""
        epoch = journal.adopted[-1].epoch
        # Or a power loss could take the end away again, and its player would go on with what is sealed already.
        _sync_journals(folder)
        if not self._fence.may_seal(journal):
            return self._set_aside(folder, epoch)
        if journal.provenance.get("recording") is False:
            self._index.forget(journal.episode_id)
            remove_folder(folder, self._places.removed)
            return Outcome.FORGOTTEN
        try:
            sealed = self._workshop.seal(journal, lambda: self._fence.owns(journal.episode_id, epoch))
        except EpisodeMoved:  # while it was sealed: this server was taken for gone
            return self._set_aside(folder, epoch)
        is_new = self._index_unless_known(folder, sealed)
        told = tell_damage(journal)
        is_proved = told is None and self._is_proved(journal, sealed)
        if is_proved:
            remove_folder(folder, self._places.removed)
        else:
            # Something is wrong, or nothing was compared. The journal is the evidence: a person has to look.
            why = told or "it is sealed but not proved"
            logger.warning("%s: its journal is kept (REC-37): %s", folder.name, why, extra=about(folder.name))
        self._workshop.clear(sealed.place)
        if is_proved:
            return Outcome.SEALED
        return Outcome.KEPT if is_new else Outcome.STILL_KEPT

    def _index_unless_known(self, folder: Path, sealed: Sealed) -> bool:
        """Make the index say what is sealed; whether it did not say so before."""
        if not sealed.is_new:
            row = self._fetch_row(sealed.place.episode_id)
            if row is not None and row.sealed:
                return False
        self._workshop.index(self._index, sealed.place)
        logger.info("%s is sealed: %s", folder.name, sealed.verification or "as before", extra=about(folder.name))
        return True

    def _is_proved(self, journal: EpisodeJournal, sealed: Sealed) -> bool:
        """Whether the sealed files are proved to hold what the journal does (REC-37)."""
        verification = sealed.verification or self._fetch_verification(journal.episode_id)
        if verification == Verification.UNVERIFIABLE and journal.provenance["game"].get("deterministic") is False:
            return self._workshop.is_as_written(journal, sealed.place)
        return verification == Verification.VERIFIED

    def _set_aside(self, folder: Path, epoch: int) -> Outcome:
        episode_id = UUID(folder.name)
        with self._places.alone(episode_id):
            if not self._fence.is_elsewhere(episode_id):
                return Outcome.NOT_YET  # it has come back meanwhile, or is being brought here
            where = put_aside_folder(folder, self._places.set_aside, self._utc_clock())
        logger.warning(
            "%s is another server's since after epoch %d, which was written here: it is set aside as %s (REC-30)",
            *(folder.name, epoch, where),
            extra=about(folder.name),
        )
        return Outcome.SET_ASIDE

    # ------------------------------------------------------------------------------------------- what has been lost

    def _refuse_to_forget(self, folder: Path) -> None:
        """See that nobody has ever known more of an episode of which no journal can be read.

        Raises:
            RecordingError: somebody has. Its files stay, and it is told again and again.
        """
        lost = [damage.text for damage in find_lost_epochs(folder)]
        row = self._fetch_row(UUID(folder.name))
        if row is not None and row.epoch > 0 and self._fence.owns(row.id, find_next_epoch(folder)):
            lost.append(f"the index knows {row.n_steps} steps of it, up to epoch {row.epoch}")
        if lost:
            raise RecordingError(f"No journal of it can be read any more ({'; '.join(lost)}). All files are kept.")

    def _note_missing_steps(self, journal: EpisodeJournal) -> EpisodeJournal:
        missing = find_missing_steps(journal, self._fetch_row(journal.episode_id))
        if missing is None or not self._fence.owns(journal.episode_id, find_next_epoch(journal.folder)):
            return journal  # or another server goes on with it
        logger.error("%s is damaged: %s", journal.episode_id, missing.text, extra=about(journal.episode_id))
        return with_damage(journal, missing)

    def _fetch_verification(self, episode_id: UUID) -> str | None:
        row = self._fetch_row(episode_id)
        return None if row is None else row.verification

    def _fetch_row(self, episode_id: UUID) -> EpisodeRow | None:
        with self._database.read() as session:
            return fetch_episode(session, episode_id)


def _sync_journals(folder: Path) -> None:
    """Get all epochs of an episode onto the disk, with their names."""
    for path in folder.glob("*.journal"):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
    for each in (folder, folder.parent):
        sync_folder(each)
