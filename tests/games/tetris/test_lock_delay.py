from __future__ import annotations

from tests.games.tetris.setting import hold_down, new_game, piece_of, place, tap

from skill_arcade.games.tetris.lock_delay import LockDelay
from skill_arcade.games.tetris.pieces import Piece, T


def frames_until_locked(delay: LockDelay, most: int = 100) -> int:
    """How many frames of rest it takes from now on."""
    return next(number for number in range(1, most) if delay.advance(is_resting=True))


def test_a_piece_is_locked_thirty_frames_after_the_frame_in_which_it_landed() -> None:
    game = new_game(T)
    place(game, Piece(T, 0, 3, 21))  # and falls a row at once: it rests
    landing, *frames = hold_down(game, "NOOP", 31)
    assert landing.cleared is None
    assert [frame.cleared for frame in frames] == [None] * 29 + [0]


def test_in_the_air_the_delay_does_not_run() -> None:
    delay = LockDelay(5)
    assert not any(delay.advance(is_resting=False) for _ in range(100))
    assert frames_until_locked(delay) == 31


def test_a_move_after_the_landing_begins_the_delay_anew_fifteen_times() -> None:
    delay = LockDelay(5)
    delay.advance(is_resting=True)
    for _ in range(15):
        assert not any(delay.advance(is_resting=True) for _ in range(29))
        delay.move(5)
    assert not any(delay.advance(is_resting=True) for _ in range(20))
    delay.move(5)
    assert frames_until_locked(delay) == 11


def test_moves_before_the_landing_are_free() -> None:
    delay = LockDelay(5)
    for _ in range(100):
        delay.move(5)
    delay.advance(is_resting=True)
    for _ in range(15):
        delay.move(5)
        delay.advance(is_resting=True)
    assert frames_until_locked(delay) == 30


def test_a_fall_to_a_lower_row_gives_all_resets_back() -> None:
    delay = LockDelay(5)
    delay.advance(is_resting=True)
    for _ in range(20):
        delay.move(5)
    delay.fall(6)
    delay.advance(is_resting=True)
    for _ in range(15):
        assert not any(delay.advance(is_resting=True) for _ in range(29))
        delay.move(6)
    assert frames_until_locked(delay) == 31


def test_a_piece_that_is_lifted_and_lands_in_the_same_row_goes_on_with_its_delay() -> None:
    delay = LockDelay(5)
    delay.advance(is_resting=True)
    for _ in range(15):
        delay.move(5)
    assert not any(delay.advance(is_resting=True) for _ in range(20))
    delay.move(4)
    assert not any(delay.advance(is_resting=False) for _ in range(50))
    delay.fall(5)
    assert frames_until_locked(delay) == 11


def test_shifting_to_and_fro_on_the_ground_delays_by_fifteen_moves_and_no_more() -> None:
    game = new_game(T)
    place(game, Piece(T, 0, 3, 21))
    hold_down(game, "NOOP")
    frames = [frame for _ in range(40) for name in ("LEFT", "RIGHT") for frame in hold_down(game, name)]
    assert [frame.cleared for frame in frames].index(0) == 15 + 30 - 1


def test_a_shift_against_the_wall_is_no_move() -> None:
    game = new_game(T)
    place(game, Piece(T, 0, 0, 21))
    hold_down(game, "NOOP")
    frames = tap(game, *["LEFT"] * 15)
    assert [frame.cleared for frame in frames] == [None] * 29 + [0]
    assert piece_of(game).y == 3
