from __future__ import annotations

import pytest
from tests.games.tetris.setting import hold_down, lay, new_game, piece_of, place, points_of, seen, tap

from skill_arcade.games.tetris.field import HIDDEN_ROWS
from skill_arcade.games.tetris.game import Game
from skill_arcade.games.tetris.pieces import KINDS, I, J, L, O, Piece, S, T, Z

ALL_BUT_LAST = "OOOOOOOOO."


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_appears_in_the_middle_above_the_field_and_falls_a_row_at_once(kind: int) -> None:
    cells = piece_of(new_game(kind)).cells()
    assert {x for x, _ in cells} == ({4, 5} if kind == O else {3, 4, 5, 6} if kind == I else {3, 4, 5})
    assert max(y for _, y in cells) == HIDDEN_ROWS


def test_a_piece_that_cannot_fall_that_row_appears_above_the_field() -> None:
    game = new_game(O, *["....II...."] * 20)
    assert max(y for _, y in piece_of(game).cells()) == HIDDEN_ROWS - 1


def test_a_t_that_turns_against_the_wall_is_kicked_off_it() -> None:
    game = new_game(T)
    place(game, Piece(T, 1, -1, 10))
    tap(game, "CW")
    assert piece_of(game) == Piece(T, 2, 0, 11)


def test_an_i_that_stands_at_the_wall_is_kicked_two_columns() -> None:
    game = new_game(I)
    place(game, Piece(I, 1, -2, 10))
    tap(game, "CW")
    assert piece_of(game) == Piece(I, 2, 0, 11)
    place(game, Piece(I, 3, 8, 10))
    tap(game, "CW")
    assert piece_of(game) == Piece(I, 0, 6, 11)


def test_an_i_that_lies_on_the_ground_is_kicked_up() -> None:
    game = new_game(I)
    place(game, Piece(I, 0, 3, 22))
    tap(game, "CCW")
    assert piece_of(game) == Piece(I, 3, 2, 20)


def test_a_t_turns_into_a_gap_under_an_overhang_by_the_last_kick() -> None:
    game = new_game(T, "..OO......", "OOO...OOOO", "OOO.OOOOOO", "OOO..OOOOO", "OOO.OOOOOO")
    place(game, Piece(T, 0, 3, 19))
    tap(game, "CW")
    assert piece_of(game) == Piece(T, 1, 2, 21)
    (frame,) = hold_down(game, "DROP")
    assert (frame.points, frame.cleared) == (500, 3)
    assert seen(game.field, 3) == ["..........", "..OO......", "OOO...OOOO"]


def test_an_o_stays_where_it_is() -> None:
    game = new_game(O)
    before = piece_of(game)
    tap(game, "CW", "CCW", "CW")
    assert piece_of(game) == before


def test_a_piece_without_room_does_not_turn() -> None:
    game = new_game(I, *["OOOOO.OOOO"] * 8)
    place(game, Piece(I, 1, 3, 19))
    tap(game, "CW", "CCW")
    assert piece_of(game) == Piece(I, 1, 3, 20)


def test_a_shift_goes_to_the_wall_and_no_further() -> None:
    game = new_game(J)
    hold_down(game, "LEFT", 40)
    assert piece_of(game).x == 0
    hold_down(game, "RIGHT", 40)
    assert piece_of(game).x == 7


def test_an_arrow_goes_on_shifting_with_the_next_piece() -> None:
    game = new_game(T)
    hold_down(game, "LEFT", 20)
    hold_down(game, "LEFTDROP")
    assert piece_of(game).x == 3
    hold_down(game, "LEFT", 2)
    assert piece_of(game).x == 2


def test_a_hard_drop_locks_at_once_and_is_worth_two_points_a_row() -> None:
    game = new_game(T)
    (frame,) = hold_down(game, "DROP")
    assert (frame.points, frame.cleared) == (2 * 19, 0)
    assert seen(game.field, 2) == ["....T.....", "...TTT...."]
    assert piece_of(game) == Piece(I, 0, 3, 3)


def test_a_hard_drop_that_is_held_drops_one_piece_only() -> None:
    game = new_game(T)
    assert [frame.cleared for frame in hold_down(game, "DROP", 20)] == [0] + [None] * 19


