"""A token bucket for a client's messages (LIVE-13)."""

from __future__ import annotations

from skill_arcade.wire.limits import MESSAGES_BURST, MESSAGES_PER_S


class TokenBucket:
    """Fills with `MESSAGES_PER_S` tokens a second, up to `MESSAGES_BURST`; every message takes one."""

    def __init__(self, now_s: float) -> None:
        self._tokens = float(MESSAGES_BURST)
        self._filled_s = now_s

    def take(self, now_s: float) -> bool:
        """Take one; False if there is none."""
        gained = (now_s - self._filled_s) * MESSAGES_PER_S
        self._tokens = min(float(MESSAGES_BURST), self._tokens + gained)
        self._filled_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
