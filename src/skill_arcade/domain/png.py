"""Pictures as PNG files: thirty lines, instead of an imaging library for every notebook."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from skill_arcade.domain.picture import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_TRUE_COLOUR = 2


def encode_png(rgb: Picture) -> bytes:
    """A PNG of 8-bit RGB.

    Args:
        rgb: uint8 (height, width, 3).

    Raises:
        ValueError: it has another shape or type.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"a picture to be encoded is uint8 (height, width, 3), not {rgb.dtype} {rgb.shape}")
    height, width, _ = rgb.shape
    # Each row is led by the number of its filter. 0 (none) is best for the flat colours of games.
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = rgb.reshape(height, 3 * width)
    header = _HEADER.pack(width, height, 8, _TRUE_COLOUR, 0, 0, 0)
    data = zlib.compress(rows.tobytes(), 6)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
