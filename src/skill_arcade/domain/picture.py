"""What a picture is: its size, its pixels and, where it has one, its palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Pixels = Literal["indexed8", "rgb24"]
Picture = npt.NDArray[np.uint8]
"""One picture, C-contiguous: uint8 (height, width) for indexed8, uint8 (height, width, 3) for rgb24."""


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """How the bytes of every picture of an episode are to be read.

    Attributes:
        width: pixels in a row.
        height: rows, the first one on top.
        pixels: "indexed8" (a byte a pixel, looked up in `palette`) or "rgb24" (three bytes a pixel).
        palette: 768 bytes, RGB of index 0, 1, … 255, for indexed8; None for rgb24.
    """

    width: int
    height: int
    pixels: Pixels
    palette: bytes | None

    def __post_init__(self) -> None:
        if (self.pixels == "indexed8") != (self.palette is not None):
            raise ValueError("an indexed8 picture has a palette, an rgb24 picture has none")
        if self.palette is not None and len(self.palette) != 768:
            raise ValueError(f"a palette has 768 bytes, not {len(self.palette)}")

    @property
    def shape(self) -> tuple[int, ...]:
        """The numpy shape of one picture."""
        size = (self.height, self.width)
        return size if self.pixels == "indexed8" else (*size, 3)

    @property
    def n_bytes(self) -> int:
        """The bytes of one raw picture."""
        return self.width * self.height * (1 if self.pixels == "indexed8" else 3)

    def to_rgb(self, picture: Picture) -> Picture:
        """Look the picture up in the palette: uint8 (height, width, 3)."""
        if self.palette is None:
            return picture.reshape(self.shape)
        return look_up(self.palette, picture.reshape(self.shape))


def look_up(palette: bytes, indices: Picture) -> Picture:
    """The colours of palette indices: uint8 (height, width, 3) for (height, width).

    Args:
        palette: 768 bytes, RGB of index 0, 1, … 255.
        indices: uint8.
    """
    return np.frombuffer(palette, dtype=np.uint8).reshape(256, 3)[indices]
