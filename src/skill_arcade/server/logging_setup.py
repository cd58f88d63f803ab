"""How the processes log: one line each on standard error, and never a token."""

from __future__ import annotations

import logging
import re
import sys

from typing_extensions import override

_SECRET_PARAMETER = re.compile(r"([?&](?:token|admin|code)=)[^&\s\"']+")


class TokenFilter(logging.Filter):
    """Takes tokens in addresses out of every line, whichever library wrote it."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = _SECRET_PARAMETER.sub(r"\1…", message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        return True


def set_up_logging(process: str, level: str) -> None:
    """Log to standard error, every line led by time, process and level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"%(asctime)s {process} %(levelname)s %(message)s"))
    handler.addFilter(TokenFilter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for talkative in ("alembic", "httpx"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
