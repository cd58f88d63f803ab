"""Text as every database can hold it: PostgreSQL has no character 0, and UTF-8 no half of a surrogate pair; pure."""

from __future__ import annotations

import json
import re
from typing import Any

_CANNOT_BE_STORED = re.compile(r"[\0\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(u0000|.)")


def make_storable(text: str) -> str:
    """The text with U+FFFD instead of what cannot be stored."""
    return _CANNOT_BE_STORED.sub("\N{REPLACEMENT CHARACTER}", text)


def encode_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value as JSON, its texts with U+FFFD instead of what cannot be stored."""
    text = make_storable(json.dumps(value, ensure_ascii=False))
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] == "u0000" else escape[0], text)
