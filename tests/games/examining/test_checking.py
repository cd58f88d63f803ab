from __future__ import annotations

import itertools
import os
import re
from pathlib import Path
from typing import NoReturn

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control.cartpole import CartPoleEnv
from typing_extensions import override

from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import GameFileError
from skill_arcade.domain.step import Outcome
from skill_arcade.games.atari_games import WRITTEN
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.examining.checking import check_definition, meanings_of
from skill_arcade.games.file.reading import read_game_file

CATALOGUE = Catalogue.load()


def is_checked(game_id: str) -> bool:
    """Whether its test is here.

    The classics have one of their own, with every choice that they offer. That of the Atari games without a file plays
    each of them and holds it against its environment; here it would open each five times more to ask whether ALE is
    deterministic. `make test-all-games` asks.
    """
    has_file = CATALOGUE.source_of(game_id).file != str(WRITTEN)
    return "classic" not in CATALOGUE.get(game_id).tags and (has_file or "ARCADE_ALL_GAMES" in os.environ)


@pytest.mark.parametrize("game_id", [game.id for game in CATALOGUE if is_checked(game.id)])
def test_every_game_that_comes_with_it_fits_its_environment(game_id: str) -> None:
    check_definition(CATALOGUE.get(game_id), CATALOGUE.source_of(game_id))


# File, what is replaced, by what, how the line begins that the error names, its key, a part of its sentence.
MISTAKES = {
    "a meaning that the game does not have": (
        "Hanoi.v0",
        "MOVE_2_1",
        "MOVE_2_2",
        "  - {does: MOVE_2_2",
        "sequences[5].does",
        "no action 'MOVE_2_2'; did you mean",
    ),
    "a control that the game does not have": (
        "Breakout.v0",
        "does: FIRE",
        "does: JUMP",
        "  - {does: JUMP",
        "controls[2].does",
        "no action 'JUMP'",
    ),
    "no key, and no such action": (
        "Breakout.v0",
        "action: NOOP",
        "action: NOP",
        "no_key:",
        "no_key",
        "mean 'NOOP'",
    ),
    "too few names": (
        "CartPole.v1",
        "actions: [LEFT, RIGHT]",
        "actions: [LEFT]",
        "actions:",
        "actions",
        "2 actions, 1",
    ),
    "other names than its own": (
        "Hanoi.v0",
        "no_key: wait",
        "no_key: wait\nactions: [MOVE_0_1]",
        "actions:",
        "actions",
        "itself names them",
    ),
    "another picture": (
        "CartPole.v1",
        "width: 600",
        "width: 640",
        "picture:",
        "picture",
        "600 wide and 400 high",
    ),
    "no-ops without a no-op": (
        "CartPole.v1",
        "{policy: fixed, value: 0}",
        "{policy: random, at_most: 3}",
        "noop_starts:",
        "noop_starts",
        "no NOOP",
    ),
    "an environment nobody has": (
        "CartPole.v1",
        "id: CartPole-v1",
        "id: CartPoll-v1",
        "environment:",
        "environment",
        "CartPoll",
    ),
    "an argument it does not take": (
        "Hanoi.v0",
        "id: SkillArcade/Hanoi-v0",
        "id: SkillArcade/Hanoi-v0\n  kwargs: {disks: 3}",
        "environment:",
        "environment",
        "unexpected keyword argument",
    ),
}


def write_changed(game_id: str, old: str, new: str, folder: Path) -> Path:
    text = (BUILT_IN_FOLDER / f"{game_id}.yaml").read_text(encoding="utf-8")
    if game_id == "Hanoi.v0":
        # Without its options, which say once more what each number of poles needs.
        text = re.sub(r"\noptions:\n.*?\n\n", "\n", text, flags=re.DOTALL)
    assert text.count(old) == 1
    path = folder / "game.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_does_not_fit_the_environment_is_told_with_its_line_and_key(mistake: str, tmp_path: Path) -> None:
    game_id, old, new, line_begins, key, told = MISTAKES[mistake]
    path = write_changed(game_id, old, new, tmp_path)
    definition, source = read_game_file(path)
    with pytest.raises(GameFileError) as caught:
        check_definition(definition, source)
    error = caught.value
    assert error.line is not None
    assert path.read_text(encoding="utf-8").splitlines()[error.line - 1].startswith(line_begins)
    assert (error.file, error.key) == (str(path), key)
    assert told in error.problem


class Drifting(CartPoleEnv):
    """A cart pole whose every copy has another gravity."""

    copies = itertools.count()

    def __init__(self, **kwargs: str) -> None:
        super().__init__(render_mode=kwargs["render_mode"])
        self.gravity += next(self.copies)


class Falling(CartPoleEnv):
    """A cart pole that cannot be pushed."""

    def __init__(self, **kwargs: str) -> None:
        super().__init__(render_mode=kwargs["render_mode"])

    @override
    def step(self, action: object) -> NoReturn:
        raise RuntimeError("fell")


def test_a_game_that_only_calls_itself_deterministic_is_found_out(tmp_path: Path) -> None:
    gymnasium.register(id="Test/Drifting-v0", entry_point=Drifting)
    path = write_changed("CartPole.v1", "id: CartPole-v1", "id: Test/Drifting-v0", tmp_path)
    definition, source = read_game_file(path)
    with pytest.raises(GameFileError) as caught:
        check_definition(definition, source)
    assert caught.value.key == "deterministic"


def test_a_game_that_fails_when_it_is_tried_is_told_with_the_reason(tmp_path: Path) -> None:
    gymnasium.register(id="Test/Falling-v0", entry_point=Falling)
    definition, source = read_game_file(
        write_changed("CartPole.v1", "id: CartPole-v1", "id: Test/Falling-v0", tmp_path)
    )
    with pytest.raises(GameFileError, match=r"environment: .* RuntimeError: fell"):
        check_definition(definition, source)


def test_without_its_file_the_error_names_the_game(tmp_path: Path) -> None:
    definition, _ = read_game_file(write_changed("CartPole.v1", "width: 600", "width: 640", tmp_path))
    with pytest.raises(GameFileError, match=r"^CartPole\.v1"):
        check_definition(definition)


def test_meanings_are_the_environments_own_or_else_those_of_the_file() -> None:
    catalogue = Catalogue.load()
    cart_pole, hanoi = catalogue.get("CartPole.v1"), catalogue.get("Hanoi.v0")
    assert meanings_of(cart_pole, open_simulation(cart_pole.environment_spec())) == ("LEFT", "RIGHT")
    assert meanings_of(hanoi, open_simulation(hanoi.environment_spec()))[0] == "MOVE_0_1"


def test_cart_pole_is_over_and_won_at_500_steps_by_its_own_limit() -> None:
    definition = Catalogue.load().get("CartPole.v1")
    simulation = open_simulation(definition.environment_spec())
    simulation.reset(seed=3, noop_starts=0)

    def balance() -> Outcome:
        observation = simulation.observation()
        assert isinstance(observation, np.ndarray)
        _, _, angle, turning = observation.tolist()
        return simulation.step(int(angle + turning > 0))

    outcomes = [balance() for _ in range(500)]
    assert not any(outcome.ended for outcome in outcomes[:-1])
    last = outcomes[-1]
    assert (last.truncated, last.terminated) == (True, False)
    assert definition.outcome.judge(last.terminated, last.truncated, 500.0) is Status.WON
    assert definition.max_steps > 500
