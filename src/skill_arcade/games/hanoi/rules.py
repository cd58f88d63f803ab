"""The rules of the Tower of Hanoi, for any number of discs and poles; pure."""

from __future__ import annotations

from itertools import permutations

State = tuple[int, ...]
"""The pole of each disc, smallest first. Order on a pole follows from size, so every tuple is a state."""

Move = tuple[int, int]
"""(source, target): take the top disc of pole `source` to pole `target`; counted from 0."""


def check_size(discs: int, poles: int) -> None:
    """Do nothing, if there can be such a game.

    Raises:
        ValueError: fewer than 1 disc or 3 poles, or more than 255 poles.
    """
    if discs < 1 or not 3 <= poles <= 255:
        raise ValueError(f"Hanoi has 1 disc or more and 3 to 255 poles, not {discs} and {poles}.")


def all_moves(poles: int) -> tuple[Move, ...]:
    """All ordered pairs of poles, by action: (0, 1), (0, 2) and so on."""
    return tuple(permutations(range(poles), 2))


def start_state(discs: int) -> State:
    """All discs on the first pole."""
    return (0,) * discs


def goal_state(discs: int, poles: int) -> State:
    """All discs on the last pole."""
    return (poles - 1,) * discs


def top_disc(state: State, pole: int) -> int | None:
    """The smallest disc on a pole (0 is the smallest of all), None if it is empty."""
    return state.index(pole) if pole in state else None


def make_move(state: State, move: Move) -> State | None:
    """The state after a move; None if it is not allowed: an empty source, or a larger disc onto a smaller."""
    source, target = move
    disc, onto = top_disc(state, source), top_disc(state, target)
    if disc is None or (onto is not None and onto < disc):
        return None
    return (*state[:disc], target, *state[disc + 1 :])
