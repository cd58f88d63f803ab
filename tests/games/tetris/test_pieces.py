from __future__ import annotations

import pytest

from skill_arcade.games.tetris.field import Field
from skill_arcade.games.tetris.pieces import KICKS, KINDS, SHAPES, I, J, L, O, Piece, S, T, Z

# The tables of the Super Rotation System as they are published: rotations 0, R, 2, L; x to the right, y up.
KICKS_OF_JLSTZ = """
0R ( 0, 0) (-1, 0) (-1,+1) ( 0,-2) (-1,-2)
R0 ( 0, 0) (+1, 0) (+1,-1) ( 0,+2) (+1,+2)
R2 ( 0, 0) (+1, 0) (+1,-1) ( 0,+2) (+1,+2)
2R ( 0, 0) (-1, 0) (-1,+1) ( 0,-2) (-1,-2)
2L ( 0, 0) (+1, 0) (+1,+1) ( 0,-2) (+1,-2)
L2 ( 0, 0) (-1, 0) (-1,-1) ( 0,+2) (-1,+2)
L0 ( 0, 0) (-1, 0) (-1,-1) ( 0,+2) (-1,+2)
0L ( 0, 0) (+1, 0) (+1,+1) ( 0,-2) (+1,-2)
"""
KICKS_OF_I = """
0R ( 0, 0) (-2, 0) (+1, 0) (-2,-1) (+1,+2)
R0 ( 0, 0) (+2, 0) (-1, 0) (+2,+1) (-1,-2)
R2 ( 0, 0) (-1, 0) (+2, 0) (-1,+2) (+2,-1)
2R ( 0, 0) (+1, 0) (-2, 0) (+1,-2) (-2,+1)
2L ( 0, 0) (+2, 0) (-1, 0) (+2,+1) (-1,-2)
L2 ( 0, 0) (-2, 0) (+1, 0) (-2,-1) (+1,+2)
L0 ( 0, 0) (+1, 0) (-2, 0) (+1,-2) (-2,+1)
0L ( 0, 0) (-1, 0) (+2, 0) (-1,+2) (+2,-1)
"""
SPAWNED = {
    I: ["....", "####", "....", "...."],
    J: ["#...", "###.", "....", "...."],
    L: ["..#.", "###.", "....", "...."],
    O: [".##.", ".##.", "....", "...."],
    S: [".##.", "##..", "....", "...."],
    T: [".#..", "###.", "....", "...."],
    Z: ["##..", ".##.", "....", "...."],
}


def drawn(kind: int, rotation: int) -> list[str]:
    return ["".join("#" if (x, y) in SHAPES[kind][rotation] else "." for x in range(4)) for y in range(4)]


def parse(table: str) -> dict[tuple[int, int], list[tuple[int, int]]]:
    kicks = {}
    for line in table.strip().splitlines():
        names, *pairs = line.replace(" ", "").replace(")", "").split("(")
        before, after = ("0R2L".index(name) for name in names)
        kicks[before, after] = [(int(pair.split(",")[0]), int(pair.split(",")[1])) for pair in pairs]
    return kicks


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != O])
def test_the_kicks_are_those_of_the_published_tables(kind: int) -> None:
    published = parse(KICKS_OF_I if kind == I else KICKS_OF_JLSTZ)
    ours = {turn: [(x, -y) for x, y in kicks] for turn, kicks in KICKS[kind].items()}
    assert ours == published


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_appears_flat_side_down_in_the_upper_rows_of_its_box(kind: int) -> None:
    assert drawn(kind, 0) == SPAWNED[kind]


def test_a_turn_is_clockwise() -> None:
    assert drawn(T, 1) == [".#..", ".##.", ".#..", "...."]
    assert drawn(T, 2) == ["....", "###.", ".#..", "...."]
    assert drawn(T, 3) == [".#..", "##..", ".#..", "...."]
    assert drawn(I, 1) == ["..#.", "..#.", "..#.", "..#."]
    assert drawn(I, 2) == ["....", "....", "####", "...."]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != O])
@pytest.mark.parametrize("turn", [1, -1])
def test_four_turns_in_the_open_bring_a_piece_back(kind: int, turn: int) -> None:
    field, piece = Field(), Piece(kind, 0, 3, 10)
    for _ in range(4):
        piece = next(place for place in piece.turned(turn) if field.fits(place))
    assert piece == Piece(kind, 0, 3, 10)


def test_an_o_has_nowhere_to_turn_to() -> None:
    assert Piece(O, 0, 3, 10).turned(1) == []
    assert Piece(O, 0, 3, 10).turned(-1) == []
