"""One game of Tetris, frame by frame; pure, but for the numbers that its bag is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from skill_arcade.games.tetris.bag import Bag
from skill_arcade.games.tetris.falling import Falling
from skill_arcade.games.tetris.field import HIDDEN_ROWS, Field, is_out_of_sight
from skill_arcade.games.tetris.keys import Keys
from skill_arcade.games.tetris.orders import OrderReader, Orders
from skill_arcade.games.tetris.pieces import Piece
from skill_arcade.games.tetris.scoring import HARD_DROP_POINTS, SOFT_DROP_POINTS, Scoring

START_X, START_Y = 3, HIDDEN_ROWS - 2
"""Of a new piece's box: in the middle, in the two hidden rows that are next to those in sight."""

ROWS_PER_LEVEL = 10


class Frame(NamedTuple):
    """What one frame brought.

    Attributes:
        points: made in it.
        cleared: how many rows a locked piece cleared; None where no piece was locked.
    """

    points: int = 0
    cleared: int | None = None


class Game:
    """A game from its first piece to its end.

    Attributes:
        field: the locked cells.
        bag: the pieces to come.
        falling: the piece that falls; None after the end.
        held: the kind that was laid aside, 0 for none.
        may_hold: whether the falling piece may be laid aside: once until a piece is locked.
        lines: how many rows were cleared.
    """

    def __init__(self, start_level: int, das_frames: int, arr_frames: int, draw: Callable[[], int]) -> None:
        """Begin with the first piece.

        Args:
            start_level: 1 or more.
            das_frames: see OrderReader.
            arr_frames: see OrderReader.
            draw: a new random number of 64 bits at each call.
        """
        self.field = Field()
        self.bag = Bag(draw)
        self.held = 0
        self.may_hold = True
        self.lines = 0
        self._start_level = start_level
        self._orders = OrderReader(das_frames, arr_frames)
        self._scoring = Scoring()
        self.falling = self._enter(self.bag.take())

    @property
    def level(self) -> int:
        """One more for every ten rows."""
        return self._start_level + self.lines // ROWS_PER_LEVEL

    @property
    def piece(self) -> Piece | None:
        """The falling piece; None after the end."""
        return None if self.falling is None else self.falling.piece

    def advance(self, keys: Keys) -> Frame:
        """One frame: hold, turn, shift, fall, lock, in this order. After the end nothing happens any more."""
        orders = self._orders.read(keys)
        if orders.hold and self.may_hold and self.falling is not None:
            self.falling = self._exchange(self.falling.piece)
        return Frame() if self.falling is None else self._move(self.falling, orders)

    def _move(self, falling: Falling, orders: Orders) -> Frame:
        if orders.turn:
            falling.turn(orders.turn)
        if orders.shift:
            falling.shift(orders.shift)
        if orders.hard_drop:
            points = HARD_DROP_POINTS * falling.drop()
            return self._lock(falling.piece, points)
        points = falling.sink(orders.soft_drop) * (SOFT_DROP_POINTS if orders.soft_drop else 0)
        return self._lock(falling.piece, points) if falling.settle() else Frame(points)

    def _enter(self, kind: int) -> Falling | None:
        """A new piece; None, and so the end, if there is no room for it ("block out")."""
        piece = Piece(kind, 0, START_X, START_Y)
        return Falling(piece, self.field, self.level) if self.field.fits(piece) else None

    def _exchange(self, piece: Piece) -> Falling | None:
        """Lay the piece aside and take up the one that lies there, or else a new one."""
        kind = self.held or self.bag.take()
        self.held, self.may_hold = piece.kind, False
        return self._enter(kind)

    def _lock(self, piece: Piece, points: int) -> Frame:
        """Make the piece a part of the field; the end, if all of it is out of sight ("lock out")."""
        self.field.lock(piece)
        n_rows = self.field.clear_full_rows()
        points += self._scoring.lock(n_rows, self.level)
        self.lines += n_rows
        self.may_hold = True
        self.falling = None if is_out_of_sight(piece) else self._enter(self.bag.take())
        return Frame(points, n_rows)
