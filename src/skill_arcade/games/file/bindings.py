"""The sections of a game file that say what keys, clicks and the mouse do."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from skill_arcade.domain.pointing import Place
from skill_arcade.games.file.key_codes import KEY_CODES, refuse_key
from skill_arcade.games.file.section import Line, Many, Meaning, Section, problem_at


def _known_code(code: str) -> str:
    if code not in KEY_CODES:
        raise problem_at((), refuse_key(code))
    return code


KeyCode = Annotated[str, AfterValidator(_known_code)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Element = Annotated[int, Field(ge=0)]


class SetElement(Section):
    """A value that one element of an action gets.

    Attributes:
        element: its place in the action, from 0.
        value: what it becomes.
    """

    element: Element
    value: float


class KeyControl(Section):
    """Keys of which each does the same: held down in real time, pressed in a game of turns.

    Attributes:
        does: the action's meaning.
        keys: KeyboardEvent.code, any of which does it.
        say: what it does, for people.
        sets: what it makes of the action, where actions are lists; such a game needs it for each of its controls, and
            `does` is then only a name.
    """

    does: Meaning
    keys: Annotated[tuple[KeyCode, ...], Many, Field(min_length=1)]
    say: Line
    sets: Annotated[tuple[SetElement, ...], Many] = ()

    @model_validator(mode="after")
    def _sets_each_element_once(self) -> Self:
        elements = [each.element for each in self.sets]
        for index, element in enumerate(elements):
            if element in elements[:index]:
                raise problem_at(("sets", index, "element"), f"element {element} is already set above")
        return self


class KeySequence(Section):
    """Keys that are pressed one after another to do one thing; for games of turns.

    Attributes:
        does: the action's meaning.
        keys: KeyboardEvent.code, in order.
        say: what it does, for people; "" to let the page tell `does`.
    """

    does: Meaning
    keys: Annotated[tuple[KeyCode, ...], Many, Field(min_length=2)]
    say: Line | Literal[""] = ""


class PointerRegion(Section):
    """A part of the picture where a click or a touch is a tap of a key.

    Attributes:
        region: left, top, right, bottom, as fractions of the picture.
        key: the key that is tapped.
    """

    region: Annotated[tuple[Fraction, Fraction, Fraction, Fraction], Many]
    key: KeyCode

    @model_validator(mode="after")
    def _has_an_inside(self) -> Self:
        left, top, right, bottom = self.region
        if left >= right or top >= bottom:
            raise problem_at(("region",), "a region is [left, top, right, bottom], with left < right and top < bottom")
        return self

    def contains(self, x: float, y: float) -> bool:
        """Whether a click there is in the region.

        A border belongs to the region right of it or below it; the picture's own edge to the region within.
        """
        left, top, right, bottom = self.region
        return left <= x and top <= y and (x < right or x == right == 1) and (y < bottom or y == bottom == 1)


class PointerAxis(Section):
    """The mouse's place over the picture as the value of one element of the action; for games in real time.

    Attributes:
        axis: "x", from the picture's left edge to its right one, or "y", from the top to the bottom.
        element: its place in the action, from 0.
        at_start: `from` in the file. The value at the left or at the top edge.
        at_end: `to` in the file. The value at the edge opposite.
    """

    axis: Literal["x", "y"]
    element: Element
    at_start: float = Field(alias="from")
    at_end: float = Field(alias="to")

    def value_at(self, place: Place) -> float:
        """What the element is when the mouse is there."""
        fraction = place[0] if self.axis == "x" else place[1]
        value = self.at_start * (1 - fraction) + self.at_end * fraction
        # Rounding must not carry it beyond its ends, which may be those of the environment.
        return min(max(value, min(self.at_start, self.at_end)), max(self.at_start, self.at_end))


class NoKey(Section):
    """What happens in a step while no key is down: exactly one of these rules.

    Attributes:
        action: this action.
        repeat: "last": the action before; `first` in the first step.
        first: see `repeat`.
        alternate: these actions in turn, by the number of the step.
        wait: no step happens; for games of turns. Written as the word `wait`.
        rest: the game's `rest`; for actions that are lists. Written as the word `rest`.
    """

    action: Meaning | None = None
    repeat: Literal["last"] | None = None
    first: Meaning | None = None
    alternate: Annotated[tuple[Meaning, ...], Many, Field(min_length=2)] | None = None
    wait: bool = False
    rest: bool = False

    @model_validator(mode="before")
    @classmethod
    def _read_word(cls, value: object) -> object:
        return {value: True} if isinstance(value, str) and value in {"wait", "rest"} else value

    @model_validator(mode="after")
    def _is_one_rule(self) -> Self:
        rules = [self.action is not None, self.repeat is not None, self.alternate is not None, self.wait, self.rest]
        if sum(rules) != 1 or (self.repeat is None) != (self.first is None):
            raise problem_at(
                (),
                "say one of {action: …}, {repeat: last, first: …}, {alternate: […, …]} and the words wait and rest",
            )
        return self

    @property
    def meanings(self) -> tuple[str, ...]:
        """The meanings it uses."""
        return tuple(name for name in (self.action, self.first, *(self.alternate or ())) if name is not None)
