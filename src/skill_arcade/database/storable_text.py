"""Text as every database can hold it: PostgreSQL has no character 0, and UTF-8 no half of a surrogate pair; pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_CANNOT_BE_STORED = re.compile(r"[\0\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(u0000|.)")


def make_storable(text: str) -> str:
    """The text with U+FFFD instead of what cannot be stored."""
    return _CANNOT_BE_STORED.sub("\N{REPLACEMENT CHARACTER}", text)


def encode_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value as JSON: its texts with U+FFFD instead of what cannot be stored, its NaN and infinities null."""
    text = make_storable(_dump(value, ensure_ascii=False))
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] == "u0000" else escape[0], text)


def encode_ascii_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value as JSON for a database that keeps it as text, and compares it as text; NaN and infinities are null."""
    return _dump(value, ensure_ascii=True)


def _dump(value: Any, *, ensure_ascii: bool) -> str:  # noqa: ANN401 - any JSON value
    try:
        return json.dumps(value, ensure_ascii=ensure_ascii, allow_nan=False)
    except ValueError:
        return json.dumps(_without_nan(value), ensure_ascii=ensure_ascii)


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _without_nan(each) for name, each in value.items()}
    return [_without_nan(each) for each in value] if isinstance(value, list | tuple) else value
