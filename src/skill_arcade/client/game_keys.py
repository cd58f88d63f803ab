"""The keys of a game, as `GET /games` tells of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def list_keys(game: Mapping[str, Any], own: Mapping[str, str]) -> frozenset[str]:
    """Every key that can do something in a game, with whatever options.

    Args:
        game: of `GET /games/{game_id}`.
        own: for keys of the game, those that a person has set in their place.
    """
    changes = [value["changes"] for option in game["options"] for value in option["values"]]
    keys = {key for described in (game, *changes) for key in _name_keys(described)}
    return frozenset(keys | set(own.values()))


def _name_keys(described: Mapping[str, Any]) -> Iterator[str]:
    for bound in (*described.get("controls", ()), *described.get("sequences", ())):
        yield from bound["keys"]
    for region in described.get("pointer", ()):
        yield region["key"]
