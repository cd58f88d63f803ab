"""An episode read from its sealed files, with nothing but Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from skill_arcade.domain.observation import ObservationKind
from skill_arcade.domain.picture import PictureFormat
from skill_arcade.recorder.observation_column import read_cell
from skill_arcade.recorder.provenance import parse_observation_kind
from skill_arcade.recorder.tables import JSON_COLUMNS


@dataclass(frozen=True, slots=True)
class SealedSource:
    """The episode at a place of a store.

    Attributes:
        store: where the files are.
        place: which partition.
        row: the row of table `episodes` while that file is not written yet; else None.
        journal: the folder of the journals that `row` was made from.
    """

    store: BlobStore
    place: SealedPlace
    row: Mapping[str, Any] | None = None
    journal: Path | None = None

    def read_row(self) -> Mapping[str, Any]:
        """See EpisodeSource."""
        if self.row is not None:
            return self.row
        row = self.read_table(Table.EPISODES).to_pylist()[0]
        return {**parse_row(row), "game_id": self.place.game_id, "date": self.place.date}

    def read_table(self, table: Table) -> pa.Table:
        """See EpisodeSource."""
        with self._open(table) as file:
            return file.read()

    def iterate_frames(self, start: int, stop: int) -> Iterator[Frame]:
        """See EpisodeSource. Reads only the row groups that are needed."""
        row = self.read_row()
        form = PictureFormat(row["picture_width"], row["picture_height"], row["pixels"], row["palette"])
        kind = parse_observation_kind(row)
        columns = ["picture"] if kind.is_picture else ["picture", "observation"]
        with self._open(Table.FRAMES) as file:
            for first, group in _groups_of(file.metadata, start, stop):
                table = file.read_row_group(group, columns=columns, use_threads=False)
                for i in range(max(0, start - first), min(table.num_rows, stop - first)):
                    yield _make_frame(table, i, first + i, form, kind)

    def copy_to(self, folder: Path) -> LocalEpisode:
        """See EpisodeSource."""
        place = (self.place.game_id, self.place.date.isoformat(), str(self.place.episode_id))
        journal = str(self.journal) if self.journal is not None else None
        if isinstance(self.store, LocalStore):
            return LocalEpisode(journal, str(self.store.root), place)
        copy = LocalStore(folder)
        for table in Table:
            if table is not Table.EPISODES or self.row is None:
                copy.put_if_absent(self.place.key(table), self.store.get(self.place.key(table)))
        return LocalEpisode(journal, str(folder), place)

    def _open(self, table: Table) -> pq.ParquetFile:
        # Not by path: pyarrow would take game_id and date of the path for columns.
        return pq.ParquetFile(open_stored_file(self.store, self.place.key(table)))


def parse_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of table `episodes` with its JSON columns as JSON values."""
    return {k: json.loads(v) if k in JSON_COLUMNS and v is not None else v for k, v in row.items()}


def _groups_of(metadata: pq.FileMetaData, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """First frame and number of every row group that holds any of the frames `start` … `stop` - 1."""
    first = 0
    for group in range(metadata.num_row_groups):
        n_rows = metadata.row_group(group).num_rows
        if first < stop and start < first + n_rows:
            yield first, group
        first += n_rows


def _make_frame(table: pa.Table, i: int, step: int, form: PictureFormat, kind: ObservationKind) -> Frame:
    picture = np.frombuffer(table.column("picture")[i].as_buffer(), dtype=np.uint8).reshape(form.shape)
    return Frame(step, picture, None if kind.is_picture else read_cell(kind, table.column("observation")[i]))
