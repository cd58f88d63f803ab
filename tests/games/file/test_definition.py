from __future__ import annotations

import json
from random import Random

import pytest

from skill_arcade.domain.episode import Status
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.file.definition import GameDefinition

CATALOGUE = Catalogue.load()
BREAKOUT, CART_POLE, HANOI = (CATALOGUE.get(name) for name in ("Breakout.v0", "CartPole.v1", "Hanoi.v0"))


def with_changes(definition: GameDefinition, **changes: object) -> GameDefinition:
    return GameDefinition.from_json({**definition.to_json(), **changes})


@pytest.mark.parametrize("definition", CATALOGUE, ids=lambda definition: definition.id)
def test_a_definition_comes_back_from_json_as_it_was(definition: GameDefinition) -> None:
    assert GameDefinition.from_json(json.loads(json.dumps(definition.to_json()))) == definition


def test_the_json_of_a_definition_has_the_keys_of_the_file() -> None:
    assert HANOI.to_json()["metric"]["from"] == "steps"


def test_what_is_no_definition_is_refused() -> None:
    with pytest.raises(ValueError, match="validation error"):
        GameDefinition.from_json({"id": "A.v0"})


def test_the_view_for_a_page_has_all_it_draws_and_nothing_of_seeds() -> None:
    view = BREAKOUT.public_view()
    assert json.loads(json.dumps(view)) == view
    assert view["pacing"] == {"mode": "realtime", "tick_hz": 60.0}
    assert view["controls"][0] == {"does": "LEFT", "keys": ["ArrowLeft", "KeyA"], "say": "Move left"}
    assert view["picture"] == {"width": 160, "height": 210, "pixel_aspect": 2.0}
    assert view["metric"] == {"name": "Score", "unit": "points", "from": "reward", "better": "higher"}
    assert view["flashing"] is False
    assert "seed" not in json.dumps(view)


def test_the_view_of_a_game_of_turns_tells_its_sequences_and_its_regions() -> None:
    view = HANOI.public_view()
    assert view["pacing"] == {"mode": "turn", "tick_hz": None}
    assert view["sequences"][1]["keys"] == ["Digit1", "Digit3"]
    assert view["pointer"][2] == {"region": [0.6667, 0.0, 1.0, 1.0], "key": "Digit3"}


@pytest.mark.parametrize(
    ("x", "y", "key"), [(0, 0, "Digit1"), (0.3333, 0.5, "Digit2"), (0.99, 0.99, "Digit3"), (1.5, 0.5, None)]
)
def test_a_click_is_a_tap_of_the_key_of_its_region(x: float, y: float, key: str | None) -> None:
    assert HANOI.pointer_key(x, y) == key


def test_a_click_on_the_very_edge_of_the_picture_belongs_to_its_last_region() -> None:
    assert HANOI.pointer_key(1.0, 1.0) == "Digit3"


def test_the_environment_of_a_game_is_complete_without_its_file() -> None:
    assert CART_POLE.environment_spec() == EnvironmentSpec("CartPole-v1", {}, "auto", 500)
    assert BREAKOUT.environment_spec().kwargs["max_num_frames_per_episode"] == 0


@pytest.mark.parametrize(
    ("won", "terminated", "truncated", "score", "status"),
    [
        ("on_termination", True, False, 0, Status.WON),
        ("on_termination", False, True, 0, Status.LOST),
        ("on_truncation", False, True, 0, Status.WON),
        ("on_truncation", True, False, 0, Status.LOST),
        ("never", True, True, 1e9, Status.LOST),
        ({"score_at_least": 864}, True, False, 864, Status.WON),
        ({"score_at_least": 864}, True, False, 863, Status.LOST),
    ],
)
def test_an_episode_is_won_by_the_rule_and_lost_otherwise(
    won: object, terminated: bool, truncated: bool, score: float, status: Status
) -> None:
    rule = with_changes(BREAKOUT, outcome={"won": won}).outcome
    assert rule.judge(terminated, truncated, score) is status


def test_the_metric_is_the_reward_or_the_number_of_steps() -> None:
    assert BREAKOUT.metric.measure(Status.LOST, 12.0, 900) == 12.0
    assert CART_POLE.metric.measure(Status.LOST, 12.0, 90) == 90.0


def test_fewest_moves_count_only_when_the_game_was_won() -> None:
    assert HANOI.metric.measure(Status.WON, -7.0, 7) == 7.0
    assert HANOI.metric.measure(Status.INCOMPLETE, -1.0, 1) is None


def test_random_seeds_differ_fixed_ones_do_not_and_listed_ones_come_in_turn() -> None:
    random = Random(1)
    drawn = {CART_POLE.seed.choose(1, random) for _ in range(20)}
    assert len(drawn) == 20
    assert all(0 <= seed < 2**31 for seed in drawn)
    assert {BREAKOUT.seed.choose(attempt, random) for attempt in range(1, 9)} == {0}
    listed = with_changes(CART_POLE, seed={"policy": "list", "values": [5, 6, 7]}).seed
    assert [listed.choose(attempt, random) for attempt in range(1, 6)] == [5, 6, 7, 5, 6]


def test_no_op_starts_are_drawn_from_zero_to_the_most() -> None:
    random = Random(1)
    assert {BREAKOUT.noop_starts.choose(random) for _ in range(1000)} == set(range(31))
    assert CART_POLE.noop_starts.choose(random) == 0


def test_a_definition_never_changes() -> None:
    with pytest.raises(ValueError, match="frozen"):
        BREAKOUT.title = "Another"  # type: ignore[misc]
