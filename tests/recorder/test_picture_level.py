from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from skill_arcade.recorder import picture_level
from skill_arcade.recorder.picture_level import CHEAP_LEVEL, THOROUGH_LEVEL, choose_level

Pictures = npt.NDArray[np.uint8]

N_BYTES = 33_600


def as_column(pictures: Pictures) -> pa.Array:
    offsets = np.arange(len(pictures) + 1, dtype=np.int32) * np.int32(pictures.shape[1])
    return pa.Array.from_buffers(
        pa.binary(), len(pictures), [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(pictures))]
    )


def standing(n_pictures: int) -> Pictures:
    """A still picture, over which a dot moves: there is nothing to be found but the picture before."""
    pictures = np.tile(np.random.default_rng(0).integers(0, 256, N_BYTES, np.uint8), (n_pictures, 1))
    pictures[np.arange(n_pictures), np.arange(n_pictures) * 61] ^= 255
    return pictures


def swarming(n_pictures: int, n_things: int = 100) -> Pictures:
    """Things of 6 by 6 pixels, each somewhere else in every picture: they are found by searching more."""
    dice = np.random.default_rng(1)
    things = dice.integers(1, 256, (n_things, 6, 6), np.uint8)
    pictures = np.zeros((n_pictures, 210, 160), np.uint8)
    for picture in pictures:
        for thing, y, x in zip(things, dice.integers(0, 204, n_things), dice.integers(0, 154, n_things), strict=True):
            picture[y : y + 6, x : x + 6] = thing
    return pictures.reshape(n_pictures, N_BYTES)


def measure_packed(pictures: Pictures) -> tuple[int, int, int]:
    """The bytes of a page as Parquet lays it out, each picture after its length: raw, at the cheap level, thorough."""
    page = b"".join(len(picture).to_bytes(4, "little") + picture.tobytes() for picture in pictures)
    cheap, thorough = (
        pa.Codec("zstd", compression_level=level).compress(page).size for level in (CHEAP_LEVEL, THOROUGH_LEVEL)
    )
    return len(page), cheap, thorough


def test_pictures_are_packed_cheaply_where_that_packs_nearly_as_well() -> None:
    assert choose_level(as_column(standing(120))) == CHEAP_LEVEL


def test_pictures_are_packed_thoroughly_where_that_saves_much() -> None:
    assert choose_level(as_column(swarming(120))) == THOROUGH_LEVEL


@pytest.mark.parametrize(("n_things", "level"), [(54, CHEAP_LEVEL), (72, THOROUGH_LEVEL)])
def test_a_picture_of_an_atari_game_has_to_become_smaller_by_168_bytes(n_things: int, level: int) -> None:
    pictures = swarming(100, n_things)
    _, cheap, thorough = measure_packed(pictures)
    assert (cheap - thorough > 168 * len(pictures)) is (level == THOROUGH_LEVEL), "zstd packs these otherwise now"
    assert choose_level(as_column(pictures)) == level


def test_the_thorough_level_is_chosen_only_where_it_saves_more_than_a_byte_for_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = swarming(100)
    raw, cheap, thorough = measure_packed(pictures)
    most = raw // (cheap - thorough)
    monkeypatch.setattr(picture_level, "_RAW_FOR_A_BYTE", most)
    assert choose_level(as_column(pictures)) == CHEAP_LEVEL
    monkeypatch.setattr(picture_level, "_RAW_FOR_A_BYTE", most + 1)
    assert choose_level(as_column(pictures)) == THOROUGH_LEVEL


def test_the_last_hundred_pictures_decide() -> None:
    """How an episode begins tells little; more pictures would cost more than choosing spares."""
    assert choose_level(as_column(np.concatenate((swarming(100), standing(100))))) == CHEAP_LEVEL
    assert choose_level(as_column(np.concatenate((standing(100), swarming(100))))) == THOROUGH_LEVEL


def test_pictures_in_the_middle_of_a_column_are_found() -> None:
    column = as_column(np.concatenate((standing(100), swarming(100), standing(100))))
    assert choose_level(column.slice(100, 100)) == THOROUGH_LEVEL


@pytest.mark.parametrize("n_pictures", [1, 2])
def test_a_picture_or_two_are_enough(n_pictures: int) -> None:
    assert choose_level(as_column(standing(n_pictures))) == CHEAP_LEVEL
