"""The small pictures of one cell each from which the field is put together; pure."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from skill_arcade.games.tetris.palette import BASE, DARK, DIM, GRID, LIGHT, WELL, piece_colour
from skill_arcade.games.tetris.pieces import KINDS, SHAPES, Cell, I, J, L, O, S, T, Z

CELL = 10
"""Pixels of a cell, in both directions. The last of each is a line of the grid, which stays between two blocks."""

Tiles = npt.NDArray[np.uint8]
"""Palette indices, uint8 (tiles, CELL, CELL)."""

# Pieces differ in hue, in lightness and in this mark: whoever sees one of the three can tell them apart.
_MARKS = {
    I: (".....", ".....", "#####", ".....", "....."),
    J: ("....#", "...##", "..###", ".####", "#####"),
    L: ("#....", "##...", "###..", "####.", "#####"),
    O: ("#####", "#...#", "#...#", "#...#", "#####"),
    S: ("...##", "..###", ".###.", "###..", "##..."),
    T: (".....", ".###.", ".###.", ".###.", "....."),
    Z: ("##...", "###..", ".###.", "..###", "...##"),
}

_N_ROTATIONS, _N_CELLS = 4, 4


def outline_tile(kind: int, rotation: int, cell: int) -> int:
    """The number of the tile of a cell, by its place in SHAPES, of a piece of which only the outline is drawn."""
    return 1 + len(KINDS) + ((kind - 1) * _N_ROTATIONS + rotation) * _N_CELLS + cell


@cache
def compute_tiles() -> Tiles:
    """All tiles, read-only. Tile 0 is an empty cell, tile `kind` a block of that kind; then come the outlines."""
    tiles = [_empty(), *(_block(kind) for kind in KINDS)]
    for kind in KINDS:
        for cells in SHAPES[kind]:
            tiles += _outline(kind, cells)
    stacked = np.stack(tiles)
    stacked.setflags(write=False)
    return stacked


def _empty() -> Tiles:
    tile = np.full((CELL, CELL), WELL, dtype=np.uint8)
    tile[-1, :] = tile[:, -1] = GRID
    return tile


def _block(kind: int) -> Tiles:
    tile = _empty()
    block = tile[:-1, :-1]
    block[:] = piece_colour(kind, BASE)
    block[-1, :] = block[:, -1] = piece_colour(kind, DARK)
    block[0, :] = block[:, 0] = piece_colour(kind, LIGHT)
    block[2:-2, 2:-2][np.array([list(row) for row in _MARKS[kind]]) == "#"] = piece_colour(kind, DARK)
    return tile


def _outline(kind: int, cells: tuple[Cell, ...]) -> list[Tiles]:
    """The tiles of a piece's cells, in their order, with the line around the whole piece."""
    room = _N_CELLS * CELL
    inside = np.zeros((room + 2, room + 2), dtype=np.bool_)
    for x, y in cells:
        # Over the grid too, where the piece goes on.
        right, down, across = ((x + dx, y + dy) in cells for dx, dy in ((1, 0), (0, 1), (1, 1)))
        corner = inside[1 + y * CELL :, 1 + x * CELL :]
        corner[: CELL - 1, : CELL - 1] = True
        corner[: CELL - 1, CELL - 1] |= right
        corner[CELL - 1, : CELL - 1] |= down
        corner[CELL - 1, CELL - 1] |= right and down and across
    windows = np.lib.stride_tricks.sliding_window_view(inside, (3, 3))
    line = inside[1:-1, 1:-1] & ~windows.all(axis=(2, 3))
    tiles = []
    for x, y in cells:
        tile = _empty()
        tile[line[y * CELL : (y + 1) * CELL, x * CELL : (x + 1) * CELL]] = piece_colour(kind, DIM)
        tiles.append(tile)
    return tiles
