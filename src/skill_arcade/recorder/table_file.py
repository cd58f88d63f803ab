"""One Parquet file, written group by group, so that a long episode needs no more memory than a short one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from skill_arcade.archive.layout import Table
from skill_arcade.recorder.picture_level import choose_level
from skill_arcade.recorder.table_rows import Row
from skill_arcade.recorder.tables import TOLD_BY_CLIENT, writer_options

ROWS_IN_GROUP = 65_536
PICTURES_IN_GROUP = 300
"""Five seconds at 60 Hz: what a reader decodes at least to see one picture. Half as many take 2 % more bytes."""

_FRAME_BYTES_IN_GROUP = 24 << 20

_LEVEL = 3
"""Of zstd, where there are no pictures."""

_UNFIT = (pa.ArrowException, OverflowError, TypeError, ValueError)
"""What Arrow raises of a value that is not of the column's type."""


def frames_in_group(frame_bytes: int) -> int:
    """Rows of a row group of table `frames`, by the bytes of a picture and of the arrays of its observation.

    There are fewer where these are large, as a group is held in memory.
    """
    return max(1, min(PICTURES_IN_GROUP, _FRAME_BYTES_IN_GROUP // max(frame_bytes, 1)))


def write_table_file(path: Path, table: Table, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write batches into a new Parquet file, each as a row group.

    Args:
        path: the file, which is not synced here.
        table: `frames` is packed as suits its first pictures, the others all alike.
        schema: the columns.
        batches: read once, one of them held at a time.
    """
    left = iter(batches)
    first = list(islice(left, 1))
    level = choose_level(first[0].column("picture")) if first and table is Table.FRAMES else _LEVEL
    with pq.ParquetWriter(path, schema, **writer_options(schema, level)) as writer:
        for batch in chain(first, left):
            writer.write_batch(batch)


def make_batches(rows: Iterable[Row], schema: pa.Schema, n_in_batch: int) -> Iterator[pa.RecordBatch]:
    """Rows as columns, so many at a time."""
    left = iter(rows)
    while group := list(islice(left, n_in_batch)):
        columns = [_make_column([row[field.name] for row in group], field) for field in schema]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _make_column(values: list[Any], field: pa.Field) -> pa.Array:
    try:
        return pa.array(values, field.type)
    except _UNFIT:
        if field.name not in TOLD_BY_CLIENT:
            raise
    # What a client told and does not fit is null.
    return pa.array([value if _fits(value, field.type) else None for value in values], field.type)


def _fits(value: object, kind: pa.DataType) -> bool:
    try:
        pa.scalar(value, kind)
    except _UNFIT:
        return False
    return True
