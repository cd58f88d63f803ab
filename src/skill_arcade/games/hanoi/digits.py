"""A font of ten digits, three pixels by five."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

_ROWS = (
    "### .#. ### ### #.# ### ### ### ### ###",
    "#.# ##. ..# ..# #.# #.. #.. ..# #.# #.#",
    "#.# .#. ### ### ### ### ### ..# ### ###",
    "#.# .#. #.. ..# ..# ..# #.# ..# #.# ..#",
    "### ### ### ### ..# ### ### ..# ### ###",
)


def draw_number(number: int, scale: int) -> Mask:
    """The pixels of a number: bool (5 * scale, (4 * digits - 1) * scale)."""
    rows = []
    for row in _ROWS:
        glyphs = row.split(" ")
        rows.append([pixel == "#" for pixel in ".".join(glyphs[int(digit)] for digit in str(number))])
    return np.array(rows).repeat(scale, axis=0).repeat(scale, axis=1)
