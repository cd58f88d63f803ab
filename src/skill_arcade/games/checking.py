"""Checks a game against its environment: what cannot be known without opening it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from skill_arcade.domain.errors import EnvironmentFailed, GameFileError
from skill_arcade.games.definition import GameDefinition
from skill_arcade.games.located_yaml import KeyPath, LocatedYaml
from skill_arcade.games.opening import open_simulation
from skill_arcade.games.outcome_rules import RandomNoops
from skill_arcade.games.section import did_you_mean
from skill_arcade.games.simulation import Simulation

DETERMINISM_STEPS = 200
"""How many random steps two fresh copies must agree on before a game may call itself deterministic."""


def check_definition(definition: GameDefinition, source: LocatedYaml | None = None) -> None:
    """Open the environment and hold the definition against it.

    Args:
        definition: the game.
        source: its file, for the line in the error; without it the error names the game's id only.

    Raises:
        GameFileError: the environment cannot be opened, has other actions or another picture than the file
            says, cannot start with no-op steps, or is called deterministic and is not.
    """
    try:
        problem = _find_problem(definition)
    except EnvironmentFailed as error:
        raise _error_at(definition, source, ("environment",), str(error)) from error
    if problem is not None:
        raise _error_at(definition, source, *problem)


def meanings_of(definition: GameDefinition, simulation: Simulation) -> tuple[str, ...]:
    """The meaning of each action by index: the environment's own names, or else the definition's."""
    return simulation.action_meanings or definition.actions


def is_deterministic(definition: GameDefinition, n_steps: int = DETERMINISM_STEPS) -> bool:
    """Whether two fresh copies with the same seed agree on every state of some random steps.

    Raises:
        EnvironmentFailed: a copy failed.
    """
    return _states(definition, n_steps) == _states(definition, n_steps)


def _states(definition: GameDefinition, n_steps: int) -> list[str]:
    random = Random(0)
    simulation = open_simulation(definition.environment_spec())
    simulation.reset(seed=1, noop_starts=0)
    hashes = [simulation.state_hash()]
    for _ in range(n_steps):
        outcome = simulation.step(random.randrange(simulation.n_actions))
        hashes.append(f"{simulation.state_hash()} {outcome.reward}")
        if outcome.ended:
            break
    simulation.close()
    return hashes


def _find_problem(definition: GameDefinition) -> tuple[KeyPath, str] | None:
    simulation = open_simulation(definition.environment_spec())
    try:
        problem = next(_problems(definition, simulation), None)
    finally:
        simulation.close()
    if problem is None and definition.deterministic and not is_deterministic(definition):
        return ("deterministic",), "the same seed and actions led to different states"
    return problem


def _problems(definition: GameDefinition, simulation: Simulation) -> Iterator[tuple[KeyPath, str]]:
    meanings = meanings_of(definition, simulation)
    if definition.actions and meanings != definition.actions:
        yield ("actions",), f"the environment itself names them: {', '.join(meanings)}"
    if len(meanings) != simulation.n_actions:
        yield ("actions",), f"the environment has {simulation.n_actions} actions, {len(meanings)} are named"
    for path, meaning in _used_meanings(definition):
        if meaning not in meanings:
            yield path, f"the environment has no action {meaning!r}{did_you_mean(meaning, meanings)}"
    size = (definition.picture.width, definition.picture.height)
    actual = (simulation.picture_format.width, simulation.picture_format.height)
    if size != actual:
        yield ("picture",), f"the environment's picture is {actual[0]} wide and {actual[1]} high"
    if _most_noops(definition) > 0 and "NOOP" not in simulation.action_meanings:
        yield ("noop_starts",), "the environment names no NOOP action to start with"


def _used_meanings(definition: GameDefinition) -> Iterator[tuple[KeyPath, str]]:
    for section in ("controls", "sequences"):
        for index, binding in enumerate(getattr(definition, section)):
            yield (section, index, "does"), binding.does
    for meaning in definition.no_key.meanings:
        yield ("no_key",), meaning


def _most_noops(definition: GameDefinition) -> int:
    rule = definition.noop_starts
    return rule.at_most if isinstance(rule, RandomNoops) else rule.value


def _error_at(definition: GameDefinition, source: LocatedYaml | None, path: KeyPath, problem: str) -> GameFileError:
    return (source or LocatedYaml(definition.id, {}, {})).error_at(path, problem)
