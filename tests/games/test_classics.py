"""Gymnasium's classic games: every one fits its environment, with every choice, and can be won."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.examining.checking import DETERMINISM_STEPS, check_definition, check_determinism
from skill_arcade.games.file.definition import GameDefinition

CLASSICS = [game for game in Catalogue.load([BUILT_IN_FOLDER]) if "classic" in game.tags]
OF_BOX2D = {"LunarLander.v3", "LunarLanderContinuous.v3", "BipedalWalker.v3", "CarRacing.v3"}

needs_box2d = pytest.mark.skipif(
    importlib.util.find_spec("Box2D") is None, reason="Box2D is not installed; there is none for Python 3.14"
)


def with_every_choice(game: GameDefinition) -> Iterator[tuple[GameDefinition, int]]:
    """The game as it is, and once for each value of each option; how many steps of each are to be compared.

    Two copies of a game that is not deterministic part at once, and to draw a step takes some milliseconds: the same
    environment with another argument is not played for as long once more.
    """
    yield game.with_options({})[0], DETERMINISM_STEPS
    for option in game.options:
        for each in option.values:
            if each.value != option.default:
                yield game.with_options({option.name: each.value})[0], DETERMINISM_STEPS // 4


VARIANTS = [
    pytest.param(
        variant,
        n_steps,
        id=f"{game.id} {dict(variant.environment.kwargs)}",
        marks=[needs_box2d] if game.id in OF_BOX2D else [],
    )
    for game in CLASSICS
    for variant, n_steps in with_every_choice(game)
]


def test_the_classics_are_there() -> None:
    assert {game.id for game in CLASSICS} == OF_BOX2D | {
        *("CartPole.v1", "MountainCar.v0", "MountainCarContinuous.v0", "Acrobot.v1", "Pendulum.v1"),
        *("FrozenLake.v1", "Taxi.v4", "CliffWalking.v1", "Blackjack.v1"),
    }


@pytest.mark.parametrize(("game", "n_steps"), VARIANTS)
def test_every_classic_fits_its_environment_with_every_choice(game: GameDefinition, n_steps: int) -> None:
    check_definition(game, is_played=False)
    check_determinism(game, n_steps=n_steps)


def play(
    game_id: str, press: Callable[[npt.NDArray[np.float64]], str | None], seed: int = 3, **options: object
) -> tuple[GameDefinition, Status, float, int]:
    """Play a game by its keys until its environment ends it; how it ended, its score and its steps."""
    game = Catalogue.load([BUILT_IN_FOLDER]).get(game_id).with_options(options)[0]
    meanings = game.actions
    sets = {control.keys[0]: control.sets for control in game.controls}
    does = {control.keys[0]: control.does for control in game.controls}
    simulation = open_simulation(game.environment_spec())
    simulation.reset(seed, noop_starts=0)
    score, n_steps = 0.0, 0
    while True:
        observation = simulation.observation()
        assert isinstance(observation, np.ndarray)
        key = press(np.atleast_1d(observation).astype(np.float64))
        if game.rest is None:
            outcome = simulation.step(meanings.index("NOOP" if key is None else does[key]))
        else:
            elements = list(game.rest)
            for each in sets.get(key or "", ()):
                elements[each.element] = each.value
            outcome = simulation.step(tuple(elements))
        score, n_steps = score + outcome.reward, n_steps + 1
        if outcome.ended:
            simulation.close()
            return game, game.outcome.judge(outcome.terminated, outcome.truncated, score), score, n_steps


def left_or_right(goes_right: bool) -> str:
    return "ArrowRight" if goes_right else "ArrowLeft"


@pytest.mark.parametrize("game_id", ["MountainCar.v0", "MountainCarContinuous.v0"])
def test_a_car_that_always_drives_the_way_it_rolls_gets_up_the_hill(game_id: str) -> None:
    game, status, score, n_steps = play(game_id, lambda seen: left_or_right(bool(seen[1] >= 0)))
    assert status is Status.WON
    assert n_steps < 150
    assert game.metric.measure(status, score, n_steps) is not None


def test_an_acrobot_that_swings_with_its_lower_limb_reaches_the_line() -> None:
    _, status, _, n_steps = play("Acrobot.v1", lambda seen: left_or_right(bool(seen[5] > 0)))
    assert status is Status.WON
    assert n_steps < 200


def test_a_pendulum_is_won_by_swinging_it_up_and_lost_by_letting_it_hang() -> None:
    def swing_up(seen: npt.NDArray[np.float64]) -> str | None:
        cosine, sine, speed = seen
        angle = math.atan2(sine, cosine)
        if cosine > 0.85 and abs(speed) < 3.5:
            torque = -(12 * angle + 3 * speed)
        else:
            torque = math.copysign(2, speed) * (1 if speed * speed / 6 + 5 * cosine < 5 else -1)
        return None if abs(torque) < 0.7 else "ArrowLeft" if torque > 0 else "ArrowRight"

    assert play("Pendulum.v1", swing_up)[1] is Status.WON
    assert play("Pendulum.v1", lambda seen: None)[1] is Status.LOST


def test_a_lake_is_crossed_by_its_way_and_lost_in_its_holes() -> None:
    way = {0: "ArrowDown", 4: "ArrowDown", 8: "ArrowRight", 9: "ArrowRight", 10: "ArrowDown", 14: "ArrowRight"}
    _, status, _, n_steps = play("FrozenLake.v1", lambda seen: way[int(seen[0])], is_slippery=False)
    assert (status, n_steps) == (Status.WON, 6)
    into_a_hole = {0: "ArrowDown", 4: "ArrowRight"}
    assert play("FrozenLake.v1", lambda seen: into_a_hole[int(seen[0])], is_slippery=False)[1] is Status.LOST


def test_the_cliff_is_walked_along_in_thirteen_steps() -> None:
    def along(seen: npt.NDArray[np.float64]) -> str:
        place = int(seen[0])
        return "ArrowUp" if place == 36 else "ArrowDown" if place == 35 else "ArrowRight"

    assert play("CliffWalking.v1", along)[1:] == (Status.WON, -13.0, 13)


@needs_box2d
def test_a_lander_without_engines_crashes_and_loses() -> None:
    _, status, score, _ = play("LunarLanderContinuous.v3", lambda seen: None)
    assert status is Status.LOST
    assert score < 75


@needs_box2d
def test_the_left_arrow_tilts_the_lander_to_the_left() -> None:
    catalogue = Catalogue.load([BUILT_IN_FOLDER])
    for game_id in ("LunarLander.v3", "LunarLanderContinuous.v3"):
        game = catalogue.get(game_id)
        simulation = open_simulation(game.environment_spec())
        simulation.reset(3, noop_starts=0)
        action = game.actions.index("LEFT") if game.rest is None else (0.0, game.controls[0].sets[0].value)
        for _ in range(15):
            simulation.step(action)
        observation = simulation.observation()
        assert isinstance(observation, np.ndarray)
        assert observation[4] > 0.1, "counterclockwise is positive"


def test_an_environment_that_lacks_a_package_says_which_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("Box2D", "gymnasium.envs.box2d"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "Box2D", None)
    with pytest.raises(EnvironmentFailed) as caught:
        open_simulation(Catalogue.load([BUILT_IN_FOLDER]).get("LunarLander.v3").environment_spec())
    assert str(caught.value) == (
        "LunarLander-v3 needs the package Box2D: pip install 'skill-arcade[box2d]', with Python 3.13 or older."
    )


def test_an_environment_whose_module_is_not_there_names_it() -> None:
    with pytest.raises(EnvironmentFailed) as caught:
        open_simulation(EnvironmentSpec("no_such_games:Quest-v0"))
    assert str(caught.value) == "no_such_games:Quest-v0 needs the package no_such_games, which is not installed."
