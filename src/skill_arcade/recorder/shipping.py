"""Journals on their way into the store; one that is away is asked again without end (REC-33, LIVE-60)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from skill_arcade.domain.errors import EpisodeNotFound, RecordingError, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import find_newest_epoch, read_chain
from skill_arcade.recorder.followed import Awaited, Followed, LiveJournals, Synced
from skill_arcade.recorder.lost_epochs import find_lost_epochs
from skill_arcade.recorder.retry_wait import Retry
from skill_arcade.recorder.safe_file import STORE, publish
from skill_arcade.recorder.scanning import scan_journal
from skill_arcade.recorder.spool.spooler import Shipped, Spooler
from skill_arcade.recorder.tail import Opened
from skill_arcade.recorder.troubles import Troubles

_AGAIN_S = 0.25
"""How often `ship_all` tries, while somebody waits for it."""

_LISTED, _TOLD = "looked into for the store", "told what is in the store"

logger = logging.getLogger(__name__)


class Shipping:
    """Ships the live journals of a machine.

    Attributes:
        fault: why nothing is shipped any more, a sentence for a person; None while all is well.
        n_segments: that were put.

    Args:
        journals: which.
        spooler: puts their bytes.
        retry: when to try again.
        monotonic_s: a clock.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        journals: LiveJournals,
        spooler: Spooler,
        retry: Retry,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._journals = journals
        self._spooler = spooler
        self._retry = retry
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._troubles = Troubles()
        self._lock = threading.Lock()  # held while the store is asked
        self.fault: str | None = None
        self.n_segments = 0

    def ship(self) -> float | None:
        """Put one segment if anything is new; after how many seconds to call again, None for the usual interval."""
        if self.fault is not None or not self._lock.acquire(blocking=False):
            return None  # whoever has the lock ships everything
        try:
            if self._retry.wait_s > 0:
                return self._retry.wait_s
            shipped = self._try(self._journals.all())
        finally:
            self._lock.release()
        if shipped is None:
            return self._find_wait_s()
        return 0.0 if shipped.number is not None and not shipped.is_all else None

    def ship_all(self, folder: Path | None, timeout_s: float) -> bool:
        """Put everything that is synced, now.

        Args:
            folder: of one episode; None for all.
            timeout_s: how long it may take; what is on its way then may still arrive.

        Returns:
            For one episode: whether the store gives back all of it, so that nothing is lost if its folder is removed.
            For all: whether every episode is in the store that is ever to be there, is not sealed yet, and is this
            server's.
        """
        deadline_s = self._monotonic_s() + timeout_s
        told: list[bool] = []

        def work() -> None:
            if not self._lock.acquire(timeout=timeout_s):
                return
            try:
                told.append(self._ship_until(folder, deadline_s))
                if folder is None and self.fault is None and self._monotonic_s() < deadline_s:
                    self._clear(deadline_s)
            finally:
                self._lock.release()

        # A store that hangs does so for longer than whoever waits here has time.
        thread = threading.Thread(target=work, name="ship all", daemon=True)
        thread.start()
        thread.join(timeout_s)
        return told == [True]

    def _ship_until(self, folder: Path | None, deadline_s: float) -> bool:
        while self.fault is None:
            some = [each for each in self._journals.all() if folder is None or each.folder == folder]
            shipped = self._try(some)
            if shipped is not None and shipped.is_all:
                return self._is_safe_to_remove(folder) if folder is not None else self._has_all()
            if self._monotonic_s() >= deadline_s:
                return False
            if shipped is None or shipped.number is None:
                self._sleep(_AGAIN_S)
        return False

    def is_stored(self, followed: Followed) -> bool:
        """Whether everything of it that is on the disk is in the store, or never goes there."""
        synced = followed.synced
        # A journal without a whole OPEN makes no episode.
        return synced.opened is None or not synced.opened.is_recorded or synced.n_bytes == followed.storing.n_bytes

    def count_missing_bytes(self, followed: Followed) -> int:
        """How many bytes of the newest epoch are on the disk and not in the store."""
        if self.is_stored(followed):
            return 0
        return max(0, followed.synced.n_bytes - self._spooler.count_stored(followed.tail.path))

    @property
    def n_segments_kept(self) -> int:
        """How many segments are in the store."""
        return self._spooler.n_segments

    def _try(self, journals: list[Followed]) -> Shipped | None:
        """Put one segment of these; None if that failed."""
        try:
            if not self._spooler.is_loaded:
                self._spooler.load()
            shipped = self._spooler.ship(self._gather(journals))
        except RecordingError as error:
            self._retry.note_failure()
            self.fault = str(error)
            logger.critical("no journal is shipped any more: %s", error)
            return None
        except (SkillArcadeError, OSError) as error:
            self._retry.note_failure()
            logger.warning("journals wait for the store: %s", error)
            return None
        self._retry.note_success()
        self.n_segments += shipped.number is not None
        for followed in journals:
            self._publish(followed)
        return shipped

    def _find_wait_s(self) -> float | None:
        return None if self.fault is not None else self._retry.wait_s

    def _clear(self, deadline_s: float) -> None:
        """Leave as little in the store as can be: the machine may not come back for long."""
        try:
            if self._spooler.has_garbage:
                self._spooler.ship({})
                self._spooler.delete_garbage(lambda: self._monotonic_s() < deadline_s)
        except (SkillArcadeError, OSError) as error:
            logger.warning("old segments are not cleared away: %s", error)

    # ------------------------------------------------------------------------- whether that is everything

    def _is_safe_to_remove(self, folder: Path) -> bool:
        """Whether the store gives back all that is in the folder of an episode."""
        try:
            epoch = find_newest_epoch(folder)
            if epoch is None:
                return True
            followed = self._find_sound(folder, epoch)
            return (
                followed is not None
                and _is_for_the_store(folder)
                and self._is_there(_list_files(followed, followed.synced))
            )
        except (RecordingError, OSError) as error:
            told = "%s is not called stored: %s"
            logger.warning(told, folder.name, error, extra=about(folder.name))
            return False

    def _has_all(self) -> bool:
        """Whether nothing has to come into the store any more, once it has what could be shipped.

        What is left away: an episode that is not recorded, one that another server owns, and what is kept of a sealed
        or forgotten one.
        """
        try:
            return all(self._is_settled(episode_id) for episode_id in self._spooler.list_local())
        except (SkillArcadeError, OSError) as error:
            logger.warning("it cannot be told whether all journals are in the store: %s", error)
            return False

    def _is_settled(self, episode_id: UUID) -> bool:
        folder = self._spooler.find_folder(episode_id)
        try:
            epoch = find_newest_epoch(folder)
            if epoch is None or self._journals.has_left(folder.name, epoch):
                return True
            followed = self._find_sound(folder, epoch)
            if followed is not None and self._is_there(_list_files(followed, followed.synced)):
                return True
        except OSError as error:
            self._troubles.note(folder, _LISTED, error)
        return self._spooler.is_released(episode_id)

    def _find_sound(self, folder: Path, epoch: int) -> Followed | None:
        """What is known of the newest epoch in a folder; None if it may be that not all of it could be shipped."""
        followed = self._journals.get(folder.name)
        if followed is None or followed.epoch != epoch:
            return None
        if followed.is_given_up or followed.storing.is_broken:
            return None
        return followed if is_synced(followed) else None

    # ------------------------------------------------------------------------------------ what is shipped

    def _gather(self, journals: list[Followed]) -> dict[Path, int]:
        """All bytes that may be shipped, of all epochs; what cannot be told of one episode concerns no other."""
        files: dict[Path, int] = {}
        for followed in journals:
            synced, storing = followed.synced, followed.storing
            try:
                some = _list_files(followed, synced)
            except FileNotFoundError:
                continue  # sealed, and taken away just now
            except OSError as error:
                self._troubles.note(followed.folder, _LISTED, error)
                continue
            self._troubles.clear(followed.folder, _LISTED)
            files.update(some)
            if storing.awaited is None and storing.n_bytes != synced.n_bytes and followed.tail.path in some:
                storing.awaited = Awaited(some, synced)
        return files

    def _publish(self, followed: Followed) -> None:
        """Tell the session, once everything is there of which it was to be told."""
        storing = followed.storing
        awaited = storing.awaited
        if awaited is not None and not storing.is_broken and self._is_there(awaited.files):
            storing.n_bytes, storing.n_steps = awaited.synced.n_bytes, awaited.synced.n_steps
            storing.awaited = None
            with self._journals.lock:
                is_all = followed.synced.n_bytes == awaited.synced.n_bytes
                followed.store_wait.settle(awaited.synced.at_s, is_all=is_all)
        is_told = storing.n_bytes < 0 or storing.n_steps == storing.published_steps
        # First it hears that they are durable here, which the thread that syncs tells it (LIVE-60).
        if is_told or followed.published_steps < storing.n_steps:
            return
        try:
            if publish(followed.folder, storing.n_steps, STORE):
                storing.published_steps = storing.n_steps
        except OSError as error:
            self._troubles.note(followed.folder, _TOLD, error)
        else:
            self._troubles.clear(followed.folder, _TOLD)

    def _is_there(self, files: Mapping[Path, int]) -> bool:
        return all(self._spooler.count_stored(path) >= n_bytes for path, n_bytes in files.items())


