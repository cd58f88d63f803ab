"""The fewest moves from any state of a Tower of Hanoi to its goal, by breadth-first search."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from skill_arcade.games.hanoi.rules import State, all_moves, check_size, goal_state, make_move, start_state

MAX_STATES = 300_000
"""poles ** discs must not exceed this: 3 poles and 11 discs, or 4 and 9, take a second or two, once."""


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
    if state not in distances:
        raise ValueError(f"{state} is no state of a Hanoi with {poles} poles.")
    return distances[state]


@lru_cache(maxsize=4)
def _distances(discs: int, poles: int) -> Mapping[State, int]:
    """The distance of every state. Moves can be taken back, so the search from the goal finds them all."""
    check_size(discs, poles)
    if poles**discs > MAX_STATES:
        raise ValueError(f"Hanoi with {discs} discs and {poles} poles has more than {MAX_STATES} states.")
    goal = goal_state(discs, poles)
    distances = {goal: 0}
    frontier = [goal]
    while frontier:
        reached = []
        for state in frontier:
            for move in all_moves(poles):
                neighbour = make_move(state, move)
                if neighbour is not None and neighbour not in distances:
                    distances[neighbour] = distances[state] + 1
                    reached.append(neighbour)
        frontier = reached
    return distances
