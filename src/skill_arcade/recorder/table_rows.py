"""The rows of the tables that are made of JSON records: of each, the members that the table has a column for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from skill_arcade.recorder.episode_journal import Members
from skill_arcade.recorder.episode_row import encode_compact
from skill_arcade.recorder.tables import JSON_COLUMNS

Row = dict[str, Any]

_TEXT = pa.string()


def iterate_json_rows(records: Iterator[Members], episode_id: str, schema: pa.Schema) -> Iterator[Row]:
    """Rows of `segments`, `clock_samples` or `events`: the members that the table has a column for."""
    names, texts = schema.names, [field.name for field in schema if field.type == _TEXT]
    for members in records:
        row = {name: members.get(name) for name in names}
        for name in texts:
            if row[name] is not None:
                row[name] = _as_text(row[name])
        row["episode_id"] = episode_id
        yield row


def encode_episode_row(row: Mapping[str, Any], schema: pa.Schema) -> Row:
    """The row of table `episodes` with its JSON columns as strings."""
    cells = {field.name: row.get(field.name) for field in schema}
    for name in JSON_COLUMNS:
        cells[name] = None if cells[name] is None else encode_compact(cells[name])
    for field in schema:
        if field.type == _TEXT and cells[field.name] is not None:
            cells[field.name] = _as_text(cells[field.name])
    return cells


def _as_text(value: object) -> str:
    """A JSON value as a column of text takes it: what is no text is JSON."""
    return as_utf8(value if isinstance(value, str) else encode_compact(value))


def as_utf8(text: str) -> str:
    """The text as a column takes it."""
    # Half of a surrogate pair is a character in JavaScript's world and in Python's; UTF-8 has no bytes for it.
    return text.encode("utf-8", "replace").decode()
