"""Pictures so large that the words that change may lie more than 65,535 apart."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from skill_arcade.wire.picture import apply_change, encode_change

N_WORDS = 200_000


@pytest.mark.parametrize(
    ("changed", "listed"),
    [
        ([0], [0]),
        ([65_534], [65_534]),
        ([65_535], [65_534, 65_535]),
        ([131_069], [65_534, 131_069]),
        ([10, 65_545, 65_546], [10, 65_545, 65_546]),
        ([10, 65_546], [10, 65_545, 65_546]),
        ([10, 199_999], [10, 65_545, 131_080, 196_615, 199_999]),
    ],
)
def test_a_wide_gap_is_bridged_by_words_of_zeros(changed: list[int], listed: list[int]) -> None:
    """LIVE-17."""
    current = np.zeros(N_WORDS, dtype="<u8")
    current[changed] = 7
    payload = encode_change(current, None)
    data = zlib.decompress(payload, -15)
    (count,) = struct.unpack_from("<I", data)
    gaps = np.frombuffer(data, "<u2", count, 4)
    assert (np.cumsum(gaps, dtype=np.int64) - 1).tolist() == listed
    words = np.zeros(N_WORDS, dtype="<u8")
    apply_change(payload, words)
    assert np.array_equal(words, current)


def test_a_full_large_picture_has_no_bridges() -> None:
    """LIVE-17."""
    current = np.arange(1, N_WORDS + 1, dtype="<u8")
    (count,) = struct.unpack_from("<I", zlib.decompress(encode_change(current, None), -15))
    assert count == N_WORDS
