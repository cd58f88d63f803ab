"""What all sections of a game file share: they never change, and refuse a key they do not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError


def allowed(words: str) -> WrapValidator:
    """Says in words what the pattern of a text allows, where a value does not match it."""

    def validate(value: object, validate_text: ValidatorFunctionWrapHandler) -> object:
        try:
            return validate_text(value)
        except ValidationError as error:
            if error.errors()[0]["type"] != "string_pattern_mismatch":
                raise
            raise problem_at((), f"{value!r} is not allowed: {words}") from error

    return WrapValidator(validate)


Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\n]*$", strip_whitespace=True),
    allowed("one line only"),
]
"""A line of text for people."""

Meaning = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=64),
    allowed("capitals, digits and _ only, and a capital first: MOVE_LEFT"),
]
"""What an action means: LEFT, FIRE, MOVE_0_1."""

Many = Field(strict=False)
"""For tuples: YAML only has lists. What is in them is as strict as everything else."""


class Section(BaseModel):
    """A part of a game file."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        validate_by_name=False,
        validate_by_alias=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, value: object) -> object:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in value if isinstance(value, dict) else ():
            if key not in known:
                raise problem_at((key,), f"there is no such key{did_you_mean(key, known)}")
        return value


def problem_at(path: tuple[str | int, ...], problem: str) -> PydanticCustomError:
    """An error at `path` within the section that raises it."""
    return PydanticCustomError("game_file", "{problem}", {"problem": problem, "path": path})


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence: a word like this one, or all there are if they are few, or nothing."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are: {', '.join(words)}" if 0 < len(words) <= 20 else ""


def end_sentence(words: str) -> str:
    """With a full stop, unless it is a question."""
    return words if words.endswith("?") else f"{words}."
