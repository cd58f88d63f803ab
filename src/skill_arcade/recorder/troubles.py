"""What cannot be done with one journal for now: told once, as it is tried again at every look."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from pathlib import Path

from skill_arcade.domain.log_line import about

logger = logging.getLogger(__name__)


class Troubles:
    """Which episodes' journals are in trouble, with what and since when; may be used by several threads.

    A file that cannot be opened, or a disk that does not give its bytes, concerns no other episode, and may be mended.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since_s: dict[tuple[str, str], float] = {}

    def note(self, folder: Path, what: str, error: OSError, since_s: float = 0.0) -> None:
        """Something failed; it is told if it did not fail the last time.

        Args:
            folder: of the episode.
            what: failed, the words behind "cannot be".
            error: why.
            since_s: a monotonic time, for whoever asks for it.
        """
        with self._lock:
            is_new = (folder.name, what) not in self._since_s
            self._since_s.setdefault((folder.name, what), since_s)
        if is_new:
            told = "%s cannot be %s, and is tried again: %s"
            logger.error(told, folder, what, error, extra=about(folder.name))

    def clear(self, folder: Path, what: str) -> None:
        """It works."""
        with self._lock:
            was_there = self._since_s.pop((folder.name, what), None) is not None
        if was_there:
            logger.info("%s can be %s again", folder, what, extra=about(folder.name))

    def keep_only(self, names: Collection[str]) -> None:
        """Forget all others: their folders are gone."""
        with self._lock:
            self._since_s = {key: since_s for key, since_s in self._since_s.items() if key[0] in names}

    def find_oldest_s(self, counts: Callable[[str, str], bool]) -> float | None:
        """Since when something fails, of those that count by the folder's name and by what fails; None if nothing."""
        with self._lock:
            some = [since_s for (name, what), since_s in self._since_s.items() if counts(name, what)]
        return min(some, default=None)
