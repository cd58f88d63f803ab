"""What one step of an environment gave back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """What `step(action)` gave back, the pictures apart.

    Attributes:
        reward: the environment's own reward, unscaled.
        terminated: the environment reached an end of its own.
        truncated: something outside the task ended it (a limit of steps, say).
        invalid: the action was not allowed here and changed nothing.
        lives: lives left, or None where the game has no such count.
        info: small JSON-able facts of the environment about this step; usually empty.
    """

    reward: float
    terminated: bool = False
    truncated: bool = False
    invalid: bool = False
    lives: int | None = None
    info: Mapping[str, Any] = msgspec.field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether the episode is over after this step."""
        return self.terminated or self.truncated
