"""The field of locked cells: ten columns, twenty rows that are seen and four above them; pure."""

from __future__ import annotations

from skill_arcade.games.tetris.pieces import SHAPES, Piece

COLUMNS = 10
SEEN_ROWS = 20
HIDDEN_ROWS = 4
"""A piece that is locked with one cell in sight reaches three rows further up; nothing is ever higher than four."""

ROWS = HIDDEN_ROWS + SEEN_ROWS


class Field:
    """The locked cells.

    Attributes:
        cells: the kind of each cell's piece, 0 where there is none; row after row from the top, the hidden ones first.
    """

    def __init__(self) -> None:
        self.cells = bytearray(ROWS * COLUMNS)

    def fits(self, piece: Piece) -> bool:
        """Whether all cells of the piece are in the field, and empty."""
        kind, rotation, left, top = piece
        for dx, dy in SHAPES[kind][rotation]:
            x, y = left + dx, top + dy
            if not (0 <= x < COLUMNS and 0 <= y < ROWS) or self.cells[y * COLUMNS + x]:
                return False
        return True

    def drop(self, piece: Piece, most_rows: int = ROWS) -> Piece:
        """The piece as far down as it goes, at most so many rows."""
        for _ in range(most_rows):
            lower = piece.lowered(1)
            if not self.fits(lower):
                break
            piece = lower
        return piece

    def lock(self, piece: Piece) -> None:
        """Make the piece a part of the field. It must fit."""
        for x, y in piece.cells():
            self.cells[y * COLUMNS + x] = piece.kind

    def clear_full_rows(self) -> int:
        """Take the full rows out, let what is above them fall, and say how many there were."""
        rows = [self.cells[start : start + COLUMNS] for start in range(0, len(self.cells), COLUMNS)]
        kept = [row for row in rows if 0 in row]
        n_full = ROWS - len(kept)
        self.cells = bytearray(n_full * COLUMNS) + b"".join(kept)
        return n_full


def is_out_of_sight(piece: Piece) -> bool:
    """Whether the whole piece is in the hidden rows."""
    return all(y < HIDDEN_ROWS for _, y in piece.cells())
