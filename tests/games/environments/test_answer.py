from __future__ import annotations

import json

import numpy as np
import pytest

from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.answer import parse_answer, parse_info


def test_an_empty_info_is_an_outcome_without_more() -> None:
    outcome = parse_answer("A-v0", 1, terminated=False, truncated=np.bool_(True), info={})  # noqa: FBT003
    assert outcome == Outcome(1.0, truncated=True)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.int64(3), 3),
        (np.array([1, 2]), [1, 2]),
        ((1, "a", None, True), [1, "a", None, True]),
        ({"deep": {1: np.float32(0.5)}}, {"deep": {"1": 0.5}}),
        (float("inf"), "inf"),
        ([float("nan")], ["nan"]),
    ],
)
def test_a_value_of_info_becomes_what_json_can_hold(value: object, kept: object) -> None:
    info = parse_info({"key": value})
    assert info == {"key": kept}
    json.dumps(info, allow_nan=False)


@pytest.mark.parametrize("lives", [0, 3, np.int64(2**31 - 1), True])
def test_lives_are_a_fact_of_their_own(lives: int) -> None:
    outcome = parse_answer("A-v0", 0, terminated=False, truncated=False, info={"lives": lives, "invalid": False})
    assert (outcome.lives, outcome.info) == (int(lives), {})


@pytest.mark.parametrize("lives", [-1, 2**31, 1.5, "three"])
def test_lives_that_no_step_has_room_for_stay_in_info(lives: object) -> None:
    outcome = parse_answer("A-v0", 0, terminated=False, truncated=False, info={"lives": lives})
    assert (outcome.lives, outcome.info) == (None, {"lives": lives})


@pytest.mark.parametrize("value", [object(), np.zeros(65), list(range(65)), [object()], b"bytes", {"a": {2}}])
def test_what_json_cannot_hold_is_named_as_left_out(value: object) -> None:
    assert parse_info({"key": value, "other": 1}) == {"other": 1, "not_recorded": ["key"]}