def is_synced(followed: Followed) -> bool:
    """Whether all that is in the file is on the disk, but for what is not a whole record."""
    try:
        n_bytes = followed.tail.path.stat().st_size
    except FileNotFoundError:
        return True  # sealed, and taken away
    except OSError:
        return False
    return n_bytes == followed.seen_bytes and followed.tail.n_bytes == followed.synced.n_bytes


def _is_for_the_store(folder: Path) -> bool:
    """Whether an episode goes into the store, and no epoch of it is so damaged that it cannot.

    Raises:
        OSError, RecordingError: that cannot be told.
    """
    try:
        chain = read_chain(folder)
    except EpisodeNotFound:  # mere beginnings of journals, which make no episode; or they are damaged
        chain = []
    is_recorded = not chain or chain[-1].provenance.get("recording") is not False
    return is_recorded and not find_lost_epochs(folder, [each.epoch for each in chain])


def _list_files(followed: Followed, synced: Synced) -> dict[Path, int]:
    """The journals of an episode and how many bytes of each may be shipped.

    Raises:
        FileNotFoundError: it was taken away just now.
    """
    opened, storing = synced.opened, followed.storing
    if opened is not None and not opened.is_recorded:
        return {}
    if storing.older is None or (opened is not None and not storing.was_opened):
        storing.older = _find_older(followed, opened)
        storing.was_opened = opened is not None
    # Before OPEN is whole it is not known whether the episode may leave this machine.
    return {**storing.older, followed.tail.path: synced.n_bytes} if opened is not None else dict(storing.older)


def _find_older(followed: Followed, opened: Opened | None) -> dict[Path, int]:
    """The journals of older epochs, and how many of their bytes belong to the episode."""
    if opened is not None and opened.adopts is None:
        return {}
    try:
        return _read_older(followed)
    except EpisodeNotFound:
        return {}
    except RecordingError:
        if not followed.folder.is_dir():
            raise FileNotFoundError(followed.folder) from None
        logger.exception(
            "%s is not all there, and is never called stored",
            followed.folder.name,
            extra=about(followed.folder.name),
        )
        followed.storing.is_broken = True
        return {}


def _read_older(followed: Followed) -> dict[Path, int]:
    chain = read_chain(followed.folder)
    if chain[-1].provenance.get("recording") is False:
        return {}
    older = {each.path: after.adopts.n_bytes for each, after in pairwise(chain) if after.adopts is not None}
    if chain[-1].epoch != followed.epoch:
        # The newest epoch has no whole OPEN, perhaps for ever: then the episode ends with the one before.
        older[chain[-1].path] = _find_end(chain[-1].path)
    return older


def _find_end(journal: Path) -> int:
    scan = scan_journal(journal)
    for _record in scan:
        pass
    return scan.cursor.n_bytes
