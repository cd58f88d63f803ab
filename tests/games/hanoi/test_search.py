from __future__ import annotations

from itertools import product

import pytest

from skill_arcade.games.hanoi.rules import all_moves, make_move
from skill_arcade.games.hanoi.search import distance_to_goal, optimum


@pytest.mark.parametrize("discs", range(1, 9))
def test_three_poles_take_two_to_the_n_less_one_moves(discs: int) -> None:
    assert optimum(discs, 3) == 2**discs - 1


# Frame and Stewart's numbers, proved to be the fewest for four poles (Bousch 2014).
@pytest.mark.parametrize(("discs", "moves"), [(1, 1), (2, 3), (3, 5), (4, 9), (5, 13), (6, 17), (7, 25)])
def test_four_poles_take_as_many_moves_as_frame_and_stewart_say(discs: int, moves: int) -> None:
    assert optimum(discs, 4) == moves


def test_with_more_poles_than_discs_each_disc_but_the_largest_moves_twice() -> None:
    assert optimum(4, 5) == 2 * 4 - 1


# Known means over all states, from the state graph of the game with three poles.
@pytest.mark.parametrize(("discs", "mean"), [(3, 4.667), (4, 10.0), (5, 20.667)])
def test_the_mean_distance_over_all_states_is_the_known_one(discs: int, mean: float) -> None:
    states = list(product(range(3), repeat=discs))
    assert sum(distance_to_goal(state, 3) for state in states) / len(states) == pytest.approx(mean, abs=5e-4)


def test_from_every_state_but_the_goal_some_move_comes_one_closer() -> None:
    for state in product(range(3), repeat=4):
        reached = [after for move in all_moves(3) if (after := make_move(state, move)) is not None]
        nearest = min(distance_to_goal(after, 3) for after in reached)
        assert nearest == distance_to_goal(state, 3) - 1 or state == (2, 2, 2, 2)


def test_a_state_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="is no state"):
        distance_to_goal((0, 3), 3)


def test_a_game_too_large_to_search_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 600000 states"):
        optimum(13, 3)
