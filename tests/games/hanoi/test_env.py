from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.games.hanoi import ENV_ID
from skill_arcade.games.hanoi.env import Hanoi
from skill_arcade.games.hanoi.search import optimum

SOLUTION_OF_THREE = ("MOVE_0_2", "MOVE_0_1", "MOVE_2_1", "MOVE_0_2", "MOVE_1_0", "MOVE_1_2", "MOVE_0_2")


@pytest.mark.parametrize(("discs", "poles"), [(1, 3), (3, 3), (5, 4)])
def test_it_passes_gymnasiums_own_check(discs: int, poles: int) -> None:
    check_env(gymnasium.make(ENV_ID, discs=discs, poles=poles, render_mode="rgb_array").unwrapped)


def test_every_pair_of_poles_is_an_action_with_a_name() -> None:
    env = Hanoi(discs=2, poles=4)
    meanings = env.get_action_meanings()
    assert env.action_space.n == len(meanings) == len(set(meanings)) == 12  # type: ignore[attr-defined]
    assert meanings[:4] == ["MOVE_0_1", "MOVE_0_2", "MOVE_0_3", "MOVE_1_0"]


def test_the_shortest_solution_terminates_and_returns_minus_the_optimum() -> None:
    env = Hanoi(discs=3, poles=3)
    env.reset(seed=1)
    answers = [env.step(np.int64(env.get_action_meanings().index(name))) for name in SOLUTION_OF_THREE]
    assert [terminated for _, _, terminated, _, _ in answers] == [False] * 6 + [True]
    assert sum(reward for _, reward, _, _, _ in answers) == -optimum(3, 3)
    assert answers[-1][0].tolist() == [2, 2, 2]


def test_a_move_that_is_not_allowed_changes_nothing_costs_as_much_and_says_so() -> None:
    env = Hanoi(discs=3, poles=3)
    before, _ = env.reset()
    after, reward, terminated, truncated, info = env.step(np.int64(2))
    assert before.tolist() == after.tolist()
    assert (reward, terminated, truncated, info) == (-1.0, False, False, {"invalid": True})


@given(st.integers(1, 5), st.integers(3, 5), st.lists(st.integers(0, 1000), max_size=60))
def test_whatever_is_tried_all_discs_stay_and_a_refused_move_changes_neither_state_nor_picture(
    discs: int, poles: int, tries: list[int]
) -> None:
    env = Hanoi(discs=discs, poles=poles)
    before: Any = env.reset()[0]
    for number in tries:
        picture = env.render_indices()
        after, _, _, _, info = env.step(np.int64(number % len(env.moves)))
        assert env.observation_space.contains(after)
        assert (after != before).sum() == (0 if info["invalid"] else 1)
        assert np.array_equal(picture, env.render_indices()) == info["invalid"]
        before = after


def test_the_rgb_picture_is_the_palette_picture_looked_up() -> None:
    env = Hanoi(render_mode="rgb_array")
    env.reset()
    table = np.frombuffer(env.palette, dtype=np.uint8).reshape(256, 3)
    rgb = env.render()
    assert rgb is not None
    assert np.array_equal(rgb, table[env.render_indices()])


def test_without_a_render_mode_there_is_no_rgb_picture() -> None:
    assert Hanoi().render() is None


def test_a_game_without_discs_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="1 disc or more"):
        Hanoi(discs=0)


@given(st.integers(1, 5), st.integers(3, 5), st.integers(0, 1000))
def test_a_random_start_follows_from_the_seed_and_is_never_the_goal(discs: int, poles: int, seed: int) -> None:
    first, info = Hanoi(discs, poles, "random").reset(seed=seed)
    again, _ = Hanoi(discs, poles, "random").reset(seed=seed)
    assert first.tolist() == again.tolist()
    assert first.tolist() != [poles - 1] * discs
    assert info["optimum"] >= 1


def test_random_starts_meet_every_state_but_the_goal() -> None:
    env = Hanoi(2, 3, "random")
    env.reset(seed=0)
    assert len({tuple(env.reset()[0].tolist()) for _ in range(300)}) == 3**2 - 1


def test_the_start_tells_the_fewest_moves_where_the_game_is_small_enough() -> None:
    assert Hanoi(3, 3).reset()[1] == {"invalid": False, "optimum": 7}
    assert Hanoi(4, 4).reset()[1]["optimum"] == 9
    assert "optimum" not in Hanoi(13, 3).reset()[1]


def test_an_unknown_start_is_refused() -> None:
    with pytest.raises(ValueError, match="a tower or at random, not with 'upside down'"):
        Hanoi(start="upside down")  # type: ignore[arg-type]
