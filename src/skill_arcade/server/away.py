"""What people are told while the database or the store is away."""

from __future__ import annotations

from typing import Final

AWAY: Final = "Something that this server needs does not answer; try again in a few seconds. Nothing is lost."
"""What exactly, and where it is, is in the log: whoever plays has no use for our addresses."""

RETRY_AFTER_AWAY_S: Final = 3
