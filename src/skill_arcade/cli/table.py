"""Printing: a table for people, or JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Columns as wide as their widest cell; what is None is a dash."""
    cells = [[_text_of(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(columns, *cells, strict=True)]
    for line in (columns, *cells):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def print_json(value: Any) -> None:  # noqa: ANN401 - anything that JSON has
    """One JSON value, indented; dates as ISO 8601."""
    print(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def _text_of(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
