from __future__ import annotations

import json

import pytest

from skill_arcade.games.environments.spec import EnvironmentSpec


@pytest.mark.parametrize(
    "environment",
    [
        EnvironmentSpec.of_game("ALE/Breakout-v5", {"full_action_space": True}),
        EnvironmentSpec.of_game("CartPole-v1", {}, max_episode_steps=500),
        EnvironmentSpec.of_game("my_package:Mine-v0", {"sizes": [1, 2], "name": None}, "painted"),
    ],
)
def test_an_environment_comes_back_from_json_as_it_was(environment: EnvironmentSpec) -> None:
    assert EnvironmentSpec.from_json(json.loads(json.dumps(environment.to_json()))) == environment


def test_an_atari_game_stores_the_settings_that_its_file_left_to_us() -> None:
    stored = EnvironmentSpec.of_game("ALE/Pong-v5", {"frameskip": 2}).to_json()
    assert stored["adapter"] == "atari"
    assert stored["kwargs"] == {
        "frameskip": 2,
        "repeat_action_probability": 0.0,
        "full_action_space": False,
        "max_num_frames_per_episode": 0,
    }


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"env_id": "A-v0", "kwargs": {}, "adapter": "magic"},
        {"env_id": "A-v0", "kwargs": [], "adapter": "auto"},
        {"env_id": "A-v0", "kwargs": {}, "adapter": "auto", "max_episode_steps": "many"},
    ],
)
def test_what_is_no_stored_environment_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a"):
        EnvironmentSpec.from_json(stored)


def test_what_was_stored_shares_nothing_with_the_environment() -> None:
    environment = EnvironmentSpec("A-v0", {"sizes": [1]})
    environment.to_json()["kwargs"]["sizes"].append(2)
    assert environment.kwargs == {"sizes": [1]}


@pytest.mark.parametrize(
    ("environment", "may"),
    [
        (EnvironmentSpec.of_game("ALE/Pong-v5", {}), True),
        (EnvironmentSpec.of_game("ALE/Pong-v5", {"frameskip": 4}), True),
        (EnvironmentSpec.of_game("ALE/Pong-v5", {"frameskip": 5}), False),
        (EnvironmentSpec.of_game("ALE/Pong-v5", {"frameskip": (2, 5)}), False),
        (EnvironmentSpec.of_game("ALE/Pong-v5", {"repeat_action_probability": 0.25}), False),
        (EnvironmentSpec.of_game("ALE/Pong-v5", {}, "rendered"), False),
        (EnvironmentSpec.of_game("CartPole-v1", {}), False),
    ],
)
def test_only_what_is_known_to_be_quick_shares_a_process(environment: EnvironmentSpec, may: bool) -> None:
    assert environment.may_share_process is may
