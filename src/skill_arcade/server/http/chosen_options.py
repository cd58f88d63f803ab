"""Options as a page sends them: names and values out of JSON, as JavaScript writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PlainValidator, TypeAdapter, ValidationError

from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.options import Scalar
from skill_arcade.server.http.refusals import BadRequest


def _check_scalar(value: object) -> Scalar:
    if isinstance(value, bool | int | float | str) and len(str(value)) <= 200:
        return value
    raise ValueError("a value of an option is true, false, a number or a short text")


SentScalar = Annotated[Scalar, PlainValidator(_check_scalar, json_schema_input_type=Scalar)]
SentOptions = Annotated[dict[Annotated[str, Field(max_length=64)], SentScalar], Field(max_length=32)]
"""Values of options by name, as they come in."""

_SENT_OPTIONS: TypeAdapter[dict[str, Scalar]] = TypeAdapter(SentOptions)


def parse_options(text: str) -> dict[str, Scalar]:
    """Options out of a query.

    Raises:
        BadRequest: they are not a JSON object of scalars.
    """
    try:
        return _SENT_OPTIONS.validate_python(json.loads(text), strict=True)
    except (ValueError, RecursionError, ValidationError):
        raise BadRequest("'options' in the query: send a JSON object of names and values.") from None


def choose(game: GameDefinition, sent: Mapping[str, Scalar]) -> tuple[GameDefinition, dict[str, Scalar]]:
    """The game with these options, and the value of every option by name.

    Raises:
        BadOptions: there is no such option, or it has no such value.
    """
    return game.with_options({name: _as_the_game_has_it(game, name, value) for name, value in sent.items()})


def _as_the_game_has_it(game: GameDefinition, name: str, value: Scalar) -> Scalar:
    """JavaScript knows one kind of number: it sends 1 where the game file says 1.0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    values = (each.value for option in game.options if option.name == name for each in option.values)
    numbers = [each for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    same = [each for each in numbers if each == value]
    return value if any(type(each) is type(value) for each in same) else next(iter(same), value)
