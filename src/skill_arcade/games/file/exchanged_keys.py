"""Keys of a player's own choice, put in the place of those that a game file names."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from skill_arcade.domain.errors import BadKeys
from skill_arcade.games.file.key_codes import KEY_CODES, refuse_key
from skill_arcade.games.file.section import did_you_mean, end_sentence


def exchange_keys(definition: Mapping[str, Any], own: Set[str], exchanged: Mapping[str, str]) -> dict[str, Any]:
    """A definition as JSON, with other keys in the place of its own.

    Args:
        definition: as JSON.
        own: the keys that it has.
        exchanged: key of the definition to the one that stands in for it, both KeyboardEvent.code.

    Raises:
        BadKeys: a key is none of this game's; another is no key that a game may use; or two of the game's keys would
            become one.
    """
    for code, other in exchanged.items():
        if code not in own:
            raise BadKeys(end_sentence(f"{code!r} is no key of this game{did_you_mean(code, own)}"))
        if other not in KEY_CODES:
            raise BadKeys(end_sentence(refuse_key(other)))
    stand_in = {code: exchanged.get(code, code) for code in sorted(own)}
    taken: dict[str, str] = {}
    for code, other in stand_in.items():
        if other in taken:
            raise BadKeys(f"{other!r} cannot stand for both {taken[other]!r} and {code!r}.")
        taken[other] = code
    return {
        **definition,
        **{name: [_with_keys(each, stand_in) for each in definition[name]] for name in ("controls", "sequences")},
        "pointer": [{**each, "key": stand_in[each["key"]]} for each in definition["pointer"]],
    }


def _with_keys(binding: Mapping[str, Any], stand_in: Mapping[str, str]) -> dict[str, Any]:
    return {**binding, "keys": [stand_in[code] for code in binding["keys"]]}
