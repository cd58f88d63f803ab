"""The piece that falls: what shifts, turns and lowers it, and when it is to be locked; pure."""

from __future__ import annotations

from skill_arcade.games.tetris.field import ROWS, Field
from skill_arcade.games.tetris.gravity import Gravity
from skill_arcade.games.tetris.lock_delay import LockDelay
from skill_arcade.games.tetris.pieces import Piece


class Falling:
    """A piece above a field, which does not change while it falls.

    Attributes:
        piece: where it is; it always fits.
    """

    def __init__(self, piece: Piece, field: Field, level: int) -> None:
        """Begin where the piece appears; it falls a row at once, where there is room.

        Args:
            piece: it must fit.
            field: below it.
            level: how fast it falls.
        """
        self.piece = piece
        self._field = field
        self._gravity = Gravity(level)
        self._lock_delay = LockDelay(piece.y)
        self._lower(1)

    def shift(self, columns: int) -> None:
        """To the side, if there is room."""
        self._move_to_first([self.piece.shifted(columns)])

    def turn(self, turn: int) -> None:
        """A quarter clockwise (1) or back (-1), to the first place of SRS where there is room."""
        self._move_to_first(self.piece.turned(turn))

    def sink(self, is_soft_drop: bool) -> int:
        """The fall of one frame: how many rows it was."""
        return self._lower(self._gravity.advance(is_soft_drop))

    def drop(self) -> int:
        """To the ground at once: how many rows it was."""
        return self._lower(ROWS)

    def settle(self) -> bool:
        """The end of a frame: whether the piece is to be locked."""
        is_resting = not self._field.fits(self.piece.lowered(1))
        if is_resting:
            self._gravity.rest()
        return self._lock_delay.advance(is_resting)

    def _move_to_first(self, places: list[Piece]) -> None:
        for place in places:
            if self._field.fits(place):
                self.piece = place
                self._lock_delay.move(place.y)
                return

    def _lower(self, most_rows: int) -> int:
        before, self.piece = self.piece, self._field.drop(self.piece, most_rows)
        self._lock_delay.fall(self.piece.y)
        return self.piece.y - before.y
