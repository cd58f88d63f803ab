"""What can be done in one step: which actions there are, and what of them reaches the environment."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from tests.games.environments.random_spaces import Space, boxes, discretes

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.action_space import DiscreteActions, VectorActions
from skill_arcade.games.environments.gymnasium_actions import read_action_space

playable = st.one_of(
    boxes,
    discretes,
    st.builds(spaces.MultiBinary, st.one_of(st.integers(1, 4), st.lists(st.integers(1, 3), min_size=1, max_size=2))),
    st.builds(spaces.MultiDiscrete, st.lists(st.integers(1, 7), min_size=1, max_size=3)),
)


def box(low: Any, high: Any, shape: tuple[int, ...] | None = None, dtype: Any = np.float32) -> VectorActions:
    space = read_action_space(spaces.Box(low, high, shape, dtype), "Box-v0")
    assert isinstance(space, VectorActions)
    return space


@given(playable, st.integers(0, 99))
def test_any_action_is_one_that_the_environment_itself_knows_and_survives_json(space: Space, seed: int) -> None:
    """REC-44: what is recorded is exactly what was played."""
    actions = read_action_space(space, "Any-v0")
    action = actions.sample(Random(seed))
    assert actions.accepts(action)
    assert actions.settle(action) == action
    given_to_environment = actions.to_environment(action)
    if isinstance(space, spaces.Discrete):
        assert space.contains(given_to_environment)
    else:
        assert space.contains(np.asarray(given_to_environment))
    stored = json.loads(json.dumps(action))
    again = actions.to_environment(stored if isinstance(stored, int) else tuple(stored))
    assert np.array_equal(np.asarray(given_to_environment), np.asarray(again))


def test_an_index_is_counted_from_0_whatever_the_environment_begins_with() -> None:
    """LIVE-38."""
    actions = read_action_space(spaces.Discrete(3, start=5), "Five-v0")
    assert [actions.to_environment(index) for index in range(3)] == [5, 6, 7]
    assert actions.n == 3


@pytest.mark.parametrize("action", [-1, 3, 1.0, True, None, "1", (1,), [1]])
def test_what_is_no_index_is_refused(action: object) -> None:
    actions = DiscreteActions("Five-v0", 3, start=5)
    assert not actions.accepts(action)
    with pytest.raises(EnvironmentFailed, match=r"Five-v0 takes a number from 0 to 2; .* is none"):
        actions.to_environment(action)


def test_whole_numbers_come_in_the_type_and_shape_of_the_environment() -> None:
    n, start = np.array([[3, 2], [1, 4]]), np.array([[0, 1], [5, 0]])
    actions = read_action_space(spaces.MultiDiscrete(n, start=start), "Grid-v0")
    played = actions.to_environment((2.0, 1, 5, 3.0))
    assert isinstance(played, np.ndarray)
    assert (played.dtype.name, played.tolist()) == ("int64", [[2, 1], [5, 3]])
    assert actions.settle((2, 1, 5, 3)) == (2.0, 1.0, 5.0, 3.0)


@pytest.mark.parametrize("action", [(0, 2), (0.5, 1), (0,), (0, 1, 0), (0, True), (0, "1"), (0, None), 1, (-1, 0)])
def test_a_list_of_another_length_or_with_an_element_out_of_range_is_refused(action: object) -> None:
    """LIVE-37."""
    assert not read_action_space(spaces.MultiBinary(2), "Bits-v0").accepts(action)


def test_an_element_is_rounded_to_the_environments_own_type_before_it_is_compared() -> None:
    """LIVE-37: 0.7 is a little more than the float32 that the bound is, and 0.1 is recorded as its float32."""
    actions = box(np.array([0.0, 0.1], np.float32), np.array([0.7, 1.0], np.float32))
    assert actions.accepts((0.7, 0.1))
    assert actions.settle((0.7, 0.1)) == (float(np.float32(0.7)), float(np.float32(0.1)))
    assert not actions.accepts((0.701, 0.5))


def test_what_is_no_finite_number_is_refused_where_there_are_no_bounds_too() -> None:
    actions = box(-math.inf, math.inf, (1,))
    assert actions.accepts((-1e30,))
    for element in (math.nan, math.inf, -math.inf, 1e300, 10**400):
        assert not actions.accepts((element,)), element


def test_an_action_without_dimensions_is_a_list_of_one() -> None:
    played = box(-1, 1, ()).to_environment((0.5,))
    assert isinstance(played, np.ndarray)
    assert played.shape == ()


def test_whole_numbers_beyond_what_a_recording_holds_exactly_are_refused() -> None:
    actions = box(np.iinfo(np.int64).min, np.iinfo(np.int64).max, (1,), np.int64)
    assert actions.accepts((2.0**53,))
    assert not actions.accepts((2.0**53 + 2,))


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (spaces.Box(-1, 1, (1,)), "takes a list of 1 number (-1 to 1)"),
        (spaces.MultiBinary(2), "takes a list of 2 whole numbers (0 to 1, 0 to 1)"),
        (spaces.Box(-math.inf, 1, (9,)), "takes a list of 9 numbers (" + "-inf to 1, " * 8 + "and so on)"),
    ],
)
def test_a_space_is_told_in_a_sentence(space: Space, sentence: str) -> None:
    assert read_action_space(space, "Told-v0").describe() == sentence


@pytest.mark.parametrize("space", [spaces.Text(3), spaces.Dict({}), spaces.Tuple([spaces.Discrete(2)])])
def test_a_space_that_keys_and_mouse_cannot_play_is_refused_in_one_line(space: Space) -> None:
    with pytest.raises(EnvironmentFailed) as caught:
        read_action_space(space, "Odd-v0")
    assert str(caught.value).startswith(f"Odd-v0 has the actions {type(space).__name__}")
    assert "keys and mouse can play Discrete, MultiDiscrete, MultiBinary and Box" in str(caught.value)
