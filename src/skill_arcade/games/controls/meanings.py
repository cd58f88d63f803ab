"""The actions that the keys of a game do, by their meanings; pure."""

from __future__ import annotations

from collections.abc import Sequence

from skill_arcade.games.file.definition import GameDefinition


def index_meanings(definition: GameDefinition, meanings: Sequence[str]) -> dict[str, int]:
    """The index of each action, by its meaning.

    Args:
        definition: the game.
        meanings: of action 0, 1, …: the environment's own, or the definition's.

    Raises:
        ValueError: the definition uses a meaning that is none of these.
    """
    index = {meaning: number for number, meaning in enumerate(meanings)}
    used = {binding.does for binding in definition.bindings}
    missing = used.union(definition.no_key.meanings) - index.keys()
    if missing:
        raise ValueError(f"{definition.id} has no action {', '.join(sorted(missing))}")
    return index
