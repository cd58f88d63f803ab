"""How long nobody has written a journal: by two clocks, so that a wall clock that jumps abandons nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

WATCHED_AT_LEAST_S = 600.0
"""Nobody is called silent sooner after this process has begun to look: a machine that has just started may not know the
time yet, and nobody could come back while it was off."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A journal as it has stood since some look.

    Attributes:
        n_bytes: its length.
        since_s: when that length was first seen; monotonic.
        before_s: how long it had been so before, by the wall clock, but no longer than the time since the look before.
    """

    n_bytes: int
    since_s: float
    before_s: float


class SilenceWatch:
    """Watches the newest journals of all episodes, those included that are being played.

    What was silent before the first look can only be told by the wall clock. From then on the monotonic clock tells.
    """

    def __init__(self, utc_clock: Callable[[], datetime], monotonic_s: Callable[[], float]) -> None:
        self._utc_clock = utc_clock
        self._monotonic_s = monotonic_s
        self._seen: dict[Path, _Seen] = {}
        self._looked_at_s = float("-inf")

    def look(self, newest: Iterable[Path]) -> None:
        """See which journals have grown; one that is new has been silent for no longer than since the last look."""
        now_s = self._monotonic_s()
        seen: dict[Path, _Seen] = {}
        for path in newest:
            try:
                found = path.stat()
            except OSError:  # sealed and taken away; or it may not be read, which is told when it is to be sealed
                continue
            known = self._seen.get(path)
            if known is not None and known.n_bytes == found.st_size:
                seen[path] = known
            else:
                told_s = max(0.0, self._read_told_s(found.st_mtime))
                seen[path] = _Seen(found.st_size, now_s, min(told_s, now_s - self._looked_at_s))
        self._seen, self._looked_at_s = seen, now_s

    def is_silent(self, newest: Path, for_s: float) -> bool:
        """Whether nobody has written this journal for so many seconds.

        Of what both clocks say the shorter time counts, unless it was watched by the monotonic clock for all the time.
        """
        known, found = self._seen.get(newest), newest.stat()
        if known is None or known.n_bytes != found.st_size:
            return False
        watched_s = self._monotonic_s() - known.since_s
        if watched_s < min(WATCHED_AT_LEAST_S, for_s):
            return False
        told_s = self._read_told_s(found.st_mtime)
        return max(watched_s, min(told_s, known.before_s + watched_s)) > for_s

    def _read_told_s(self, modified_at_s: float) -> float:
        """How long ago that was by the wall clock; negative where it was set back."""
        return self._utc_clock().timestamp() - modified_at_s
