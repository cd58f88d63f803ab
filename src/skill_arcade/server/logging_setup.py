"""How the server's processes log; sessions do as their supervisor does (`sessions/process/nursery.py`)."""

from __future__ import annotations

import logging

from skill_arcade.domain.log_output import log_to_stderr

_TALKATIVE = ("alembic", "httpx")


def set_up_logging(process: str, level: str, log_format: str = "text") -> None:
    """Log to standard error.

    Args:
        process: what to call it in every line.
        level: the setting `log_level`.
        log_format: the setting `log_format`.
    """
    log_to_stderr(process, level, log_format)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
