"""What a player may choose before a game begins: arguments of the environment, out of a short list of values each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from skill_arcade.domain.errors import BadOptions
from skill_arcade.games.file.section import Line, Many, Section, allowed, did_you_mean, end_sentence, problem_at

OptionName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$"),
    allowed("small letters, digits and _ only, 32 at most, and a letter first"),
]
Scalar = bool | int | float | str
"""A value that an option may have."""

FIXED_KEYS = frozenset({"id", "environment", "options"})
"""Keys of a game file that no value of an option may change."""


class OptionValue(Section):
    """One value of an option. Where nothing but the value is to be said, the file has the value alone.

    Attributes:
        value: the environment's argument.
        say: the value, for people; "" to show the value itself.
        changes: keys of the game file that are otherwise with this value, and what stands there.
    """

    value: Scalar
    say: Line | str = ""
    changes: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: object) -> object:
        return value if isinstance(value, (dict, OptionValue)) else {"value": value}

    @model_validator(mode="after")
    def _leaves_the_game_itself(self) -> Self:
        for key in self.changes:
            if key in FIXED_KEYS:
                raise problem_at(("changes", key), f"an option cannot change {key!r}")
        return self


class Option(Section):
    """One thing to choose.

    Attributes:
        name: of the argument of the environment that it sets.
        say: what is chosen, for people.
        values: those there are.
        default: the value where nobody chooses.
    """

    name: OptionName
    say: Line
    values: Annotated[tuple[OptionValue, ...], Many, Field(min_length=1, max_length=50)]
    default: Scalar

    @model_validator(mode="after")
    def _values_are_clear(self) -> Self:
        for index, each in enumerate(self.values):
            if any(_same(each.value, other.value) for other in self.values[:index]):
                raise problem_at(("values", index), f"{format_value(each.value)} is already there")
        if self.find(self.default) is None:
            raise problem_at(("default",), f"{format_value(self.default)} is none of its values")
        return self

    def find(self, value: object) -> OptionValue | None:
        """The value that is the same in type and size; None if there is none."""
        return next((each for each in self.values if _same(each.value, value)), None)


def choose_options(options: Sequence[Option], chosen: Mapping[str, object]) -> dict[str, OptionValue]:
    """The value of every option, by name: the chosen one or else its default.

    Raises:
        BadOptions: there is no such option, or it has no such value.
    """
    known = {option.name: option for option in options}
    for name in chosen:
        if name not in known:
            hint = did_you_mean(name, known) if known else "; it has none"
            raise BadOptions(end_sentence(f"This game has no option {name!r}{hint}"))
    return {name: _choose(option, chosen.get(name, option.default)) for name, option in known.items()}


def _choose(option: Option, value: object) -> OptionValue:
    found = option.find(value)
    if found is None:
        values = ", ".join(format_value(each.value) for each in option.values)
        raise BadOptions(f"Option {option.name!r} cannot be {format_value(value)}; it is one of {values}.")
    return found


def apply_options(definition: Mapping[str, Any], chosen: Mapping[str, OptionValue]) -> dict[str, Any]:
    """A definition as JSON, as it is with these values: their arguments set, their changes made, later options last."""
    environment = definition["environment"]
    kwargs = {**environment["kwargs"], **{name: each.value for name, each in chosen.items()}}
    changed = {key: value for each in chosen.values() for key, value in each.changes.items()}
    return {**definition, **changed, "environment": {**environment, "kwargs": kwargs}}


def format_value(value: object) -> str:
    """A value as whoever chose it, or the game file, has written it: true, 3, "tower"."""
    return json.dumps(value, ensure_ascii=False, default=repr)


def _same(one: object, other: object) -> bool:
    """Whether two values are one: 1 and True are not, and neither are 1 and 1.0."""
    return type(one) is type(other) and one == other
