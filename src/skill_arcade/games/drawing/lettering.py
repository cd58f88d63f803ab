"""A font of digits and a few capitals, three pixels by five."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

_CHARACTERS = "0123456789DEHILNOSTVX"
_ROWS = (
    "### .#. ### ### #.# ### ### ### ### ### ##. ### #.# ### #.. ##. ### ### ### #.# #.#",
    "#.# ##. ..# ..# #.# #.. #.. ..# #.# #.# #.# #.. #.# .#. #.. #.# #.# #.. .#. #.# #.#",
    "#.# .#. ### ### ### ### ### ..# ### ### #.# ##. ### .#. #.. #.# #.# ### .#. #.# .#.",
    "#.# .#. #.. ..# ..# ..# #.# ..# #.# ..# #.# #.. #.# .#. #.. #.# #.# ..# .#. #.# #.#",
    "### ### ### ### ..# ### ### ..# ### ### ##. ### #.# ### ### #.# ### ### .#. .#. #.#",
)
_GLYPHS = {character: tuple(row.split(" ")[place] for row in _ROWS) for place, character in enumerate(_CHARACTERS)}


def draw_text(text: str, scale: int) -> Mask:
    """The pixels of a word or a number: bool (5 * scale, (4 * characters - 1) * scale).

    Raises:
        KeyError: the font lacks a character of it.
    """
    glyphs = [_GLYPHS[character] for character in text]
    rows = [[pixel == "#" for pixel in ".".join(glyph[row] for glyph in glyphs)] for row in range(len(_ROWS))]
    return np.array(rows).repeat(scale, axis=0).repeat(scale, axis=1)
