from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.games.tetris.setting import hold_down, new_game, piece_of, place, tap

from skill_arcade.domain.picture import Picture
from skill_arcade.games.tetris.drawing import HEIGHT, WIDTH, Drawing
from skill_arcade.games.tetris.game import Game
from skill_arcade.games.tetris.keys import ACTIONS, Keys
from skill_arcade.games.tetris.palette import BASE, DIM, GROUND, compute_palette, piece_colour
from skill_arcade.games.tetris.pieces import KINDS, NAMES, I, O, Piece, T
from skill_arcade.games.tetris.tiles import CELL, compute_tiles

# How people without one kind of cone see linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
SIGHTS: dict[str, tuple[tuple[float, ...], ...]] = {
    "all three cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TO_XYZ = ((0.4339, 0.3762, 0.1899), (0.2127, 0.7152, 0.0722), (0.0178, 0.1095, 0.8728))
"""From linear sRGB, each divided by that of white."""


def cell_of(picture: Picture, x: int, y: int) -> Picture:
    """A cell of the field; y from the top row that is seen."""
    left, top = 56 + x * CELL, 5 + y * CELL
    return picture[top : top + CELL, left : left + CELL]


def cells_with(picture: Picture, colour: int) -> set[tuple[int, int]]:
    return {(x, y) for x in range(10) for y in range(20) if (cell_of(picture, x, y) == colour).any()}


def to_lab(rgb: npt.NDArray[np.uint8], sight: npt.ArrayLike) -> npt.NDArray[np.float64]:
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.array(TO_XYZ) @ np.clip(np.array(sight) @ linear, 0, 1))
    return np.array((116 * y - 16, 500 * (x - y), 200 * (y - z)))


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_pieces_look_alike_to_anybody_by_their_colours(sight: str) -> None:
    palette = np.frombuffer(compute_palette(), np.uint8).reshape(256, 3)
    seen = {kind: to_lab(palette[piece_colour(kind, BASE)], SIGHTS[sight]) for kind in KINDS}
    distances = {NAMES[a] + NAMES[b]: np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(KINDS, 2)}
    # A difference of 2 can just be seen.
    assert min(distances.values()) > 15, distances


def test_no_two_pieces_have_the_same_mark() -> None:
    tiles = compute_tiles()
    assert len({(tiles[kind] == piece_colour(kind, BASE)).tobytes() for kind in KINDS}) == 7


def test_the_palette_has_256_colours_and_a_dark_ground() -> None:
    assert len(compute_palette()) == 768
    assert max(compute_palette()[3 * GROUND : 3 * GROUND + 3]) < 32


def test_the_falling_piece_and_the_outline_of_where_it_lands_are_seen_in_their_cells() -> None:
    game = new_game(T, "OO........", "OO........")
    place(game, Piece(T, 0, 0, 10))
    picture = Drawing().draw(game)
    assert picture.shape == (HEIGHT, WIDTH)
    assert cells_with(picture, piece_colour(T, BASE)) == {(1, 7), (0, 8), (1, 8), (2, 8)}
    assert cells_with(picture, piece_colour(T, DIM)) == {(1, 16), (0, 17), (1, 17), (2, 17)}
    assert cells_with(picture, piece_colour(O, BASE)) == {(0, 18), (1, 18), (0, 19), (1, 19)}


def test_where_the_piece_lies_it_hides_its_outline() -> None:
    game = new_game(T)
    place(game, Piece(T, 0, 3, 21))
    picture = Drawing().draw(game)
    assert cells_with(picture, piece_colour(T, DIM)) == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rotation", range(4))
def test_an_outline_is_one_closed_line(kind: int, rotation: int) -> None:
    game = new_game(kind)
    place(game, Piece(kind, rotation, 3, 4))
    line = Drawing().draw(game) == piece_colour(kind, DIM)
    neighbours = sum(np.roll(line, shift, axis) for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)))
    # An inner corner has its pixel too, so that every pixel has exactly two others beside it.
    assert line.sum() > 4 * CELL
    assert (neighbours[line] == 2).all()


def test_what_is_above_the_field_is_not_seen() -> None:
    game = new_game(I, *["......OO.."] * 20)
    place(game, Piece(I, 1, 5, 0))
    assert cells_with(Drawing().draw(game), piece_colour(I, BASE)) == set()


@pytest.mark.parametrize("lines", [0, 1, 10, 999, 1000, 123_456])
def test_a_number_of_lines_leaves_the_field_alone(lines: int) -> None:
    game = new_game(T)
    before = Drawing().draw(game)
    game.lines = lines
    after = Drawing().draw(game)
    assert np.array_equal(before[:, 50:], after[:, 50:])
    assert (lines == 0) == np.array_equal(before, after)


def test_a_held_piece_is_outlined_while_it_cannot_be_taken_back() -> None:
    game = new_game(T)
    tap(game, "HOLD")
    spent = Drawing().draw(game)[:, :50]
    assert (spent == piece_colour(T, DIM)).any()
    assert not (spent == piece_colour(T, BASE)).any()
    tap(game, "DROP")
    again = Drawing().draw(game)[:, :50]
    assert not (again == piece_colour(T, DIM)).any()
    assert (again == piece_colour(T, BASE)).any()


@settings(deadline=None, max_examples=40)  # each is a whole game
@given(st.integers(0, 2**64 - 1), st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 9)), max_size=60))
def test_drawing_only_what_changed_gives_the_same_picture_as_drawing_all(
    number: int, played: list[tuple[Keys, int]]
) -> None:
    game, drawing = Game(15, 2, 1, draw=lambda: number), Drawing()
    for keys, n_frames in played:
        for _ in range(n_frames):
            game.advance(keys)
        assert np.array_equal(drawing.draw(game), Drawing().draw(game))


def test_the_picture_of_another_game_is_not_mistaken_for_the_last_one() -> None:
    drawing = Drawing()
    one, other = new_game(T), new_game(T)
    hold_down(other, "DROP")
    place(other, piece_of(one))
    assert not np.array_equal(drawing.draw(one), drawing.draw(other))
    assert np.array_equal(drawing.draw(one), Drawing().draw(one))


def test_drawing_twice_gives_equal_pictures_that_share_nothing() -> None:
    drawing, game = Drawing(), new_game(T)
    first = drawing.draw(game)
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(drawing.draw(game), kept)
