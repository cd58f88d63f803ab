"""Where sealed files are made and proved before they are a record: on this machine, wherever the store is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.dataset import Episode, VerificationResult, is_sealed_as_written, open_sealed_tables
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.reindex import index_sealed
from skill_arcade.recorder.seal import find_place, seal_row, seal_tables
from skill_arcade.server.sealing.upload import Upload

logger = logging.getLogger(__name__)

Verify = Callable[[Episode], VerificationResult]


@dataclass(frozen=True, slots=True)
class Sealed:
    """An episode whose files are all in the store.

    Attributes:
        place: where they are.
        is_new: they have come there just now.
        verification: what replaying them showed just now; None if that was done before.
    """

    place: SealedPlace
    is_new: bool
    verification: Verification | None


class Workshop:
    """Makes sealed episodes. With a store that is elsewhere, what is made here is brought there when it is proved.

    Every method may be cut short and repeated: a file is put only if it is absent, `episodes` last (REC-35). Nothing is
    fetched from the store to be verified: what lies there is what was made here (`Upload`).
    """

    def __init__(self, store: BlobStore, staging: LocalStore | None, verify: Verify) -> None:
        """Make nothing yet.

        Args:
            store: where sealed episodes are.
            staging: where files are made that are brought to the store; None if the store is a folder of this machine.
            verify: replays what was made.
        """
        self._store = store
        self._bench: BlobStore = store if staging is None else staging
        self._upload = None if staging is None else Upload(staging, store)
        self._verify = verify

    def seal(self, journal: EpisodeJournal, is_ours: Callable[[], bool]) -> Sealed:
        """Put all six files of an ended episode into the store, unless they are there.

        Args:
            journal: the episode.
            is_ours: whether this server has it still; a store that is elsewhere may be another's meanwhile.

        Raises:
            EpisodeMoved: it has not.
            RecordingError: the episode cannot be sealed, or is sealed in the store otherwise than here.
            VerifyingStopped: nothing is known of it; again later.
            StorageFull, StoreAway: again later.
        """
        place = find_place(journal)
        if self._store.exists(place.key(Table.EPISODES)):
            return Sealed(place, is_new=False, verification=None)
        verification = self._make(journal, place)
        if self._upload is not None:
            self._upload.bring(place, is_ours)
        return Sealed(place, is_new=True, verification=verification)

    def index(self, index: EpisodeIndex, place: SealedPlace) -> None:
        """Make the index say what the sealed episode says."""
        index_sealed(index, self._bench if self._is_here(place) else self._store, place)

    def is_as_written(self, journal: EpisodeJournal, place: SealedPlace) -> bool:
        """Whether the sealed files hold what the journal does (REC-37); False where they are not on this machine."""
        return self._is_here(place) and is_sealed_as_written(journal, self._bench)

    def clear(self, place: SealedPlace) -> None:
        """Remove what was made here and is in the store now."""
        if self._upload is not None:
            self._upload.forget(place)

    def _make(self, journal: EpisodeJournal, place: SealedPlace) -> Verification | None:
        """Make all files on this machine; what replaying them showed, or None where that was done before."""
        if self._bench.exists(place.key(Table.EPISODES)):
            return None  # it was not brought to the store yet
        try:
            seal_tables(journal, self._bench)
            result = self._verify(open_sealed_tables(journal, self._bench))
        except RecordingError:
            self.clear(place)  # if what was made before cannot be read any more, it is made anew
            raise
        seal_row(journal, self._bench, result.verification, result.detail)
        if result.verification is not Verification.VERIFIED:
            logger.warning(
                "%s is %s: %s",
                *(journal.episode_id, result.verification, result.detail),
                extra=about(journal.episode_id),
            )
        return result.verification

    def _is_here(self, place: SealedPlace) -> bool:
        return all(self._bench.exists(place.key(table)) for table in Table)
