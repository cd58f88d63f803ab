"""Bringing sealed episodes from this machine into a store that is elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import EpisodeMoved, RecordingError

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE = 256


class Upload:
    """Brings the six files of an episode to the store, `episodes` last (REC-35).

    When that has come, everything in the store has the rows that were verified here. A file that an earlier try has put
    there stays if it has these rows, whatever library wrote them; one that has others is replaced, as nobody reads an
    episode before its `episodes` is there.
    """

    def __init__(self, staging: LocalStore, store: BlobStore) -> None:
        """Bring nothing yet.

        Args:
            staging: where the files are made.
            store: where they go.
        """
        self._staging = staging
        self._store = store
        self._brought: set[str] = set()
        """Keys of which this process knows that the store has what was made here: they are not compared again."""

    def bring(self, place: SealedPlace, is_ours: Callable[[], bool]) -> None:
        """Bring all files. May be cut short and repeated.

        Args:
            place: of the episode.
            is_ours: whether this server has the episode still; asked before what cannot be undone.

        Raises:
            EpisodeMoved: it has not.
            StoreAway, StorageFull: again later.
            RecordingError: the episode is sealed in the store with other rows.
        """
        for table in Table:
            key = place.key(table)
            if key not in self._brought:
                if table is Table.EPISODES:
                    _require_ours(place, is_ours)
                self._bring_one(table, key, place, is_ours)
                self._brought.add(key)

    def forget(self, place: SealedPlace) -> None:
        """Remove the files that were made here."""
        for table in reversed(Table):
            self._staging.delete(place.key(table))
        self._brought.difference_update(place.key(table) for table in Table)

    def _bring_one(self, table: Table, key: str, place: SealedPlace, is_ours: Callable[[], bool]) -> None:
        path = self._staging.local_path(key)
        if self._store.put_if_absent(key, path):
            return
        found = self._store.get(key)
        if found == path.read_bytes() or _has_same_rows(found, path.read_bytes()):
            return
        if table is Table.EPISODES or self._store.exists(place.key(Table.EPISODES)):
            raise RecordingError(f"Episode {place.episode_id} is sealed in the store already, and not as it was here.")
        _require_ours(place, is_ours)
        logger.warning("%s: replaced in the store, as its rows were not those that were verified", key)
        self._store.delete(key)
        if not self._store.put_if_absent(key, path):
            raise RecordingError(f"Somebody else brings episode {place.episode_id} to the store.")


def _require_ours(place: SealedPlace, is_ours: Callable[[], bool]) -> None:
    if not is_ours():
        raise EpisodeMoved(str(place.episode_id))


def _has_same_rows(one: bytes, other: bytes) -> bool:
    try:
        files = [pq.ParquetFile(pa.BufferReader(data), pre_buffer=False) for data in (one, other)]
        if not files[0].schema_arrow.equals(files[1].schema_arrow):
            return False
        return _are_equal(*(file.iter_batches(_ROWS_AT_ONCE, use_threads=False) for file in files))
    except (pa.ArrowException, OSError):  # one of them is no Parquet file
        return False


def _are_equal(ones: Iterator[pa.RecordBatch], others: Iterator[pa.RecordBatch]) -> bool:
    """Whether two files have the same rows, however they are parted into batches."""
    one = other = None
    while True:
        one = one if one is not None and one.num_rows else next(ones, None)
        other = other if other is not None and other.num_rows else next(others, None)
        if one is None or other is None:
            return one is None and other is None
        n_rows = min(one.num_rows, other.num_rows)
        if not one.slice(0, n_rows).equals(other.slice(0, n_rows)):
            return False
        one, other = one.slice(n_rows), other.slice(n_rows)
