"""Work that is done again and again, each in a thread of its own, whatever fails for a while."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from skill_arcade.domain.errors import SkillArcadeError

LONGEST_WAIT_S = 5.0
"""A database that is back is used soon."""

_FAREWELL_S = 1.0
"""All that is being done when all is to stop gets so long. A store that hangs is not waited for."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Repeated:
    """One kind of work.

    Attributes:
        name: of the thread; in the log it says what fails.
        work: what is done; it may say after how many seconds it is to be done again.
        interval_s: from the end of one time to the beginning of the next, where it does not.
        longest_wait_s: what fails is tried again ever more rarely, but never more rarely than this (or the interval).
        nudge: set by anybody, it lets the next time begin at once.
    """

    name: str
    work: Callable[[], float | None]
    interval_s: float
    longest_wait_s: float = LONGEST_WAIT_S
    nudge: threading.Event = field(default_factory=threading.Event)


def repeat_all(works: Sequence[Repeated], stop: threading.Event) -> None:
    """Do all of them, side by side, until `stop` is set.

    What the world does to us (SkillArcadeError, OSError) is logged when it begins, and the work is tried again. What
    only a fault of the program can be ends all of them, and is raised here.
    """
    faults: list[BaseException] = []
    threads = [
        threading.Thread(target=_repeat_or_end, args=(each, stop, faults), name=each.name, daemon=True)
        for each in works
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for each in works:
        each.nudge.set()
    deadline_s = time.monotonic() + _FAREWELL_S
    for thread in threads:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    if faults:
        raise faults[0]


def _repeat_or_end(repeated: Repeated, stop: threading.Event, faults: list[BaseException]) -> None:
    try:
        _repeat(repeated, stop)
    except BaseException as error:  # noqa: BLE001 - the edge of a thread: its process ends with it, and starts anew
        faults.append(error)
        stop.set()


def _repeat(repeated: Repeated, stop: threading.Event) -> None:
    n_failures = 0
    while not stop.is_set():
        repeated.nudge.clear()
        wanted_s: float | None = None
        try:
            wanted_s = repeated.work()
        except (SkillArcadeError, OSError) as error:
            n_failures += 1
            level = logging.WARNING if n_failures == 1 else logging.DEBUG  # not once a second for ten minutes
            logger.log(level, "%s does not work now and is tried again: %s", repeated.name, error)
        else:
            if n_failures:
                logger.warning("%s works again, after %d failures", repeated.name, n_failures)
            n_failures = 0
        if not stop.is_set():
            wait_s = compute_wait_s(repeated.interval_s, repeated.longest_wait_s, n_failures, random.random())
            repeated.nudge.wait(wait_s if wanted_s is None else wanted_s)


def compute_wait_s(interval_s: float, longest_wait_s: float, n_failures: int, dice: float) -> float:
    """How long to wait before the next time; pure.

    Args:
        interval_s: where nothing fails.
        longest_wait_s: see `Repeated`.
        n_failures: how often it has failed in a row.
        dice: from 0 to 1; many servers are not to come back to a database at the same moment.
    """
    if n_failures == 0:
        return interval_s
    longest_s = max(longest_wait_s, interval_s)
    return min(interval_s * 2.0 ** min(n_failures, 16), longest_s) * (0.5 + dice / 2)
