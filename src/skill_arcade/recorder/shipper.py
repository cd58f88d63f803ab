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
from copy import copy
from pathlib import Path
from uuid import UUID

from skill_arcade.domain.errors import RecordingError, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import find_newest_epoch, parse_episode_id
from skill_arcade.recorder.followed import Followed, LiveJournals, Synced
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.journal import journal_path
from skill_arcade.recorder.live_rows import LiveRows
from skill_arcade.recorder.retry_wait import Retry
from skill_arcade.recorder.safe_file import HERE, STORE, publish
from skill_arcade.recorder.shipper_status import ShipperStatus
from skill_arcade.recorder.shipping import Shipping, is_synced
from skill_arcade.recorder.spool.spooler import Spooler
from skill_arcade.recorder.tail import JournalTail
from skill_arcade.recorder.troubles import Troubles

SYNCS_AT_ONCE = 4
"""Files that are synced at the same time: one commit of the file system takes along all that wait for one."""

PATIENCE_S = 8.0
"""How long somebody waits for everything to be in the store."""

logger = logging.getLogger(__name__)


_LOOKED_INTO, _SYNCED, _TOLD = "looked into", "read or synced", "told what is durable here"


class SyncFailed(OSError):
    """The kernel could not get a file onto the disk.

    It forgets then which pages were lost, and another sync, through whatever descriptor, would lie.
    """


