"""The shipper: gets every live journal onto the disk in groups, says how far, and tells the store and the index.

It never writes to a journal, and no session ever waits for it. `sync`, `ship` and `write_rows` are for a thread each: a
disk, a store and a database that hang do not hold up one another.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from skill_arcade.domain.errors import RecordingError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import find_newest_epoch
from skill_arcade.recorder.followed import Followed, LiveJournals, Synced
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.live_rows import LiveRows
from skill_arcade.recorder.retry_wait import Retry
from skill_arcade.recorder.safe_file import HERE, STORE, publish
from skill_arcade.recorder.shipper_status import ShipperStatus
from skill_arcade.recorder.shipping import Shipping
from skill_arcade.recorder.spool.spooler import Spooler
from skill_arcade.recorder.tail import JournalTail

SYNCS_AT_ONCE = 4
"""Files that are synced at the same time: one commit of the file system takes along all that wait for one."""

PATIENCE_S = 8.0
"""How long somebody waits for everything to be in the store."""

logger = logging.getLogger(__name__)


class Shipper:
    """Looks after all journals in one folder; one for each machine.

    Args:
        journals: the folder of all journals.
        index: gets the steps of running episodes; None to index them only when they are sealed.
        spooler: gets what is on the disk into the store; None where the store is a folder of this machine, so that
            what is durable here is durable in the store as well.
        on_moved: is told, by `write_rows`, of an episode that another server has taken over.
        monotonic_s: a clock.
        jitter: 0 to 1, by chance.
    """

    def __init__(
        self,
        journals: Path,
        index: EpisodeIndex | None,
        *,
        spooler: Spooler | None = None,
        on_moved: Callable[[UUID], None] = lambda _episode_id: None,
        monotonic_s: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._folder = journals
        self._spooler = spooler
        self._monotonic_s = monotonic_s
        self._live = LiveJournals()
        self._index_retry = Retry(monotonic_s, jitter)
        self._rows = LiveRows(self._live, index, self._index_retry, on_moved) if index is not None else None
        self._ship_retry = Retry(monotonic_s, jitter)
        self._shipping = None
        if spooler is not None:
            self._shipping = Shipping(self._live, spooler, self._ship_retry, monotonic_s=monotonic_s)
        self._threads = ThreadPoolExecutor(SYNCS_AT_ONCE, "sync")
        self._sync_lock = threading.Lock()
        self._looked_at_s = monotonic_s()

    def sync(self) -> int:
        """Sync what was written since the last call, and publish it as `durable_here` (LIVE-60, REC-5).

        Returns:
            How many episodes have ended since; whoever asks for one of those should not be told that it runs.
        """
        with self._sync_lock:
            at_s = self._monotonic_s()
            self._look_for_journals(at_s)
            grown = [each for each in self._live.all() if self._try(self._read_one, each, at_s)]
            parts = [grown[i::SYNCS_AT_ONCE] for i in range(min(SYNCS_AT_ONCE, len(grown)))]
            n_ended = sum(self._threads.map(lambda part: self._sync_some(part, at_s), parts))
            self._looked_at_s = at_s
            return n_ended

    def write_rows(self) -> bool:
        """Index the steps that came, of all episodes in one transaction; to be called every few seconds.

        A database that is away is asked again without end, ever more slowly; calls in between do nothing.

        Returns:
            Whether that was all that can be done now; if not, there are more steps than one transaction takes.
        """
        is_all = self._rows.write() if self._rows is not None else True
        is_there = self._index_retry.wait_s == 0
        if is_there and self._spooler is not None and self._spooler.is_loaded:
            self._spooler.forget_released()
        return is_all

    def ship(self) -> float | None:
        """Put what is on the disk and not in the store there, as one segment, and publish it as `durable_store`.

        A store that is away is asked again without end, ever more slowly; calls in between do nothing.

        Returns:
            After how many seconds to call again; None for the usual interval.
        """
        return self._shipping.ship() if self._shipping is not None else None

    def ship_all(self, folder: Path | None = None, *, timeout_s: float = PATIENCE_S) -> bool:
        """Sync and ship everything that was written, now: an episode is let go to another server, or this one stops.

        Args:
            folder: of that episode; None for all.
            timeout_s: how long it may take; a put that has begun then may still arrive.

        Returns:
            Whether it is all in the store.
        """
        self.sync()
        return self._shipping.ship_all(folder, timeout_s) if self._shipping is not None else True

    def status(self) -> ShipperStatus:
        """How far behind everything is at this moment; from any thread."""
        now_s, shipping = self._monotonic_s(), self._shipping
        followed = self._live.all()
        sound = [each for each in followed if not (each.is_given_up or each.storing.is_broken)]
        unstored = [each for each in sound if shipping is not None and not shipping.is_stored(each)]
        return ShipperStatus(
            n_followed=len(followed),
            n_given_up=len(followed) - len(sound),
            oldest_not_here_s=now_s - self._looked_at_s if not all(map(_is_synced, sound)) else 0.0,
            oldest_not_in_store_s=_age(now_s, [each.store_wait.since_s for each in unstored]),
            oldest_not_in_sql_s=_age(now_s, [each.sql_wait.since_s for each in sound if self._is_indexed(each)]),
            n_rows_waiting=sum(len(each.rows) for each in followed),
            n_bytes_not_in_store=sum(shipping.count_missing_bytes(each) for each in unstored) if shipping else 0,
            n_ship_failures=self._ship_retry.n_failures,
            n_index_failures=self._index_retry.n_failures,
            n_segments=shipping.n_segments if shipping is not None else 0,
            n_segments_kept=shipping.n_segments_kept if shipping is not None else 0,
            fault=(shipping.fault or "") if shipping is not None else "",
        )

    def _is_indexed(self, followed: Followed) -> bool:
        return self._rows is not None and not followed.indexing.is_unreadable

    # ---------------------------------------------------------------------------------- durability

    def _look_for_journals(self, at_s: float) -> None:
        names = {path.name for path in self._folder.iterdir()} if self._folder.is_dir() else set()
        self._live.keep_only(names)  # others are sealed, or set aside
        for name in names:
            known = self._live.get(name)
            folder = known.folder if known is not None else self._folder / name
            # Whoever takes an episode over begins an epoch of a number that need not be the next.
            epoch = find_newest_epoch(folder)
            is_known = epoch is None or (known is not None and known.epoch == epoch)
            if epoch is not None and not is_known and not self._live.has_left(name, epoch):
                self._follow(folder, epoch, at_s)

    def _follow(self, folder: Path, epoch: int, at_s: float) -> None:
        newest = journal_path(folder, epoch)
        tail = JournalTail(newest, wants_rows=self._rows is not None)
        followed = Followed(folder, epoch, tail, Synced(0, 0, None, (), None, at_s))
        try:
            _sync_older_epochs(folder, newest)
        except FileNotFoundError:
            return  # sealed, and taken away just now; if not, it is found again
        except OSError as error:
            # What this epoch stands on may be lost: see `_try`.
            logger.critical("%s: never called safe: %s", newest, error, extra=about(folder.name))
            followed.is_given_up = True
        self._live.follow(followed)

    def _try(self, work: Callable[[Followed, float], bool], followed: Followed, at_s: float) -> bool:
        """What `work` says of one journal; False where it failed, which concerns no other journal."""
        try:
            return work(followed, at_s)
        except FileNotFoundError:
            self._live.drop(followed)
        except (RecordingError, OSError) as error:
            # After a failed fsync the kernel forgets which pages were lost, and a second one would lie:
            # nothing of this file is ever called durable again.
            logger.critical(
                "%s: no longer called safe: %s", followed.tail.path, error, extra=about(followed.folder.name)
            )
            followed.is_given_up = True
        return False

    def _read_one(self, followed: Followed, _at_s: float) -> bool:
        """Read on in one journal; whether there is something to sync."""
        if followed.is_given_up:
            return False
        n_bytes = followed.tail.path.stat().st_size
        if n_bytes == followed.seen_bytes:
            if followed.synced.end is None:  # else there is no session any more
                self._publish(followed, followed.synced)
            return False
        rows = followed.tail.read_new()
        followed.seen_bytes = n_bytes
        if not followed.indexing.is_unreadable:
            followed.fresh.extend(rows)
        return True

    def _sync_some(self, some: Sequence[Followed], at_s: float) -> int:
        """Sync these journals one after another; how many episodes have ended."""
        return sum(self._try(self._sync_one, each, at_s) for each in some)

    def _sync_one(self, followed: Followed, at_s: float) -> bool:
        """Sync one journal; whether its episode has ended since the last time."""
        tail, before = followed.tail, followed.synced
        # What was read is in the file already, so the sync takes it along.
        _sync_file(tail.path)
        synced = Synced(tail.n_bytes, tail.n_steps, tail.opened, tail.segments, tail.end, at_s)
        self._publish(followed, synced)
        # Only now may it be shipped and indexed: what is there is here as well.
        followed.synced = synced
        came_after_s = min(self._looked_at_s, at_s)
        if followed.fresh:
            self._live.add_rows(followed, followed.fresh, came_after_s)
            followed.fresh = []
        if synced.n_bytes > before.n_bytes:
            with self._live.lock:
                followed.store_wait.begin(came_after_s)
        return synced.end is not None and before.end is None

    def _publish(self, followed: Followed, synced: Synced) -> None:
        """Tell the session how much is durable here, unless it knows."""
        if synced.n_steps == followed.published_steps:
            return
        is_local = self._spooler is None or (synced.opened is not None and not synced.opened.is_recorded)
        if publish(followed.folder, synced.n_steps, *((HERE, STORE) if is_local else (HERE,))):
            followed.published_steps = synced.n_steps


def _is_synced(followed: Followed) -> bool:
    """Whether all that is in the file is on the disk, but for what is not a whole record."""
    try:
        n_bytes = followed.tail.path.stat().st_size
    except FileNotFoundError:
        return True  # sealed, and taken away
    return n_bytes == followed.seen_bytes and followed.tail.n_bytes == followed.synced.n_bytes


def _age(now_s: float, since: Sequence[float | None]) -> float:
    return max((now_s - each for each in since if each is not None), default=0.0)


def _sync_older_epochs(folder: Path, newest: Path) -> None:
    """Sync what the newest epoch may have adopted, and the names of all files: no session does."""
    for path in (*folder.glob("*.journal"), folder, folder.parent):
        if path != newest:
            _sync_file(path)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
