"""Gives the episodes that wait to as many workers as are worth it, each the next one as soon as it is free."""

from __future__ import annotations

import errno
import logging
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from skill_arcade.domain.errors import DataFolderError, SkillArcadeError, StorageFull, StoreAway
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import list_epochs
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.server.sealing.episode_sealer import EpisodeSealer, Outcome
from skill_arcade.server.sealing.share import SLOW_AFTER_S, Share
from skill_arcade.server.sealing.status import SealerStatus
from skill_arcade.server.sealing.sweeper import Sweeper
from skill_arcade.server.sealing.waiting_list import WaitingList

logger = logging.getLogger(__name__)

LOOK_INTERVAL_S = 2.0
SWEEP_INTERVAL_S = 60.0

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Sealer:
    """Seals what can be sealed, with the other sealers of its machine.

    One thread gives out the work; others do it, of which each keeps to its episode.
    """

    def __init__(
        self,
        journals: Path,
        episodes: EpisodeSealer,
        sweeper: Sweeper | None,
        share: Share,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Seal nothing yet.

        Args:
            journals: the folder of all journals.
            episodes: seals one.
            sweeper: clears up; None where another process does.
            share: how much of the work is this process's.
            monotonic_s: a clock.
            jitter: 0 to 1, by chance.
        """
        self._journals = journals
        self._episodes = episodes
        self._sweeper = sweeper
        self._share = share
        self._monotonic_s = monotonic_s
        self._list = WaitingList(jitter)
        self._finished = SimpleQueue[tuple[str, Future[Outcome]] | None]()
        self._look_due_s = self._sweep_due_s = float("-inf")
        self._n_sealed = self._n_set_aside = 0
        self._status = SealerStatus()

    def status(self) -> SealerStatus:
        """How it stood a moment ago; from any thread."""
        return self._status

    def wake(self) -> None:
        """Make whoever waits in `work_until_idle` look whether it is to stop; from any thread."""
        self._finished.put(None)

    def work_until_idle(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Seal until nothing more can be sealed now, what comes meanwhile included; how many episodes that were.

        Args:
            is_stopping: whether to begin with no further episode.
        """
        n_before = self._n_sealed
        with ThreadPoolExecutor(self._share.n_at_once, "seal") as workers:
            while True:
                self._look_if_due()
                if not is_stopping():
                    self._give_out(workers)
                if not self._list.in_work:
                    break
                self._await_one()
        self._look_due_s = float("-inf")
        return self._n_sealed - n_before

    # ------------------------------------------------------------------------------------------------ giving it out

    def _give_out(self, workers: ThreadPoolExecutor) -> None:
        """Begin as many as are worth it; the others wait until a worker is free."""
        while (name := self._choose()) is not None:
            future = workers.submit(self._episodes.seal, self._journals / name)
            future.add_done_callback(partial(self._tell_done, name))

    def _tell_done(self, name: str, done: Future[Outcome]) -> None:
        self._finished.put((name, done))

    def _choose(self) -> str | None:
        now_s = self._monotonic_s()
        # Other processes look at the same episodes: each passes over those that are for the ones before it.
        chosen = self._list.find_next(now_s, self._share.number)
        if chosen is None:
            return None
        in_work = self._list.in_work
        n_slow = sum(each.begun_at_s is not None and now_s - each.begun_at_s > SLOW_AFTER_S for each in in_work)
        may_begin = self._share.may_begin(
            n_busy=len(in_work) - n_slow,
            n_slow=n_slow,
            n_waiting=self._list.count_ready(now_s),
            oldest_s=now_s - max(chosen.since_s, chosen.due_s),
        )
        if not may_begin:
            return None
        chosen.begun_at_s = now_s
        return chosen.name

    def _await_one(self) -> None:
        """Wait until an episode is done with, or it is time to look around."""
        try:
            done = self._finished.get(timeout=LOOK_INTERVAL_S)
        except Empty:
            return
        if done is not None:
            self._take_in(*done)
            self._note_status()

    # ------------------------------------------------------------------------------------------- what became of it

    def _take_in(self, name: str, done: Future[Outcome]) -> None:
        try:
            outcome = done.result()
        except Exception as error:  # noqa: BLE001 - the edge of a worker: its episode is tried again, others go on
            self._note_failure(name, error)
            return
        now_s = self._monotonic_s()
        if outcome is Outcome.ELSEWHERE:
            self._list.postpone(name, now_s + LOOK_INTERVAL_S)
            return
        if outcome in {Outcome.KEPT, Outcome.STILL_KEPT}:
            self._list.keep(name)
        else:
            self._list.settle(name)
        self._n_sealed += outcome in {Outcome.SEALED, Outcome.KEPT}
        self._n_set_aside += outcome is Outcome.SET_ASIDE
        if outcome is not Outcome.NOT_YET and (n_failures := self._list.note_all_is_there(now_s)):
            logger.info("sealing goes on after %d tries in vain", n_failures)

    def _note_failure(self, name: str, error: Exception) -> None:
        # Whatever goes wrong, nothing is lost: the journal stays where it is, and is tried again.
        is_shared = _is_shared(error)
        self._list.fail(name, type(error).__name__, self._monotonic_s(), is_shared=is_shared)
        is_known = isinstance(error, (SkillArcadeError, OSError))
        logger.log(
            logging.WARNING if is_shared else logging.ERROR,
            "%s is not sealed yet: %s",
            *(name, error if is_known else f"{type(error).__name__}: {error}"),
            exc_info=None if is_known else error,
            extra=about(name),
        )

    def _note_status(self) -> None:
        reasons = self._list.reasons
        self._status = SealerStatus(
            n_waiting=self._list.n_waiting,
            oldest_waiting_s=self._list.find_oldest_s(self._monotonic_s()),
            n_sealed=self._n_sealed,
            n_failed_now=sum(reasons.values()),
            reasons=reasons,
            n_kept=self._list.n_kept,
            n_set_aside=self._n_set_aside,
        )

    # -------------------------------------------------------------------------------------------------- looking around

    def _look_if_due(self) -> None:
        now_s = self._monotonic_s()
        if self._sweeper is not None and now_s >= self._sweep_due_s:
            self._sweeper.try_to_sweep()
            self._sweep_due_s = self._monotonic_s() + SWEEP_INTERVAL_S
        if now_s >= self._look_due_s:
            self._look(now_s)
            self._look_due_s = now_s + LOOK_INTERVAL_S

    def _look(self, now_s: float) -> None:
        newest = {folder.name: _find_newest(folder) for folder in self._list_folders()}
        self._episodes.look({path for path in newest.values() if path is not None})
        self._list.refresh([name for name, path in newest.items() if path is not None and self._is_left(path)], now_s)
        self._note_status()

    def _list_folders(self) -> Iterator[Path]:
        return iter(sorted(self._journals.iterdir()) if self._journals.is_dir() else [])

    def _is_left(self, newest: Path) -> bool:
        """Whether this journal may be one to seal; also where that cannot be told, which is told with sealing it."""
        try:
            return not is_locked(newest) and not self._episodes.is_waiting_for_a_player(newest)
        except OSError:
            return True


def _find_newest(folder: Path) -> Path | None:
    """The journal of an episode's newest epoch; None if there is none."""
    try:
        epochs = list_epochs(folder)
    except FileNotFoundError:  # sealed, and taken away just now
        return None
    except OSError:
        return folder  # it may not be read, which is told when it is to be sealed
    return journal_path(folder, epochs[-1]) if epochs else None


def _is_shared(error: Exception) -> bool:
    """Whether any other episode would have failed likewise."""
    is_full = isinstance(error, OSError) and error.errno in _FULL
    return is_full or isinstance(error, (StoreAway, StorageFull, DataFolderError))
