"""One line of a log: for people, or as JSON for a collector; about an episode where it is about one; never a token."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from types import TracebackType
from typing import Final
from uuid import UUID

from typing_extensions import override

_SECRET_PARAMETER = re.compile(r"([?&](?:token|admin|code)=)[^&\s\"']+")

_SEVERITIES: Final = (
    (logging.CRITICAL, "CRITICAL"),
    (logging.ERROR, "ERROR"),
    (logging.WARNING, "WARNING"),
    (logging.INFO, "INFO"),
    (logging.DEBUG, "DEBUG"),
    (logging.NOTSET, "DEFAULT"),
)
"""From which level on a line has which of Cloud Logging's severities."""

_ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)  # as `logging` has it


def about(episode_id: UUID | str) -> dict[str, str]:
    """For `extra` of a line that is about an episode: a collector finds all such lines by it."""
    return {"episode_id": str(episode_id)}


def hide_tokens(text: str) -> str:
    """The same text without the tokens in its addresses."""
    return _SECRET_PARAMETER.sub(r"\1…", text)


class TokenFilter(logging.Filter):
    """Takes tokens in addresses out of every message, whichever library wrote it."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = hide_tokens(message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        return True


class TextLine(logging.Formatter):
    """Time, process and level before each message; the lines of an exception follow."""

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process} %(levelname)s %(message)s")

    @override
    def formatException(self, ei: _ExceptionInfo) -> str:
        return hide_tokens(super().formatException(ei))


class JsonLine(logging.Formatter):
    """One JSON object a line, with the names that Google Cloud Logging knows; whatever else reads JSON reads it too."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    @override
    def format(self, record: logging.LogRecord) -> str:
        members: dict[str, object] = {
            "time": format_time_utc(record.created),
            "severity": next(severity for level, severity in _SEVERITIES if record.levelno >= level),
            "process": self._process,
            "pid": record.process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        episode_id = getattr(record, "episode_id", None)
        if episode_id is not None:
            members["episode_id"] = episode_id
        if record.exc_info:
            members["exception"] = hide_tokens(self.formatException(record.exc_info))
        # In ASCII: what the other end takes for its encoding cannot break a line.
        return json.dumps(members, default=str)


def format_time_utc(time_s: float) -> str:
    """Seconds since 1970 as RFC 3339 has them, to the millisecond: `2026-01-31T12:00:00.123Z`."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
