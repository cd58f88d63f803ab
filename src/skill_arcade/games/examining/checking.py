"""Checks a game against its environment: what cannot be known without opening it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from random import Random

from skill_arcade.domain.errors import EnvironmentFailed, GameFileError
from skill_arcade.games.environments.action_space import VectorActions
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.located_yaml import KeyPath, LocatedYaml
from skill_arcade.games.file.outcome_rules import RandomNoops
from skill_arcade.games.file.section import did_you_mean

DETERMINISM_STEPS = 200
"""How many random steps two copies must agree on before a game may call itself deterministic."""


def check_definition(definition: GameDefinition, source: LocatedYaml | None = None, *, is_played: bool = True) -> None:
    """Open the environment and hold the definition against it.

    Args:
        definition: the game.
        source: its file, for the line in the error; without it the error names the game's id only.
        is_played: whether to find out if it is as deterministic as it is called, which takes most of the time.

    Raises:
        GameFileError: the environment cannot be opened, has other actions or another picture than the file
            says, cannot start with no-op steps, or is called deterministic and is not.
    """
    try:
        with closing(open_simulation(definition.environment_spec())) as simulation:
            check_fit(definition, simulation, source)
        if is_played:
            check_determinism(definition, source)
    except EnvironmentFailed as error:
        raise fault_at(definition, source, ("environment",), str(error)) from error


def check_fit(definition: GameDefinition, simulation: Simulation, source: LocatedYaml | None = None) -> None:
    """Hold the definition against its opened environment.

    Raises:
        GameFileError: the environment has other actions or another picture than the file says, or cannot start with
            no-op steps.
    """
    problem = next(_problems(definition, simulation), None)
    if problem is not None:
        raise fault_at(definition, source, *problem)


def check_determinism(
    definition: GameDefinition, source: LocatedYaml | None = None, *, n_steps: int = DETERMINISM_STEPS
) -> None:
    """Make sure that a game that is called deterministic is.

    Raises:
        GameFileError: it is not.
        EnvironmentFailed: its environment failed.
    """
    if definition.deterministic and not is_deterministic(definition, n_steps):
        raise fault_at(definition, source, ("deterministic",), "the same seed and actions led to different states")


def meanings_of(definition: GameDefinition, simulation: Simulation) -> tuple[str, ...]:
    """The meaning of each action by index: the environment's own names, or else the definition's."""
    return simulation.action_meanings or definition.actions


def is_deterministic(definition: GameDefinition, n_steps: int = DETERMINISM_STEPS) -> bool:
    """Whether two copies with the same seed agree on every state of some random steps, in as many episodes as it takes.

    One is as fresh as that of `verify`. The other has been reset and drawn before, as a session's has.

    Raises:
        EnvironmentFailed: a copy failed.
    """
    return _states(definition, n_steps, is_used=False) == _states(definition, n_steps, is_used=True)


def _states(definition: GameDefinition, n_steps: int, *, is_used: bool) -> list[str]:
    random = Random(0)
    with closing(open_simulation(definition.environment_spec())) as simulation:
        if is_used:
            simulation.reset(seed=0, noop_starts=0)
            simulation.picture()
        seed = 1
        simulation.reset(seed, noop_starts=0)
        hashes = [simulation.state_hash()]
        for _ in range(n_steps):
            outcome = simulation.step(simulation.action_space.sample(random))
            hashes.append(f"{simulation.state_hash()} {outcome.reward}")
            if outcome.ended:
                seed += 1
                simulation.reset(seed, noop_starts=0)
    return hashes


def _problems(definition: GameDefinition, simulation: Simulation) -> Iterator[tuple[KeyPath, str]]:
    space = simulation.action_space
    if isinstance(space, VectorActions):
        yield from _element_problems(definition, space)
    elif definition.rest is not None:
        yield ("rest",), f"actions are no lists here: the environment {space.describe()}"
    else:
        yield from _meaning_problems(definition, simulation)
    size = (definition.picture.width, definition.picture.height)
    actual = (simulation.picture_format.width, simulation.picture_format.height)
    if size != actual:
        yield ("picture",), f"the environment's picture is {actual[0]} wide and {actual[1]} high"
    if _most_noops(definition) > 0 and "NOOP" not in simulation.action_meanings:
        yield ("noop_starts",), "the environment names no NOOP action to start with"


def _meaning_problems(definition: GameDefinition, simulation: Simulation) -> Iterator[tuple[KeyPath, str]]:
    meanings = meanings_of(definition, simulation)
    if definition.actions and meanings != definition.actions:
        yield ("actions",), f"the environment itself names them: {', '.join(meanings)}"
    n_actions = simulation.action_space.n
    if len(meanings) != n_actions:
        yield ("actions",), f"the environment has {n_actions} actions, {len(meanings)} are named"
    for path, meaning in _used_meanings(definition):
        if meaning not in meanings:
            yield path, f"the environment has no action {meaning!r}{did_you_mean(meaning, meanings)}"


def _element_problems(definition: GameDefinition, space: VectorActions) -> Iterator[tuple[KeyPath, str]]:
    rest = definition.rest
    if rest is None:
        yield ("controls",), f"the environment {space.describe()}: say `rest`, and what each control `sets`"
        return
    if not space.accepts(rest):
        yield ("rest",), f"the environment {space.describe()}"
        return
    for path, element, value in _used_values(definition):
        if not space.accepts((*rest[:element], value, *rest[element + 1 :])):
            yield path, f"element {element} cannot be {value:g}: the environment {space.describe()}"
    if definition.pointer_axes and space.is_whole:
        yield ("pointer_axes",), "the mouse sets no whole numbers, and the environment takes no others"


def _used_values(definition: GameDefinition) -> Iterator[tuple[KeyPath, int, float]]:
    for index, control in enumerate(definition.controls):
        for number, each in enumerate(control.sets):
            yield ("controls", index, "sets", number, "value"), each.element, each.value
    for index, axis in enumerate(definition.pointer_axes):
        yield ("pointer_axes", index, "from"), axis.element, axis.at_start
        yield ("pointer_axes", index, "to"), axis.element, axis.at_end


def _used_meanings(definition: GameDefinition) -> Iterator[tuple[KeyPath, str]]:
    for section in ("controls", "sequences"):
        for index, binding in enumerate(getattr(definition, section)):
            yield (section, index, "does"), binding.does
    for meaning in definition.no_key.meanings:
        yield ("no_key",), meaning


def _most_noops(definition: GameDefinition) -> int:
    rule = definition.noop_starts
    return rule.at_most if isinstance(rule, RandomNoops) else rule.value


def fault_at(definition: GameDefinition, source: LocatedYaml | None, path: KeyPath, problem: str) -> GameFileError:
    """What is wrong with a game, with the file and the line if it has a file, else with its id."""
    return (source or LocatedYaml(definition.id, {}, {})).error_at(path, problem)
