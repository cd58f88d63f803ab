"""Where a process's log goes: to its standard error, as lines for people or as JSON."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import Literal

from skill_arcade.domain.log_line import JsonLine, TextLine, TokenFilter

LogFormat = Literal["text", "json"]

log = logging.getLogger(__name__)


def log_to_stderr(process: str, level: str, log_format: str) -> None:
    """Let this process log there from now on, and those that it forks.

    Args:
        process: what to call it in every line.
        level: from which on, in any case.
        log_format: "text" or "json". As JSON also what Python itself would say: warnings, and the exception that ends
            a process or a thread.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine(process) if log_format == "json" else TextLine(process))
    handler.addFilter(TokenFilter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if log_format == "json":
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_end_of_process
        threading.excepthook = _log_end_of_thread


def read_log_format() -> LogFormat:
    """How this process logs, for one that it starts."""
    is_json = any(isinstance(handler.formatter, JsonLine) for handler in logging.getLogger().handlers)
    return "json" if is_json else "text"


def _log_end_of_process(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    log.critical("the process ends by an error that nothing handled", exc_info=(kind, error, traceback))


def _log_end_of_thread(ending: threading.ExceptHookArgs) -> None:
    log.critical("a thread ended by an error that nothing handled", exc_info=ending.exc_value)