def test_a_soft_drop_is_worth_a_point_a_row_and_locks_nothing() -> None:
    game = new_game(T)
    frames = hold_down(game, "DOWN", 19 * 3 + 29)
    assert points_of(frames) == 19
    assert all(frame.cleared is None for frame in frames)
    assert hold_down(game, "DOWN", 1)[0].cleared == 0


def test_a_turn_and_a_shift_come_before_the_drop_of_the_same_frame() -> None:
    game = new_game(T)
    hold_down(game, "LEFTDROPCW")
    assert seen(game.field, 3) == ["...T......", "...TT.....", "...T......"]


def test_four_rows_at_once_are_worth_800_times_the_level_and_the_level_rises_after_ten() -> None:
    game = new_game(I, *[ALL_BUT_LAST] * 4, level=3)
    game.lines = 8
    assert game.level == 3
    place(game, Piece(I, 1, 7, 20))
    (frame,) = hold_down(game, "DROP")
    assert (frame.points, frame.cleared) == (800 * 3, 4)
    assert (game.lines, game.level) == (12, 4)
    assert not any(game.field.cells)


def test_combos_and_four_after_four_count_from_piece_to_piece() -> None:
    game = new_game(I, *[ALL_BUT_LAST] * 4)
    place(game, Piece(I, 1, 7, 20))
    points = [points_of(tap(game, "DROP"))]
    for _ in range(2):
        lay(game.field, *[ALL_BUT_LAST] * 4)
        place(game, Piece(I, 1, 7, 20))
        points.append(points_of(tap(game, "DROP")))
    assert points == [800, 1200 + 50, 1200 + 100]


def test_hold_lays_a_piece_aside_once_and_gives_it_back_after_the_next() -> None:
    game = new_game(T)
    tap(game, "RIGHT", "CW", "HOLD")
    assert (game.held, game.may_hold, piece_of(game)) == (T, False, Piece(I, 0, 3, 3))
    tap(game, "HOLD")
    assert (game.held, piece_of(game).kind) == (T, I)
    tap(game, "DROP")
    assert game.may_hold
    assert piece_of(game).kind == J
    tap(game, "HOLD")
    assert (game.held, game.may_hold, piece_of(game)) == (J, False, Piece(T, 0, 3, 3))


def test_a_hold_that_is_held_down_acts_once() -> None:
    game = new_game(T)
    hold_down(game, "HOLD", 5)
    hold_down(game, "DROPHOLD", 5)
    assert (game.held, piece_of(game).kind) == (T, J)


def test_without_room_for_the_next_piece_the_game_is_over() -> None:
    game = new_game(O, *["...OOOO..."] * 20)
    assert piece_of(game).y == 2
    place(game, Piece(T, 1, -1, 3))
    lay(game.field, *["....O....."] * 22)
    (frame,) = hold_down(game, "DROP")
    assert frame.cleared == 0
    assert game.falling is None


def test_a_piece_that_is_locked_out_of_sight_ends_the_game() -> None:
    game = new_game(O, *["....OO...."] * 20)
    (frame,) = hold_down(game, "DROP")
    assert (frame.points, frame.cleared, game.falling) == (0, 0, None)


def test_a_piece_of_which_a_cell_is_seen_does_not() -> None:
    game = new_game(I, *["......OO.."] * 19)
    place(game, Piece(I, 1, 5, 0))
    hold_down(game, "DROP")
    assert game.falling is not None


def test_after_the_end_nothing_changes_any_more() -> None:
    game = new_game(O, *["....OO...."] * 20)
    hold_down(game, "DROP")
    cells = bytes(game.field.cells)
    assert points_of(tap(game, "LEFTDROP", "CW", "HOLD", "DOWN")) == 0
    assert (bytes(game.field.cells), game.held, game.falling) == (cells, 0, None)


@pytest.mark.parametrize("kind", [S, Z, L, J, T, I, O])
def test_pieces_dropped_on_one_another_end_the_game_in_the_end(kind: int) -> None:
    game = Game(1, 10, 2, draw=lambda: kind)
    n_locked = 0
    while game.falling is not None:
        n_locked += sum(frame.cleared is not None for frame in tap(game, "DROP"))
    assert 8 <= n_locked <= 21
    assert sum(map(bool, game.field.cells)) == 4 * n_locked
