"""When a piece that lies on something becomes a part of the field; pure."""

from __future__ import annotations

DELAY_FRAMES = 30
MAX_RESETS = 15

_NOT_YET = -1
"""The frame of a landing, or of a reset, is number 0."""


class LockDelay:
    """The guideline's "extended placement" of one piece.

    Half a second after it landed a piece is locked. Each shift and turn after its landing begins that half second
    anew, fifteen times; a fall to a row lower than it has ever been gives all of this back.
    """

    def __init__(self, y: int) -> None:
        """Begin with a piece in row `y`."""
        self._lowest_y = y - 1
        self._resets_left = 0
        self._rested_frames = 0
        self._has_landed = False
        self.fall(y)

    def move(self, y: int) -> None:
        """The piece was shifted or turned, and is in row `y` now."""
        if self._has_landed and self._resets_left > 0:
            self._resets_left -= 1
            self._rested_frames = _NOT_YET
        self.fall(y)

    def fall(self, y: int) -> None:
        """The piece is in row `y` now."""
        if y > self._lowest_y:
            self._lowest_y = y
            self._resets_left = MAX_RESETS
            self._rested_frames = _NOT_YET
            self._has_landed = False

    def advance(self, is_resting: bool) -> bool:
        """The end of a frame: whether the piece, which lies on something or does not, is locked in it."""
        if is_resting:
            self._has_landed = True
            self._rested_frames += 1
        return is_resting and self._rested_frames >= DELAY_FRAMES
