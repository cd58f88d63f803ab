"""Journals on their way into the store; one that is away is asked again without end (REC-33, LIVE-60)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

from skill_arcade.domain.errors import EpisodeNotFound, RecordingError, StorageFull, StoreAway
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import read_chain
from skill_arcade.recorder.followed import Awaited, Followed, LiveJournals, Synced
from skill_arcade.recorder.retry_wait import Retry
from skill_arcade.recorder.safe_file import STORE, publish
from skill_arcade.recorder.scanning import scan_journal
from skill_arcade.recorder.spool.spooler import Shipped, Spooler
from skill_arcade.recorder.tail import Opened

_AGAIN_S = 0.25
"""How often `ship_all` tries, while somebody waits for it."""

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
            Whether everything that was written is in the store.
        """
        deadline_s = self._monotonic_s() + timeout_s
        told: list[bool] = []
        # A store that hangs does so for longer than whoever waits here has time.
        thread = threading.Thread(
            target=lambda: told.append(self._ship_until(folder, timeout_s, deadline_s)), name="ship all", daemon=True
        )
        thread.start()
        thread.join(timeout_s)
        return told == [True]

    def _ship_until(self, folder: Path | None, timeout_s: float, deadline_s: float) -> bool:
        if not self._lock.acquire(timeout=timeout_s):
            return False
        try:
            while self.fault is None:
                some = [each for each in self._journals.all() if folder is None or each.folder == folder]
                shipped = self._try(some)
                if shipped is not None and shipped.is_all:
                    if folder is None:
                        self._clear(deadline_s)
                    return not any(each.is_given_up for each in some)
                if self._monotonic_s() >= deadline_s:
                    return False
                if shipped is None or shipped.number is None:
                    self._sleep(_AGAIN_S)
            return False
        finally:
            self._lock.release()

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
        except (StoreAway, StorageFull, OSError) as error:
            self._retry.note_failure()
            logger.warning("journals wait for the store: %s", error)
            return None
        except RecordingError as error:
            self._retry.note_failure()
            self.fault = str(error)
            logger.critical("no journal is shipped any more: %s", error)
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
        except (StoreAway, StorageFull, OSError, RecordingError) as error:
            logger.warning("old segments are not cleared away: %s", error)

    # ------------------------------------------------------------------------------------ what is shipped

    def _gather(self, journals: list[Followed]) -> dict[Path, int]:
        """All bytes that may be shipped, of all epochs."""
        files: dict[Path, int] = {}
        for followed in journals:
            synced, storing = followed.synced, followed.storing
            try:
                some = _list_files(followed, synced)
            except FileNotFoundError:
                continue  # sealed, and taken away just now
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
        if not is_told and publish(followed.folder, storing.n_steps, STORE):
            storing.published_steps = storing.n_steps

    def _is_there(self, files: Mapping[Path, int]) -> bool:
        return all(self._spooler.count_stored(path) >= n_bytes for path, n_bytes in files.items())


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
        chain = read_chain(followed.folder)
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
