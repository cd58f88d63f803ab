"""How far behind the shipper is, for whoever looks after the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShipperStatus:
    """One moment of the shipper. Ages are of the oldest byte or row, by the monotonic clock, 0 where nothing waits.

    An age is at most so much too large as two looks are apart. Journals that were given up count in `n_given_up` alone.

    Attributes:
        n_followed: journals.
        n_given_up: of these, never called safe any more, and not sealed yet: a sync failed, or their bytes are wrong.
        oldest_not_here_s: of what is not on this machine's disk.
        oldest_not_in_store_s: of what is on the disk and not in the store.
        oldest_not_in_sql_s: of the steps on the disk that are not in SQL.
        n_rows_waiting: rows in memory that wait for the database.
        n_bytes_not_in_store: of the newest epochs, on the disk.
        n_ship_failures: puts that failed, since the process began.
        n_index_failures: transactions that failed, since the process began.
        n_segments: that were put since the process began.
        n_segments_kept: of this machine that are in the store.
        fault: why nothing is shipped any more, a sentence; empty while all is well.
    """

    n_followed: int
    n_given_up: int
    oldest_not_here_s: float
    oldest_not_in_store_s: float
    oldest_not_in_sql_s: float
    n_rows_waiting: int
    n_bytes_not_in_store: int
    n_ship_failures: int
    n_index_failures: int
    n_segments: int
    n_segments_kept: int
    fault: str
