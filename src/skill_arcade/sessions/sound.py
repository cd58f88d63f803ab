"""The sound of one connection: none until its client asks, then that of every step whose picture it was sent."""

from __future__ import annotations

from skill_arcade.sessions.frames import Shown
from skill_arcade.wire.sound import StepSound, encode_sound


class SoundStream:
    """Encodes sound for one connection. A new connection has a new stream, which is off (LIVE-41)."""

    def __init__(self) -> None:
        self._is_on = False

    def turn(self, *, on: bool) -> bool:
        """Turn it on or off; whether that changed anything."""
        changes = self._is_on != on
        self._is_on = on
        return changes

    def encode(self, shown: Shown) -> bytes | None:
        """The message that follows the picture `shown`; None while it is off or where no step made a sound."""
        if not self._is_on or not shown.sound:
            return None
        return encode_sound(StepSound(shown.step, shown.sound))
