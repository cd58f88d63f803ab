"""The seven pieces, how they lie in each rotation, and where a turning piece is tried (SRS); pure."""

from __future__ import annotations

from typing import NamedTuple

NAMES = ".IJLOSTZ"
"""The letter of each kind; kind 0 is no piece."""

I, J, L, O, S, T, Z = KINDS = range(1, 8)  # noqa: E741  # their names all over the world

Cell = tuple[int, int]
"""(x, y): columns to the right and rows down."""

# As a piece appears, in the box in which it turns.
_BOXES = {
    I: ("....", "####", "....", "...."),
    J: ("#..", "###", "..."),
    L: ("..#", "###", "..."),
    O: (".##.", ".##.", "....", "...."),
    S: (".##", "##.", "..."),
    T: (".#.", "###", "..."),
    Z: ("##.", ".##", "..."),
}

# SRS as one offset for each rotation and attempt: the kick from rotation a to rotation b is the offset of a less that
# of b. (x to the right, y UP, as everybody prints them.) The boxes hold the offsets of the first attempt.
_OFFSETS_OF_JLSTZ = (
    ((0, 0), (0, 0), (0, 0), (0, 0), (0, 0)),
    ((0, 0), (1, 0), (1, -1), (0, 2), (1, 2)),
    ((0, 0), (0, 0), (0, 0), (0, 0), (0, 0)),
    ((0, 0), (-1, 0), (-1, -1), (0, 2), (-1, 2)),
)
_OFFSETS_OF_I = (
    ((0, 0), (-1, 0), (2, 0), (-1, 0), (2, 0)),
    ((0, 0), (1, 0), (1, 0), (1, 1), (1, -2)),
    ((0, 0), (2, 0), (-1, 0), (2, -1), (-1, -1)),
    ((0, 0), (0, 0), (0, 0), (0, -2), (0, 1)),
)


class Piece(NamedTuple):
    """A piece in its place.

    Attributes:
        kind: I to Z.
        rotation: quarter turns clockwise since it appeared, 0 to 3.
        x: the column of its box's left edge; may be outside the field.
        y: the row of its box's upper edge, from the top, the hidden rows included; may be outside the field.
    """

    kind: int
    rotation: int
    x: int
    y: int

    def shifted(self, columns: int) -> Piece:
        """The same, so many columns to the right."""
        return Piece(self.kind, self.rotation, self.x + columns, self.y)

    def lowered(self, rows: int) -> Piece:
        """The same, so many rows down."""
        return Piece(self.kind, self.rotation, self.x, self.y + rows)

    def turned(self, turn: int) -> list[Piece]:
        """Where it is tried in turn, `turn` 1 clockwise or -1; an O never turns."""
        rotation = (self.rotation + turn) % 4
        kicks = KICKS[self.kind][self.rotation, rotation] if self.kind != O else ()
        return [Piece(self.kind, rotation, self.x + x, self.y + y) for x, y in kicks]

    def cells(self) -> list[Cell]:
        """The four cells that it covers."""
        return [(self.x + x, self.y + y) for x, y in SHAPES[self.kind][self.rotation]]


def _compute_shapes(kind: int) -> tuple[tuple[Cell, ...], ...]:
    box = _BOXES[kind]
    last = len(box) - 1
    cells = [(x, y) for y, row in enumerate(box) for x, pixel in enumerate(row) if pixel == "#"]
    shapes = []
    for _ in range(4):
        shapes.append(tuple(cells))
        if kind != O:
            cells = [(last - y, x) for x, y in cells]
    return tuple(shapes)


def _compute_kicks(kind: int) -> dict[tuple[int, int], tuple[Cell, ...]]:
    offsets = _OFFSETS_OF_I if kind == I else _OFFSETS_OF_JLSTZ
    return {
        (before, after): tuple(
            (x - other_x, other_y - y)
            for (x, y), (other_x, other_y) in zip(offsets[before], offsets[after], strict=True)
        )
        for before in range(4)
        for after in ((before + 1) % 4, (before - 1) % 4)
    }


SHAPES = ((), *(_compute_shapes(kind) for kind in KINDS))
"""SHAPES[kind][rotation]: the four cells in the box."""

KICKS = ({}, *(_compute_kicks(kind) for kind in KINDS))
"""KICKS[kind][before, after]: the five places in which a turned piece is tried, y DOWN as everywhere here."""
