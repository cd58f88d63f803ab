"""What a session needs to know of its game: how time passes, what keys do, when it is won."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from skill_arcade.domain.action import Action
from skill_arcade.domain.episode import Status
from skill_arcade.domain.pointing import Pointing
from skill_arcade.games.environments.action_space import ActionSpace

ChooseAction = Callable[[tuple[str, ...], tuple[str, ...], Pointing | None, Action | None, int], Action]
"""(held, taps, where the mouse is or None, previous action or None, step) to the action of a tick (LIVE-34)."""


class TurnKeys(Protocol):
    """Collects the keys of a move (LIVE-35)."""

    @property
    def pending(self) -> tuple[str, ...]:
        """Keys had so far of a move that is not complete."""
        ...

    def press(self, code: str) -> Action | None:
        """The action that this key completes, if any."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """A game, as far as a session is concerned.

    Attributes:
        game_id: its id.
        tick_hz: ticks in a second, or None for a game in turns.
        max_steps: the episode ends there.
        action_space: what can be done in one step.
        deterministic: the same seed and actions give the same episode.
        pause_limit_s: how long an attended pause may last.
        choose_action: for a game in real time.
        turn_keys: for a game in turns.
        pointer_key: (x, y) as fractions of the picture to the key that a click there stands for.
        judge: (terminated, truncated, score) to the status of an episode that its environment ended.
        measure: (status, score, steps) to the game's metric, or None where it does not apply.
    """

    game_id: str
    tick_hz: float | None
    max_steps: int
    action_space: ActionSpace
    deterministic: bool
    pause_limit_s: float
    choose_action: ChooseAction
    turn_keys: TurnKeys
    pointer_key: Callable[[float, float], str | None]
    judge: Callable[[bool, bool, float], Status]
    measure: Callable[[Status, float, int], float | None]
