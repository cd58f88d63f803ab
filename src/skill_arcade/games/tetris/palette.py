"""The colours of Tetris: a dark warm ground, seven pieces; pure."""

from __future__ import annotations

import numpy as np

from skill_arcade.games.tetris.pieces import KINDS, I, J, L, O, S, T, Z

GROUND, WELL, GRID, FRAME, LABEL, NUMBER = range(6)
_FIXED_COLOURS = {
    GROUND: (19, 18, 24),
    WELL: (27, 25, 31),
    GRID: (37, 34, 40),
    FRAME: (78, 70, 68),
    LABEL: (176, 165, 152),
    NUMBER: (255, 190, 92),
}
# Chosen so that the seven stay apart for people with any of the three kinds of colour blindness.
_PIECE_COLOURS = {
    I: (138, 228, 224),
    J: (76, 104, 198),
    L: (236, 112, 44),
    O: (244, 217, 108),
    S: (116, 180, 112),
    T: (190, 142, 214),
    Z: (186, 50, 82),
}

FIRST_PIECE_COLOUR = 8
"""The colours from here on are those of pieces."""

BASE, LIGHT, DARK, DIM = SHADES = range(4)


def piece_colour(kind: int, shade: int) -> int:
    """The index of a piece's colour in the palette."""
    return FIRST_PIECE_COLOUR + (kind - 1) * len(SHADES) + shade


def compute_palette() -> bytes:
    """768 bytes of RGB."""
    palette = np.zeros((256, 3), dtype=np.uint8)
    for index, colour in _FIXED_COLOURS.items():
        palette[index] = colour
    well = np.array(_FIXED_COLOURS[WELL])
    for kind in KINDS:
        base = np.array(_PIECE_COLOURS[kind])
        shades = {BASE: base, LIGHT: base + (255 - base) * 0.45, DARK: base * 0.65, DIM: well + (base - well) * 0.7}
        for shade, shaded in shades.items():
            palette[piece_colour(kind, shade)] = shaded.round()
    return palette.tobytes()
