"""Which pictures one connection is sent, and against which earlier one (LIVE-16, LIVE-19)."""

from __future__ import annotations

import msgspec

from skill_arcade.wire.frame import NO_FLAGS, pack_frame
from skill_arcade.wire.limits import KEY_PICTURE_EVERY_STEPS
from skill_arcade.wire.picture import Words, encode_change

_MAX_DISTANCE = 0xFFFF


class Shown(msgspec.Struct, frozen=True):
    """A picture and what goes with it.

    Attributes:
        step: its number.
        words: the picture (wire.picture); never written to again.
        change: the payload against the picture before it, as journalled.
        input_seq: the newest input applied.
        server_us: server time, µs.
        score, lives: after this step; lives -1 where there is no such count.
        flags: TERMINATED, TRUNCATED, INVALID of FrameFlag.
    """

    step: int
    words: Words
    change: bytes
    input_seq: int
    server_us: int
    score: float
    lives: int
    flags: int = NO_FLAGS


class FrameStream:
    """Encodes pictures for one connection. A new connection has a new stream, which begins with a key picture.

    Attributes:
        newest_step: the number of the picture sent last, None before the first.
    """

    def __init__(self) -> None:
        self.newest_step: int | None = None
        self._sent: Shown | None = None
        self._key_step = 0

    def encode(self, shown: Shown) -> bytes:
        """The message for `shown`, against the picture that this connection was sent last."""
        base = self._sent
        if base is None or self._key_is_due(shown, base):
            distance, payload = 0, encode_change(shown.words, None)
            self._key_step = shown.step
        else:
            distance = shown.step - base.step
            payload = shown.change if distance == 1 else encode_change(shown.words, base.words)
        has_status = base is None or distance == 0 or shown.score != base.score or shown.lives != base.lives
        self._sent, self.newest_step = shown, shown.step
        return pack_frame(
            shown.flags,
            distance,
            shown.step,
            shown.input_seq,
            shown.server_us,
            shown.score if has_status else None,
            shown.lives,
            payload,
        )

    def _key_is_due(self, shown: Shown, base: Shown) -> bool:
        distance = shown.step - base.step
        return not 0 < distance <= _MAX_DISTANCE or shown.step - self._key_step >= KEY_PICTURE_EVERY_STEPS
