"""Which of an environment's actions the keys of a game reach; pure but for the environment's names of its actions."""

from __future__ import annotations

from itertools import permutations

from skill_arcade.games.controls.chords import MAX_CHORD, ChordControls
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.examining.checking import meanings_of
from skill_arcade.games.file.definition import GameDefinition


def find_unreached(definition: GameDefinition, simulation: Simulation) -> tuple[str, ...]:
    """The actions that a player cannot take: their meanings, or "element 2" where actions are lists.

    The definition fits its environment (`check_definition`).
    """
    if definition.rest is not None:
        return _find_unset(definition, len(definition.rest))
    meanings = meanings_of(definition, simulation)
    reached = set(definition.no_key.meanings)
    if definition.tick_hz is None:
        reached |= {binding.does for binding in definition.bindings}
    else:
        reached |= _reach_in_real_time(definition, meanings)
    return tuple(meaning for meaning in meanings if meaning not in reached)


def _reach_in_real_time(definition: GameDefinition, meanings: tuple[str, ...]) -> set[str]:
    """What any keys held together do, in any order of pressing them."""
    controls = ChordControls(definition, meanings)
    codes = [control.keys[0] for control in definition.controls]
    held = (keys for size in range(1, MAX_CHORD + 1) for keys in permutations(codes, size))
    return {meanings[controls.realtime_action(keys, (), None, None, 0)] for keys in held}


def _find_unset(definition: GameDefinition, size: int) -> tuple[str, ...]:
    by_keys = {each.element for control in definition.controls for each in control.sets}
    by_mouse = {axis.element for axis in definition.pointer_axes}
    return tuple(f"element {number}" for number in range(size) if number not in by_keys | by_mouse)
