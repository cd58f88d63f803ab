"""Which episodes wait to be sealed, which of them comes next, and what has become of those that failed; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from skill_arcade.server.sealing.retry import OWN, SHARED, compute_retry_s


@dataclass(slots=True)
class Waiting:
    """One episode that waits, or is being sealed.

    Attributes:
        name: its id, as its folder is called.
        since_s: when it was first found waiting; monotonic, as all times here.
        due_s: it is not tried before.
        begun_at_s: when somebody began to seal it; None while nobody does.
        n_failures: tries that failed, in a row.
        reason: why the last one failed.
        is_shared: that reason concerns all episodes.
    """

    name: str
    since_s: float
    due_s: float
    begun_at_s: float | None = None
    n_failures: int = 0
    reason: str | None = None
    is_shared: bool = False


class WaitingList:
    """The episodes that wait, for one thread: the one that gives out the work.

    The one that has been due longest comes first, so that none is passed over for ever. While the store, the database
    or the disk is away, one at a time tries whether it is back, and after ever longer waits; when it is, all go on.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        """Nothing waits yet.

        Args:
            jitter: 0 to 1, by chance.
        """
        self._jitter = jitter
        self._waiting: dict[str, Waiting] = {}
        self._kept: set[str] = set()
        self._n_shared_failures = 0
        self._shared_until_s = float("-inf")

    # ------------------------------------------------------------------------------------------------ what there is

    @property
    def in_work(self) -> list[Waiting]:
        """Those that somebody is sealing."""
        return [each for each in self._waiting.values() if each.begun_at_s is not None]

    @property
    def n_waiting(self) -> int:
        """How many there are, those in work included."""
        return len(self._waiting)

    @property
    def n_kept(self) -> int:
        """How many journals are kept beside their sealed episode."""
        return len(self._kept)

    @property
    def reasons(self) -> Mapping[str, int]:
        """Of those whose last try failed: how many for which reason."""
        return dict(Counter(each.reason for each in self._waiting.values() if each.reason is not None))

    def find_oldest_s(self, now_s: float) -> float:
        """How long the oldest one has waited; 0.0 if there is none."""
        return max((now_s - each.since_s for each in self._waiting.values()), default=0.0)

    def count_ready(self, now_s: float) -> int:
        """Those that could be sealed now, in work or not."""
        return sum(each.begun_at_s is not None or each.due_s <= now_s for each in self._waiting.values())

    # -------------------------------------------------------------------------------------------------- who is next

    def refresh(self, left: Collection[str], now_s: float) -> None:
        """Take over what a look has found.

        Args:
            left: the folders of all episodes that could be sealed, in a fixed order.
            now_s: the time now.
        """
        self._kept.intersection_update(left)
        found = {
            name: self._waiting.get(name) or Waiting(name, now_s, now_s) for name in left if name not in self._kept
        }
        self._waiting = {**{each.name: each for each in self.in_work}, **found}

    def find_next(self, now_s: float, n_passed_over: int = 0) -> Waiting | None:
        """The one that has been due longest; None if none is due, or has to wait for what all need.

        Args:
            now_s: the time now.
            n_passed_over: so many of those before it are left to others, if there are any behind them.
        """
        if now_s < self._shared_until_s or (self._n_shared_failures and self.in_work):
            return None
        due = [each for each in self._waiting.values() if each.begun_at_s is None and each.due_s <= now_s]
        due.sort(key=lambda each: each.due_s)
        return due[min(n_passed_over, len(due) - 1)] if due else None

    # ------------------------------------------------------------------------------------------- what became of it

    def settle(self, name: str) -> None:
        """It does not wait any more; should it do so after all, the next look finds it."""
        self._waiting.pop(name, None)

    def keep(self, name: str) -> None:
        """Its journal stays, and nothing is to be done about it here."""
        self.settle(name)
        self._kept.add(name)

    def postpone(self, name: str, due_s: float) -> None:
        """It is somebody else's at the moment."""
        waiting = self._waiting[name]
        waiting.begun_at_s, waiting.due_s = None, due_s

    def fail(self, name: str, reason: str, now_s: float, *, is_shared: bool) -> None:
        """A try failed.

        Args:
            name: whose.
            reason: the name of the error.
            now_s: the time now.
            is_shared: whether that would happen to any other episode as well.
        """
        waiting = self._waiting[name]
        waiting.begun_at_s, waiting.reason, waiting.is_shared = None, reason, is_shared
        waiting.n_failures += 1
        waits = SHARED if is_shared else OWN
        waiting.due_s = now_s + compute_retry_s(waiting.n_failures, waits, self._jitter())
        if is_shared:
            self._n_shared_failures += 1
            self._shared_until_s = now_s + compute_retry_s(self._n_shared_failures, SHARED, self._jitter())

    def note_all_is_there(self, now_s: float) -> int:
        """Store, database and disk have just been used; how many tries had failed for want of them."""
        n_failures, self._n_shared_failures = self._n_shared_failures, 0
        self._shared_until_s = float("-inf")
        if n_failures:
            for each in self._waiting.values():
                each.due_s = min(each.due_s, now_s) if each.is_shared else each.due_s
        return n_failures
