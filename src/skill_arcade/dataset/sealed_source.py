"""An episode read from its sealed files, with nothing but Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.dataset.source import Frame, LocalEpisode
from skill_arcade.dataset.stored_file import open_stored_file
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.recorder.observation_column import read_cell
from skill_arcade.recorder.provenance import parse_observation_kind
from skill_arcade.recorder.tables import JSON_COLUMNS
from skill_arcade.recorder.unreadable import naming_unreadable

_PICTURES_AT_ONCE = 8
"""So many stay in the processor's caches, and take no new memory for each: half the time of a row group at once."""


@dataclass(frozen=True)
class SealedSource:
    """The episode at a place of a store.

    Attributes:
        store: where the files are.
        place: which partition.
        row: the row of table `episodes` while that file is not written yet; else None.
    """

    store: BlobStore
    place: SealedPlace
    row: Mapping[str, Any] | None = None

    def read_row(self) -> Mapping[str, Any]:
        """See EpisodeSource."""
        return self._row

    @cached_property
    def _row(self) -> Mapping[str, Any]:
        if self.row is not None:
            return self.row
        table = self.read_table(Table.EPISODES)
        with self._reading(Table.EPISODES):
            row = parse_row(table.to_pylist()[0])
        return {**row, "game_id": self.place.game_id, "date": self.place.date}

    def read_table(self, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
        """See EpisodeSource."""
        with self._reading(table), self._open(table) as file:
            # Threads: a pool of them would be started for a few kilobytes.
            found = file.read(None if columns is None else list(columns), use_threads=False)
        return found if columns is None else found.select(columns)

    def iterate_frames(self, start: int, stop: int) -> Iterator[Frame]:
        """See EpisodeSource. Reads only the row groups that are needed."""
        with self._reading(Table.EPISODES):
            row = self.read_row()
            form = PictureFormat(row["picture_width"], row["picture_height"], row["pixels"], row["palette"])
            kind = parse_observation_kind(row)
        columns = ["picture"] if kind.is_picture else ["picture", "observation"]
        with self._reading(Table.FRAMES), self._open(Table.FRAMES) as file:
            first, groups = _groups_of(file.metadata, start, stop)
            batches = file.iter_batches(_PICTURES_AT_ONCE, groups, columns, use_threads=False)
            for batch in batches:
                if first >= stop:
                    break  # the last group goes on
                pictures = _pictures_of(batch.column("picture"), form)
                for i, picture in enumerate(islice(pictures, stop - first)):
                    if first + i >= start:
                        observation = None if kind.is_picture else read_cell(kind, batch.column("observation")[i])
                        yield Frame(first + i, picture, observation)
                first += batch.num_rows

    def copy_to(self, folder: Path) -> LocalEpisode:
        """See EpisodeSource."""
        if isinstance(self.store, LocalStore):
            return LocalEpisode(root=self.store.root, place=self.place, row=self._row)
        copy = LocalStore(folder)
        for table in Table:
            if table is not Table.EPISODES:
                copy.put_if_absent(self.place.key(table), self.store.get(self.place.key(table)))
        return LocalEpisode(root=folder, place=self.place, row=self._row)

    def _reading(self, table: Table) -> AbstractContextManager[None]:
        return naming_unreadable(f"Table {table} of episode {self.place.episode_id}")

    def _open(self, table: Table) -> pq.ParquetFile:
        # Not by path: pyarrow would take game_id and date of the path for columns.
        # Nor read ahead: a thread would be started for that.
        return pq.ParquetFile(open_stored_file(self.store, self.place.key(table)), pre_buffer=False)


def parse_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of table `episodes` with its JSON columns as JSON values."""
    return {k: json.loads(v) if k in JSON_COLUMNS and v is not None else v for k, v in row.items()}


def _groups_of(metadata: pq.FileMetaData, start: int, stop: int) -> tuple[int, list[int]]:
    """The numbers of the row groups that hold any of the frames `start` … `stop` - 1, and the first frame of them."""
    n_rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    begins = list(accumulate(n_rows, initial=0))
    groups = [group for group, n in enumerate(n_rows) if begins[group] < stop and start < begins[group] + n]
    return begins[groups[0]] if groups else 0, groups


def _pictures_of(column: pa.Array, form: PictureFormat) -> Iterator[Picture]:
    """Views of the pictures in a column, without an object of Arrow's for each."""
    _validity, offsets, data = column.buffers()
    start, *stops = np.frombuffer(offsets, np.int32, len(column) + 1, 4 * column.offset).tolist()
    for stop in stops:
        yield np.frombuffer(data, np.uint8, stop - start, start).reshape(form.shape)
        start = stop
