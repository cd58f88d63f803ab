from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.games.tetris.setting import lay, seen

from skill_arcade.games.tetris.field import COLUMNS, HIDDEN_ROWS, ROWS, Field, is_out_of_sight
from skill_arcade.games.tetris.pieces import KINDS, I, O, Piece, T

ROW = st.one_of(
    st.just(bytes(COLUMNS)),
    st.integers(1, 7).map(lambda kind: bytes([kind]) * COLUMNS),
    st.binary(min_size=COLUMNS, max_size=COLUMNS).map(lambda row: bytes(cell % 8 for cell in row)),
)
FIELDS = st.lists(ROW, min_size=ROWS, max_size=ROWS)
PIECES = st.builds(Piece, st.sampled_from(KINDS), st.integers(0, 3), st.integers(-3, COLUMNS), st.integers(-3, ROWS))


def field_of(rows: list[bytes]) -> Field:
    field = Field()
    field.cells[:] = b"".join(rows)
    return field


def array_of(field: Field) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.frombuffer(bytes(field.cells), np.uint8).reshape(ROWS, COLUMNS)


@given(FIELDS)
def test_full_rows_go_and_what_is_above_them_falls_by_as_many(rows: list[bytes]) -> None:
    field = field_of(rows)
    before = array_of(field)
    n_full = field.clear_full_rows()
    is_full = before.all(axis=1)
    after = array_of(field)
    assert n_full == is_full.sum()
    assert np.array_equal(after[n_full:], before[~is_full])
    assert not after[:n_full].any()


@given(FIELDS, PIECES)
def test_a_piece_fits_where_it_is_inside_and_nothing_else_is(rows: list[bytes], piece: Piece) -> None:
    inside = all(0 <= x < COLUMNS and 0 <= y < ROWS for x, y in piece.cells())
    assert field_of(rows).fits(piece) == (inside and not any(rows[y][x] for x, y in piece.cells()))


@given(FIELDS, PIECES)
def test_a_dropped_piece_falls_through_empty_cells_only_and_ends_on_something(rows: list[bytes], piece: Piece) -> None:
    field = field_of(rows)
    if not field.fits(piece):
        return
    landed = field.drop(piece)
    assert all(field.fits(piece.lowered(n)) for n in range(landed.y - piece.y + 1))
    assert landed == piece.lowered(landed.y - piece.y)
    assert not field.fits(landed.lowered(1))


@given(FIELDS, PIECES)
def test_locking_adds_four_cells_of_its_kind_and_changes_no_other(rows: list[bytes], piece: Piece) -> None:
    field = field_of(rows)
    if not field.fits(piece):
        return
    before = array_of(field)
    field.lock(piece)
    changed = np.argwhere(array_of(field) != before)
    assert sorted((int(x), int(y)) for y, x in changed) == sorted(piece.cells())
    assert all(field.cells[y * COLUMNS + x] == piece.kind for x, y in piece.cells())


def test_rows_between_full_ones_stay() -> None:
    field = Field()
    lay(field, "T.........", "IIIIIIIIII", "ZZ.ZZ.....", "OOOOOOOOOO")
    assert field.clear_full_rows() == 2
    assert seen(field, 4) == ["..........", "..........", "T.........", "ZZ.ZZ....."]


def test_out_of_sight_is_a_piece_of_which_no_cell_is_seen() -> None:
    assert is_out_of_sight(Piece(O, 0, 3, HIDDEN_ROWS - 2))
    assert not is_out_of_sight(Piece(O, 0, 3, HIDDEN_ROWS - 1))
    assert not is_out_of_sight(Piece(I, 1, 3, 1))
    assert is_out_of_sight(Piece(T, 0, 3, 0))