class Shipper:
    """Looks after all journals in one folder; one for each machine.

    Args:
        journals: the folder of all journals.
        index: gets the steps of running episodes; None to index them only when they are sealed.
        spooler: gets what is on the disk into the store; None where the store is a folder of this machine, so that
            what is durable here is durable in the store as well.
        is_released: whether an episode is sealed or forgotten, where there is no spooler to tell; it may raise
            SkillArcadeError.
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
        is_released: Callable[[UUID], bool] = lambda _episode_id: False,
        on_moved: Callable[[UUID], None] = lambda _episode_id: None,
        monotonic_s: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._folder = journals
        self._spooler = spooler
        self._is_released = spooler.is_released if spooler is not None else is_released
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
        self._troubles = Troubles()
        self._unsynced: set[str] = set()  # folders in which a sync failed
        self._released: frozenset[str] = frozenset()  # of journals that were given up and are no more needed

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
        if self._index_retry.wait_s == 0:
            if self._spooler is not None and self._spooler.is_loaded:
                self._spooler.forget_released()
            self._ask_of_given_up()
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
            For one episode: whether the store gives back all of it, so that nothing is lost if its folder is removed.
            For all: whether every episode is in the store that is ever to be there, is not sealed yet, and is this
            server's. Where the store is a folder of this machine, journals stay where they are, and are safe there.
        """
        self.sync()
        return self._shipping.ship_all(folder, timeout_s) if self._shipping is not None else folder is None

    def status(self) -> ShipperStatus:
        """How far behind everything is at this moment; from any thread."""
        now_s, shipping = self._monotonic_s(), self._shipping
        followed = self._live.all()
        sound = [each for each in followed if not _is_given_up(each)]
        released = self._released
        unstored = [each for each in sound if shipping is not None and not shipping.is_stored(each)]
        return ShipperStatus(
            n_followed=len(followed),
            n_given_up=sum(_is_given_up(each) and each.folder.name not in released for each in followed),
            oldest_not_here_s=self._find_age_not_here_s(now_s, sound),
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

    def _find_age_not_here_s(self, now_s: float, sound: Sequence[Followed]) -> float:
        failing_since_s = self._troubles.find_oldest_s(
            lambda name, what: what != _TOLD and parse_episode_id(name) is not None
        )
        looked_at_s = self._looked_at_s if not all(map(is_synced, sound)) else None
        return _age(now_s, [failing_since_s, looked_at_s])

    def _is_indexed(self, followed: Followed) -> bool:
        return self._rows is not None and not followed.indexing.is_unreadable

    def _ask_of_given_up(self) -> None:
        """Ask which of the journals that were given up are kept as evidence alone (REC-37)."""
        names = {each.folder.name for each in self._live.all() if _is_given_up(each)}
        try:
            self._released = frozenset(each for each in names if each in self._released or self._is_kept(each))
        except SkillArcadeError as error:
            logger.warning("which episodes are sealed cannot be told: %s", error)

    def _is_kept(self, name: str) -> bool:
        episode_id = parse_episode_id(name)
        return episode_id is not None and self._is_released(episode_id)

    # ---------------------------------------------------------------------------------- durability

    def _look_for_journals(self, at_s: float) -> None:
        names = {path.name for path in self._folder.iterdir()} if self._folder.is_dir() else set()
        self._live.keep_only(names)  # others are sealed, or set aside
        self._troubles.keep_only(names)
        self._unsynced &= names
        for name in names:
            known = self._live.get(name)
            folder = known.folder if known is not None else self._folder / name
            try:
                self._look_into(folder, known, at_s)
            except FileNotFoundError:
                continue  # sealed, and taken away just now; if not, it is found again
            except OSError as error:
                self._note_trouble(folder, _LOOKED_INTO, error, at_s)
            else:
                self._troubles.clear(folder, _LOOKED_INTO)

    def _look_into(self, folder: Path, known: Followed | None, at_s: float) -> None:
        # Whoever takes an episode over begins an epoch of a number that need not be the next.
        epoch = find_newest_epoch(folder)
        is_known = epoch is None or (known is not None and known.epoch == epoch)
        if epoch is not None and not is_known and not self._live.has_left(folder.name, epoch):
            self._follow(folder, epoch, at_s)

    def _follow(self, folder: Path, epoch: int, at_s: float) -> None:
        newest = journal_path(folder, epoch)
        tail = JournalTail(newest, wants_rows=self._rows is not None)
        followed = Followed(folder, epoch, tail, Synced(0, 0, None, (), None, at_s))
        try:
            _sync_older_epochs(folder, newest)
        except SyncFailed as error:
            self._give_up(followed, error)
        if folder.name in self._unsynced and not followed.is_given_up:
            self._give_up(followed, SyncFailed("it goes on from what could not be synced"))
        self._live.follow(followed)

    def _give_up(self, followed: Followed, error: RecordingError | SyncFailed) -> None:
        """Never call anything more of this journal durable; nor of later epochs, where a sync failed."""
        logger.critical("%s: no longer called safe: %s", followed.tail.path, error, extra=about(followed.folder.name))
        if isinstance(error, SyncFailed):
            self._unsynced.add(followed.folder.name)
        followed.is_given_up = True
        self._troubles.clear(followed.folder, _SYNCED)

    def _note_trouble(self, folder: Path, what: str, error: OSError, at_s: float) -> None:
        self._troubles.note(folder, what, error, min(self._looked_at_s, at_s))

    def _try(self, work: Callable[[Followed, float], bool], followed: Followed, at_s: float) -> bool:
        """What `work` says of one journal; False where it failed, which concerns no other journal."""
        try:
            return work(followed, at_s)
        except FileNotFoundError:
            self._live.drop(followed)
        except (RecordingError, SyncFailed) as error:
            self._give_up(followed, error)
        except OSError as error:
            followed.seen_bytes = -1  # what was read waits to be synced, though nothing more may come
            self._note_trouble(followed.folder, _SYNCED, error, at_s)
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
        tail = copy(followed.tail)  # one that fails on its way has taken in some records, and would again
        rows = tail.read_new()
        followed.tail, followed.seen_bytes = tail, n_bytes
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
        self._troubles.clear(followed.folder, _SYNCED)
        return synced.end is not None and before.end is None

    def _publish(self, followed: Followed, synced: Synced) -> None:
        """Tell the session how much is durable here, unless it knows."""
        if synced.n_steps == followed.published_steps:
            return
        is_local = self._spooler is None or (synced.opened is not None and not synced.opened.is_recorded)
        try:
            if publish(followed.folder, synced.n_steps, *((HERE, STORE) if is_local else (HERE,))):
                followed.published_steps = synced.n_steps
        except OSError as error:
            self._troubles.note(followed.folder, _TOLD, error)  # it is safe nevertheless, and told at the next look
        else:
            self._troubles.clear(followed.folder, _TOLD)


def _is_given_up(followed: Followed) -> bool:
    return followed.is_given_up or followed.storing.is_broken


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
    except OSError as error:
        raise SyncFailed(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(descriptor)
