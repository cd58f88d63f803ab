"""Draws a game of Tetris as a palette picture: the field, left of it what is held, right of it what comes."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.picture import Picture
from skill_arcade.games.drawing.lettering import draw_text
from skill_arcade.games.tetris.field import COLUMNS, HIDDEN_ROWS, SEEN_ROWS, Field
from skill_arcade.games.tetris.game import Game
from skill_arcade.games.tetris.palette import FIRST_PIECE_COLOUR, FRAME, GROUND, LABEL, NUMBER, WELL
from skill_arcade.games.tetris.pieces import SHAPES, Piece
from skill_arcade.games.tetris.tiles import CELL, compute_tiles, outline_tile

WIDTH, HEIGHT = 212, 210

_FIELD_X, _FIELD_Y = 56, 5
_FIELD_WIDTH, _FIELD_HEIGHT = COLUMNS * CELL, SEEN_ROWS * CELL
_WALL = 2

_LEFT_X, _RIGHT_X, _BESIDE_WIDTH = 5, 163, 44
_BELOW_LABEL = 9
_SLOT_HEIGHT, _SLOT_STEP = 30, 34
_LEVEL_Y, _LINES_Y = 147, 178
_NUMBER_SCALE = 3
_LABELS = (
    (_LEFT_X, _FIELD_Y, "HOLD"),
    (_RIGHT_X, _FIELD_Y, "NEXT"),
    (_LEFT_X, _LEVEL_Y, "LEVEL"),
    (_LEFT_X, _LINES_Y, "LINES"),
)


class _Pieces(NamedTuple):
    """The pieces to be seen beside the field."""

    held: int
    may_hold: bool
    shown: tuple[int, ...]


class Drawing:
    """Draws a game; what is as it was in the picture before is not drawn again."""

    def __init__(self) -> None:
        self._tiles = compute_tiles()
        self._picture = np.full((HEIGHT, WIDTH), GROUND, dtype=np.uint8)
        field = self._picture[_FIELD_Y : _FIELD_Y + _FIELD_HEIGHT, _FIELD_X : _FIELD_X + _FIELD_WIDTH]
        self._field = field.reshape(SEEN_ROWS, CELL, COLUMNS, CELL).swapaxes(1, 2)  # the same pixels: row, column, y, x
        self._pieces: _Pieces | None = None
        self._numbers: tuple[int, int] | None = None
        self._within: tuple[bytes, Piece | None] | None = None
        self._draw_what_never_changes()

    def draw(self, game: Game) -> Picture:
        """A new picture of the game: palette indices, uint8 (HEIGHT, WIDTH)."""
        pieces = _Pieces(game.held, game.may_hold, game.bag.shown())
        if pieces != self._pieces:
            self._pieces = pieces
            self._draw_pieces(pieces)
        numbers = (game.level, game.lines)
        if numbers != self._numbers:
            self._numbers = numbers
            self._draw_number(game.level, _LEVEL_Y + _BELOW_LABEL)
            self._draw_number(game.lines, _LINES_Y + _BELOW_LABEL)
        within = (bytes(game.field.cells), game.piece)
        if within != self._within:
            self._within = within
            self._field[:] = self._tiles[_lay_tiles(game.field, game.piece)]
        return self._picture.copy()

    def _draw_what_never_changes(self) -> None:
        wall = self._picture[_FIELD_Y : _FIELD_Y + _FIELD_HEIGHT + _WALL, _FIELD_X - _WALL :]
        wall[:, : _FIELD_WIDTH + 2 * _WALL] = FRAME
        for x, y, label in _LABELS:
            self._write(label, 1, x, y, LABEL)

    def _draw_pieces(self, pieces: _Pieces) -> None:
        top = _FIELD_Y + _BELOW_LABEL
        self._draw_slot(_compute_slot(pieces.held, is_outlined=not pieces.may_hold), _LEFT_X, top)
        for number, kind in enumerate(pieces.shown):
            self._draw_slot(_compute_slot(kind), _RIGHT_X, top + number * _SLOT_STEP)

    def _draw_slot(self, slot: Picture, left: int, top: int) -> None:
        self._picture[top : top + _SLOT_HEIGHT, left : left + _BESIDE_WIDTH] = slot

    def _draw_number(self, number: int, top: int) -> None:
        self._picture[top : top + 5 * _NUMBER_SCALE, _LEFT_X : _LEFT_X + _BESIDE_WIDTH] = GROUND
        text = str(number)
        self._write(text, min(_NUMBER_SCALE, (_BESIDE_WIDTH + 1) // (4 * len(text) - 1)), _LEFT_X, top, NUMBER)

    def _write(self, text: str, scale: int, left: int, top: int, colour: int) -> None:
        mask = draw_text(text, scale)
        self._picture[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = colour


@cache
def _compute_slot(kind: int, *, is_outlined: bool = False) -> Picture:
    """A box with a piece in its middle, or an empty one: uint8 (_SLOT_HEIGHT, _BESIDE_WIDTH)."""
    slot = np.full((_SLOT_HEIGHT, _BESIDE_WIDTH), WELL, dtype=np.uint8)
    if kind == 0:
        return slot
    cells = np.array(SHAPES[kind][0])
    width, height = (cells.max(axis=0) - cells.min(axis=0) + 1) * CELL - 1
    corner = ((_BESIDE_WIDTH - width) // 2, (_SLOT_HEIGHT - height) // 2) - cells.min(axis=0) * CELL
    for number, (x, y) in enumerate(cells * CELL + corner):
        tile = compute_tiles()[outline_tile(kind, 0, number) if is_outlined else kind]
        np.copyto(slot[y : y + CELL, x : x + CELL], tile, where=tile >= FIRST_PIECE_COLOUR)
    return slot


def _lay_tiles(field: Field, piece: Piece | None) -> npt.NDArray[np.uint8]:
    """The number of each cell's tile: (SEEN_ROWS, COLUMNS)."""
    numbers = np.frombuffer(field.cells, dtype=np.uint8).reshape(-1, COLUMNS)[HIDDEN_ROWS:].copy()
    if piece is None:
        return numbers
    for number, (x, y) in enumerate(field.drop(piece).cells()):
        if y >= HIDDEN_ROWS:
            numbers[y - HIDDEN_ROWS, x] = outline_tile(piece.kind, piece.rotation, number)
    for x, y in piece.cells():
        if y >= HIDDEN_ROWS:
            numbers[y - HIDDEN_ROWS, x] = piece.kind
    return numbers
