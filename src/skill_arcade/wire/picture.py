"""A picture as a change to another one: a word list under raw DEFLATE (LIVE-17, REC-21)."""

from __future__ import annotations

import math
import struct
import zlib

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.picture import Picture

_WORD = np.dtype("<u8")
_MAX_GAP = 0xFFFF
_COUNT = struct.Struct("<I")

# Level 4 with a window of 4 KiB against level 1 with the usual 32: a sixth fewer bytes in the same time, and the caches
# of the processor are left to the game. Decision record 0003 has the figures.
_LEVEL, _WINDOW_BITS, _MEMORY_LEVEL = 4, 12, 5

Words = npt.NDArray[np.uint64]


def n_words(n_bytes: int) -> int:
    """Words of 8 bytes needed for a picture of `n_bytes`."""
    return (n_bytes + 7) // 8


def empty_words(shape: tuple[int, ...]) -> tuple[Words, Picture]:
    """Room for a picture of this shape: uint64 (n_words,), and the picture in there, which is yet to be written."""
    n_bytes = math.prod(shape)
    words = np.empty(n_words(n_bytes), dtype=_WORD)
    room = words.view(np.uint8)
    if room.size > n_bytes:
        words[-1] = 0  # what fills the last word up
        room = room[:n_bytes]
    return words, room.reshape(shape)


def picture_words(picture: Picture) -> Words:
    """A copy of the picture as 64-bit words, filled up with zero bytes: uint64 (n_words,)."""
    words, room = empty_words(picture.shape)
    room[...] = picture
    return words


def encode_change(current: Words, previous: Words | None) -> bytes:
    """The payload that leads from `previous` (None: an all-zero picture) to `current`; empty if nothing changed.

    Args:
        current: uint64 (n,), from `picture_words`.
        previous: the same length, or None.
    """
    # The plainest numpy calls: `np.diff`, `flatnonzero` and the XOR of all words took half the time of this function.
    index = (current if previous is None else current != previous).nonzero()[0]
    if index.size == 0:
        return b""
    if current.size > _MAX_GAP:
        index = _bridge(index)
    gaps = index.copy()
    gaps[1:] -= index[:-1]
    gaps[0] += 1
    words = current[index] if previous is None else current[index] ^ previous[index]
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -_WINDOW_BITS, _MEMORY_LEVEL)
    head = compressor.compress(b"".join((_COUNT.pack(index.size), gaps.astype("<u2").tobytes(), words.tobytes())))
    return head + compressor.flush()


def _bridge(index: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Add unchanged words to the list so that no gap is above 65,535."""
    previous = np.concatenate(([-1], index[:-1]))
    wide = (index - previous > _MAX_GAP).nonzero()[0]
    bridges = [np.arange(previous[i] + _MAX_GAP, index[i], _MAX_GAP) for i in wide]
    return np.sort(np.concatenate((index, *bridges))) if bridges else index


def apply_change(payload: bytes | memoryview, words: Words) -> None:
    """Apply a payload of `encode_change` to `words` in place.

    Raises:
        ValueError: the payload is not a word list for a picture of this size.
    """
    if not payload:
        return
    data = inflate_change(payload, words.size)
    (count,) = _COUNT.unpack_from(data)
    gaps = np.frombuffer(data, "<u2", count, 4)
    index = np.cumsum(gaps, dtype=np.int64) - 1
    if count and (gaps.min() < 1 or index[-1] >= words.size):
        raise ValueError("a word list points outside the picture")
    words[index] ^= np.frombuffer(data, _WORD, count, 4 + 2 * count)


def inflate_change(payload: bytes | memoryview, n_words: int) -> bytes:
    """The word list of a payload that is not empty: how many (u32), gaps (u16 each), words (u64 each).

    Whether it points into the picture is not looked at here.

    Raises:
        ValueError: the payload is no word list, or longer than one for a picture of so many words.
    """
    # A word list can never be longer than one entry for each word and one bridge each: bounded before inflating.
    limit = 4 + 10 * (n_words + n_words // _MAX_GAP + 1)
    inflater = zlib.decompressobj(-15)
    try:
        data = inflater.decompress(payload, limit)
    except zlib.error as error:
        raise ValueError(f"not a DEFLATE stream: {error}") from None
    if not inflater.eof or inflater.unused_data or len(data) < 4:
        raise ValueError("the DEFLATE stream is cut off, or too long for this picture")
    (count,) = _COUNT.unpack_from(data)
    if len(data) != 4 + 10 * count:
        raise ValueError(f"a word list of {count} entries has {4 + 10 * count} bytes, not {len(data)}")
    return data


def words_picture(words: Words, shape: tuple[int, ...]) -> Picture:
    """A view of the words as a picture of the shape given: uint8."""
    n_bytes = int(np.prod(shape))
    return words.view(np.uint8)[:n_bytes].reshape(shape)
