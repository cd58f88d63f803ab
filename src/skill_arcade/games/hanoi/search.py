"""The fewest moves from any state of a Tower of Hanoi to its goal, by breadth-first search."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from skill_arcade.games.hanoi.rules import State, all_moves, check_size, goal_state, start_state

MAX_STATES = 600_000
"""poles ** discs must not exceed this: 3 poles and 12 discs, or 5 and 8, take less than a second, once."""

_UNSEEN = -1


def can_search(discs: int, poles: int) -> bool:
    """Whether there are few enough states to search them all."""
    return bool(poles**discs <= MAX_STATES)


def optimum(discs: int, poles: int) -> int:
    """The fewest moves from all discs on the first pole to all on the last.

    Raises:
        ValueError: there is no such game, or it has more than MAX_STATES states.
    """
    return distance_to_goal(start_state(discs), poles)


def distance_to_goal(state: State, poles: int) -> int:
    """The fewest moves from `state` (the pole of each disc, smallest first) to all discs on the last pole.

    Raises:
        ValueError: it is no state of a game of so many poles, or that has more than MAX_STATES states.
    """
    distances = _distances(len(state), poles)
    if not all(0 <= pole < poles for pole in state):
        raise ValueError(f"{state} is no state of a Hanoi with {poles} poles.")
    return int(distances[_number_of(state, poles)])


@lru_cache(maxsize=4)
def _distances(discs: int, poles: int) -> npt.NDArray[np.int16]:
    """The distance of every state, by its number. Moves can be taken back: the search from the goal finds all."""
    check_size(discs, poles)
    if not can_search(discs, poles):
        raise ValueError(f"Hanoi with {discs} discs and {poles} poles has more than {MAX_STATES} states.")
    distances = np.full(poles**discs, _UNSEEN, dtype=np.int16)
    frontier = np.array([_number_of(goal_state(discs, poles), poles)])
    distances[frontier] = distance = 0
    while frontier.size:
        distance += 1
        frontier = _neighbours(frontier, discs, poles)
        frontier = frontier[distances[frontier] == _UNSEEN]
        distances[frontier] = distance
    return distances


def _neighbours(states: npt.NDArray[np.int64], discs: int, poles: int) -> npt.NDArray[np.int64]:
    """The numbers of all states that are one allowed move away from any of these, each once."""
    weights = poles ** np.arange(discs + 1)
    pole_of = states[:, np.newaxis] // weights[:-1] % poles
    # The smallest disc on each pole; an empty one has one that is larger than all others.
    tops = [np.where((pole_of == pole).any(1), (pole_of == pole).argmax(1), discs) for pole in range(poles)]
    found = []
    for source, target in all_moves(poles):
        allowed = tops[source] < tops[target]
        found.append(states[allowed] + (target - source) * weights[tops[source][allowed]])
    return np.unique(np.concatenate(found))


def _number_of(state: State, poles: int) -> int:
    """A state as a number: its poles are the digits to base `poles`, the smallest disc's the lowest."""
    return sum(pole * poles**disc for disc, pole in enumerate(state))
