"""An action on its way into an environment: checked to be one of those there are."""

from __future__ import annotations

from skill_arcade.domain.errors import EnvironmentFailed


def check_action(action: object, n_actions: int, env_id: str) -> int:
    """The action as an index.

    Raises:
        EnvironmentFailed: it is not a whole number from 0 to n_actions - 1.
    """
    if isinstance(action, int) and 0 <= action < n_actions:
        return action
    raise EnvironmentFailed(f"{env_id} has the actions 0 to {n_actions - 1}; {action!r} is none of them.")
