from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

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


def swarming(n_pictures: int) -> Pictures:
    """Thirty things of 6 by 6 pixels, each somewhere else in every picture: they are found by searching more."""
    dice = np.random.default_rng(1)
    things = dice.integers(1, 256, (30, 6, 6), np.uint8)
    pictures = np.zeros((n_pictures, 210, 160), np.uint8)
    for picture in pictures:
        for thing, y, x in zip(things, dice.integers(0, 204, 30), dice.integers(0, 154, 30), strict=True):
            picture[y : y + 6, x : x + 6] = thing
    return pictures.reshape(n_pictures, N_BYTES)


def test_pictures_are_packed_cheaply_where_that_packs_nearly_as_well() -> None:
    assert choose_level(as_column(standing(120))) == CHEAP_LEVEL


def test_pictures_are_packed_thoroughly_where_that_saves_much() -> None:
    assert choose_level(as_column(swarming(120))) == THOROUGH_LEVEL


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
