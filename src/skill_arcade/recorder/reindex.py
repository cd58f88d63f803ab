"""Making the index say what the records say: of one sealed episode, or of all there are (REC-61)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from skill_arcade.archive.layout import SealedPlace, Table, parse_table_key, table_prefix
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.errors import EpisodeNotFound, RecordingError
from skill_arcade.recorder.episode_facts import facts_of_journal, facts_of_sealed
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.index_rows import step_rows_of_journal
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.seal import find_place
from skill_arcade.recorder.sealed_rows import SEALED_COLUMNS, step_rows_of_sealed
from skill_arcade.recorder.unreadable import naming_unreadable

BEGINS_WITHIN = timedelta(minutes=2)
"""While a server runs, an episode may have no journal yet: its session is being started."""

_SEGMENT_COLUMNS = ["segment", "utc_ns", "monotonic_ns"]


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What was found.

    Attributes:
        n_sealed: sealed episodes that are indexed now.
        n_in_journals: episodes that are only in journals and are indexed now.
        unreadable: one sentence for each record that could not be read.
    """

    n_sealed: int
    n_in_journals: int
    unreadable: tuple[str, ...]


def index_sealed(index: EpisodeIndex, store: BlobStore, place: SealedPlace) -> None:
    """Make the index say what one sealed episode says.

    Raises:
        BlobNotFound: it is not sealed.
    """
    (row,) = _read_rows(store, place, Table.EPISODES, None)
    segments = list(_read_rows(store, place, Table.SEGMENTS, _SEGMENT_COLUMNS))
    index.reconcile(
        facts_of_sealed(row, place.game_id),
        lambda: step_rows_of_sealed(_read_batches(store, place, Table.STEPS, SEALED_COLUMNS), segments),
        sealed=True,
    )


def reindex(index: EpisodeIndex, store: BlobStore, journals: Path) -> Reindexed:
    """Make the index say what all sealed episodes and all journals say, and nothing of episodes without either."""
    sealed = {str(place.episode_id): place for place in list_sealed(store)}
    unreadable: list[str] = []
    n_sealed = 0
    for episode_id, place in sealed.items():
        try:
            with naming_unreadable(f"Episode {episode_id}"):
                index_sealed(index, store, place)
            n_sealed += 1
        except RecordingError as error:
            unreadable.append(f"{episode_id}: {error}")
    folders = sorted(journals.iterdir()) if journals.is_dir() else []
    index.forget_unbegun(journals, after=BEGINS_WITHIN, sealed=sealed.keys())
    unsealed = [folder for folder in folders if folder.name not in sealed]
    n_in_journals = sum(_index_journal(index, store, folder, unreadable) for folder in unsealed)
    return Reindexed(n_sealed, n_in_journals, tuple(unreadable))


def list_sealed(store: BlobStore) -> Iterator[SealedPlace]:
    """Every sealed episode in the store (REC-35)."""
    return (parse_table_key(key)[1] for key in store.list(table_prefix(Table.EPISODES)))


def _index_journal(index: EpisodeIndex, store: BlobStore, folder: Path, unreadable: list[str]) -> bool:
    try:
        journal = read_episode_journal(folder)
        facts, key = facts_of_journal(journal), find_place(journal).key(Table.EPISODES)
        # The list of what is sealed was made a while ago.
        index.note_files_lost(journal.episode_id, lambda: store.exists(key))
        index.reconcile(facts, lambda: step_rows_of_journal(journal), sealed=False)
    except EpisodeNotFound:
        return False  # nothing was begun here
    except RecordingError as error:
        unreadable.append(f"{folder.name}: {error}")
        return False
    return True


def _read_rows(
    store: BlobStore, place: SealedPlace, table: Table, columns: Sequence[str] | None
) -> Iterator[Mapping[str, Any]]:
    for batch in _read_batches(store, place, table, columns):
        yield from batch.to_pylist()


def _read_batches(
    store: BlobStore, place: SealedPlace, table: Table, columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    # One thread: a pool of them would be started for a file of a few kilobytes, and another to read ahead.
    file = pq.ParquetFile(pa.BufferReader(store.get(place.key(table))), pre_buffer=False)
    yield from file.iter_batches(columns=None if columns is None else list(columns), use_threads=False)
