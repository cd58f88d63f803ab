"""How hard an episode's pictures are packed, found out from some of them; pure."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

CHEAP_LEVEL, THOROUGH_LEVEL = 1, 7
"""Of zstd. What lies between is larger than the one or as dear as the other."""

_N_TRIED = 100
_RAW_FOR_A_BYTE = 200
"""Level 7 has to save a byte for so many of a picture's own: 168 for an Atari picture's 33,600. It takes three to five
times as long as level 1, and the longer the larger the picture."""


def choose_level(pictures: pa.Array) -> int:
    """The level for an episode that begins with these pictures: the cheap one, where that packs nearly as well.

    It depends on the pictures alone, so that an episode that is sealed again gives the same file.

    Args:
        pictures: binary, all of one length, without nulls; the last hundred are packed at both levels.
    """
    tried = _lay_out(pictures[-_N_TRIED:])
    cheap, thorough = (
        pa.Codec("zstd", compression_level=level).compress(tried).size for level in (CHEAP_LEVEL, THOROUGH_LEVEL)
    )
    return THOROUGH_LEVEL if (cheap - thorough) * _RAW_FOR_A_BYTE > tried.size else CHEAP_LEVEL


def _lay_out(pictures: pa.Array) -> pa.Buffer:
    """The bytes of a page that holds these pictures: the length of each before it."""
    _validity, offsets, data = pictures.buffers()
    first, second = np.frombuffer(offsets, np.int32, 2, 4 * pictures.offset).tolist()
    n_bytes = second - first
    page = np.empty((len(pictures), 4 + n_bytes), np.uint8)
    page[:, :4] = np.frombuffer(n_bytes.to_bytes(4, "little"), np.uint8)
    page[:, 4:] = np.frombuffer(data, np.uint8, len(pictures) * n_bytes, first).reshape(len(pictures), n_bytes)
    return pa.py_buffer(page)
