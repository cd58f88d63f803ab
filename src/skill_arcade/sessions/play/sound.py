"""The sound of one connection: none until its client asks, then that of every step whose picture it was sent."""

from __future__ import annotations

from collections.abc import Callable

from skill_arcade.wire.sound import StepSound, encode_sound


class SoundStream:
    """Encodes sound for one connection. A new connection has a new stream, which is off (LIVE-41).

    Attributes:
        is_on: whether its client wants to hear it.
    """

    def __init__(self) -> None:
        self.is_on = False

    def turn(self, *, on: bool) -> bool:
        """Turn it on or off; whether that changed anything."""
        changes = self.is_on != on
        self.is_on = on
        return changes

    def encode(self, step: int, read_sound: Callable[[], bytes]) -> bytes | None:
        """The message that follows the picture of `step`; None where no step made one."""
        if step == 0:
            return None
        samples = read_sound()
        return encode_sound(StepSound(step, samples)) if samples else None
