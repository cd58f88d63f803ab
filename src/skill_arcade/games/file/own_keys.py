"""A player's own keys, in a game whose options may change which keys it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skill_arcade.domain.errors import BadKeys
from skill_arcade.games.file.definition import GameDefinition


def check_keys(game: GameDefinition, exchanged: Mapping[str, str]) -> None:
    """Make sure that these keys can be exchanged, whichever option is chosen.

    Raises:
        BadKeys: they cannot.
    """
    variants = list(_variants(game))
    known = frozenset().union(*(variant.key_codes for variant in variants))
    if not exchanged.keys() <= known:
        game.with_keys(exchanged)  # says which of them is no key of this game
    for variant in variants:
        variant.with_keys(_only_of(variant, exchanged))


def apply_keys(game: GameDefinition, exchanged: Mapping[str, str]) -> GameDefinition:
    """The game with these keys, as far as it has them.

    They were checked when they were set, but the game may have changed since then: where they do not fit it any more
    it has its own keys, and can still be played.
    """
    try:
        return game.with_keys(_only_of(game, exchanged))
    except BadKeys:
        return game


def _variants(game: GameDefinition) -> Iterator[GameDefinition]:
    """The game as it is by default, and with each value of an option that changes its keys."""
    yield game.with_options({})[0]
    for option in game.options:
        for each in option.values:
            if each.changes.keys() & {"controls", "sequences"}:
                yield game.with_options({option.name: each.value})[0]


def _only_of(game: GameDefinition, exchanged: Mapping[str, str]) -> dict[str, str]:
    codes = game.key_codes
    return {code: other for code, other in exchanged.items() if code in codes}
