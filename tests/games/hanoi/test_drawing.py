from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.games.hanoi.drawing import FIRST_DISC, Drawing, Layout, compute_palette


def test_a_picture_shows_every_disc_over_its_own_pole() -> None:
    drawing = Drawing(discs=3, poles=3)
    picture = drawing.draw((2, 0, 1))
    colours = [np.unique(third[third >= FIRST_DISC]) for third in np.array_split(picture, 3, axis=1)]
    assert [len(each) for each in colours] == [1, 1, 1]
    # Smaller discs come first among the colours: here they lie on the poles 3, 1, 2.
    assert np.argsort([each[0] for each in colours]).tolist() == [2, 0, 1]


def test_an_ordinary_game_is_320_by_180() -> None:
    assert Drawing(3, 3).draw((0, 0, 0)).shape == (180, 320)


@given(st.integers(1, 40), st.integers(3, 12))
def test_every_disc_is_wider_than_the_next_smaller_and_stays_within_its_pole_and_the_picture(
    discs: int, poles: int
) -> None:
    layout = Layout.fit(discs, poles)
    widths = [layout.half_width(disc) for disc in range(discs)]
    assert all(smaller < larger for smaller, larger in pairwise(widths))
    assert widths[0] > 3
    assert 2 * widths[-1] < layout.width / poles
    assert layout.disc_height >= 3
    assert layout.board_y - discs * layout.disc_height >= 0


def test_drawing_twice_gives_equal_pictures_that_share_nothing() -> None:
    drawing = Drawing(4, 3)
    first = drawing.draw((0, 0, 0, 0))
    first[:] = 0
    assert (drawing.draw((0, 0, 0, 0)) != first).any()


def test_the_palette_has_256_colours_and_a_dark_ground() -> None:
    palette = compute_palette()
    assert len(palette) == 768
    assert max(palette[:3]) < 32
