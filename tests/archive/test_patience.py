from __future__ import annotations

import io

import pytest

from skill_arcade.archive.patience import PacedBuffer, PacedFile, Patience

NONE_LEFT = Patience(slow_s=-1, least_bytes_per_s=1e9)


def test_a_store_that_hangs_is_away_within_tens_of_seconds() -> None:
    patience = Patience()
    assert patience.connect_s + patience.silence_s <= 60
    assert patience.again_within_s < patience.silence_s, "what hung once would be waited for again"


def test_what_passes_fast_enough_passes_whole() -> None:
    file, buffer = PacedFile(io.BytesIO(b"content"), Patience()), PacedBuffer(Patience())
    while block := file.read(3):
        buffer.write(block)
    assert buffer.take() == b"content"


def test_a_file_that_is_taken_too_slowly_is_given_up() -> None:
    file = PacedFile(io.BytesIO(b"content"), NONE_LEFT)
    with pytest.raises(TimeoutError, match="only 3 bytes"):
        file.read(3)
    assert file.tell() == 3


def test_what_comes_too_slowly_is_given_up() -> None:
    with pytest.raises(TimeoutError, match="only 7 bytes"):
        PacedBuffer(NONE_LEFT).write(b"content")
