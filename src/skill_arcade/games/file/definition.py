"""A game: what one game file says, checked as far as that is possible without opening the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, ValidationError, model_validator

from skill_arcade.domain.errors import BadOptions
from skill_arcade.games.environments.spec import Adapter, EnvironmentSpec
from skill_arcade.games.file.bindings import KeyControl, KeySequence, NoKey, PointerAxis, PointerRegion
from skill_arcade.games.file.exchanged_keys import exchange_keys
from skill_arcade.games.file.mistakes import describe_mistake
from skill_arcade.games.file.options import Option, Scalar, apply_options, choose_options
from skill_arcade.games.file.outcome_rules import Metric, NoopRule, OutcomeRule, SeedRule
from skill_arcade.games.file.section import Line, Many, Meaning, Section, allowed, problem_at

GameId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    allowed("letters, digits and . _ - only, 64 at most, and a letter or digit first"),
]
"""Safe in an address, a file name and a partition of the data."""

Tag = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z -]{0,23}$"),
    allowed("small letters, spaces and - only, 24 at most, and a letter first"),
]
"""A word by which games are found: atari, puzzle, classic."""


class EnvironmentSection(Section):
    """Which environment it is.

    Attributes:
        id: the Gymnasium id.
        kwargs: its keyword arguments.
        adapter: what runs it; "auto" finds out.
        max_episode_steps: the environment itself ends ("truncates") after so many steps; None: it does not.
    """

    id: Annotated[str, StringConstraints(min_length=1)]
    kwargs: dict[str, JsonValue] = Field(default_factory=dict)
    adapter: Adapter = "auto"
    max_episode_steps: Annotated[int, Field(ge=1)] | None = None


class Warnings(Section):
    """What a player is to know before the picture appears.

    Attributes:
        flashing: it flashes, or changes its brightness abruptly.
    """

    flashing: bool = False


class RealtimePacing(Section):
    """Steps happen by the clock."""

    mode: Literal["realtime"]
    tick_hz: Annotated[float, Field(gt=0, le=240)]


class TurnPacing(Section):
    """A step happens when the player makes one."""

    mode: Literal["turn"]
    tick_hz: None = None


Pacing = Annotated[RealtimePacing | TurnPacing, Field(discriminator="mode")]


class PictureSize(Section):
    """The picture's size: the page keeps its room before the picture is there.

    Attributes:
        width: pixels.
        height: pixels.
        pixel_aspect: how wide a pixel is shown, in its heights.
    """

    width: Annotated[int, Field(ge=1, le=4096)]
    height: Annotated[int, Field(ge=1, le=4096)]
    pixel_aspect: Annotated[float, Field(gt=0.1, lt=10)] = 1.0


class GameDefinition(Section):
    """All that a game file says; docs/reference/game-file.md explains each field."""

    id: GameId
    title: Line
    summary: Line
    instructions: Annotated[tuple[Line, ...], Many, Field(min_length=1, max_length=12)]
    tips: Annotated[tuple[Line, ...], Many, Field(max_length=8)] = ()
    tags: Annotated[tuple[Tag, ...], Many, Field(max_length=8)] = ()
    warnings: Warnings = Warnings()
    environment: EnvironmentSection
    options: Annotated[tuple[Option, ...], Many, Field(max_length=8)] = ()
    picture: PictureSize
    pacing: Pacing
    controls: Annotated[tuple[KeyControl, ...], Many] = ()
    sequences: Annotated[tuple[KeySequence, ...], Many] = ()
    pointer: Annotated[tuple[PointerRegion, ...], Many] = ()
    pointer_axes: Annotated[tuple[PointerAxis, ...], Many] = ()
    rest: Annotated[tuple[float, ...], Many, Field(min_length=1, max_length=64)] | None = None
    no_key: NoKey
    actions: Annotated[tuple[Meaning, ...], Many] = ()
    metric: Metric
    outcome: OutcomeRule
    max_steps: Annotated[int, Field(ge=1, le=100_000_000)]
    seed: SeedRule
    noop_starts: NoopRule
    deterministic: bool
    pause_limit_s: Annotated[int, Field(ge=1, le=86_400)] = 600

    @model_validator(mode="after")
    def _keys_are_clear(self) -> Self:
        alone: set[str] = set()
        for index, control in enumerate(self.controls):
            for number, code in enumerate(control.keys):
                if code in alone:
                    raise problem_at(("controls", index, "keys", number), f"{code!r} is already used above")
                alone.add(code)
        self._sequences_are_clear(alone)
        for index, pointer in enumerate(self.pointer):
            if pointer.key not in self.key_codes:
                raise problem_at(("pointer", index, "key"), f"{pointer.key!r} does nothing in this game")
        if not self.key_codes and not self.pointer_axes:
            raise problem_at(("controls",), "no key does anything")
        return self

    def _sequences_are_clear(self, alone: Set[str]) -> None:
        for index, sequence in enumerate(self.sequences):
            if sequence.keys[0] in alone:
                raise problem_at(("sequences", index, "keys"), f"{sequence.keys[0]!r} alone already does something")
            for other in self.sequences[:index]:
                shorter = min(len(sequence.keys), len(other.keys))
                if sequence.keys[:shorter] == other.keys[:shorter]:
                    raise problem_at(("sequences", index, "keys"), f"it cannot be told from the keys of {other.does!r}")

    @model_validator(mode="after")
    def _actions_are_of_one_kind(self) -> Self:
        if self.rest is None:
            self._has_no_elements()
        else:
            self._has_elements_alone(len(self.rest))
        return self

    def _has_no_elements(self) -> None:
        for index, control in enumerate(self.controls):
            if control.sets:
                raise problem_at(("controls", index, "sets"), "only where actions are lists, and then `rest` is one")
        if self.pointer_axes:
            raise problem_at(("pointer_axes",), "only where actions are lists, and then `rest` is one")
        if self.no_key.rest:
            raise problem_at(("no_key",), "only where actions are lists, and then `rest` is one")

    def _has_elements_alone(self, size: int) -> None:
        for name in ("actions", "sequences"):
            if getattr(self, name):
                raise problem_at((name,), "not where actions are lists, as `rest` says they are")
        if self.no_key.meanings:
            raise problem_at(("no_key",), "where actions are lists it is rest, or wait in a game of turns")
        for index, control in enumerate(self.controls):
            if not control.sets:
                raise problem_at(("controls", index), "say what it `sets`, as actions are lists here")
            for number, each in enumerate(control.sets):
                _check_element(("controls", index, "sets", number), each.element, size)
        for index, axis in enumerate(self.pointer_axes):
            _check_element(("pointer_axes", index), axis.element, size)
            if axis.element in [other.element for other in self.pointer_axes[:index]]:
                raise problem_at(("pointer_axes", index, "element"), f"element {axis.element} is already set above")

    @model_validator(mode="after")
    def _options_have_names_of_their_own(self) -> Self:
        names = [option.name for option in self.options]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise problem_at(("options", index, "name"), f"{name!r} is already an option above")
        return self

    @model_validator(mode="after")
    def _fits_its_pacing(self) -> Self:
        if isinstance(self.pacing, RealtimePacing):
            if self.no_key.wait:
                raise problem_at(("no_key",), "the clock does not wait in real time: say which action it is")
            if self.sequences:
                raise problem_at(("sequences",), "sequences are for games of turns")
        elif not self.no_key.wait:
            raise problem_at(("no_key",), "in a game of turns nothing happens without a key: say wait")
        elif self.pointer_axes:
            raise problem_at(("pointer_axes",), "pointer_axes are for games in real time")
        return self

    @property
    def tick_hz(self) -> float | None:
        """Steps in a second; None in a game of turns."""
        return self.pacing.tick_hz

    @property
    def bindings(self) -> tuple[KeyControl | KeySequence, ...]:
        """All that keys do."""
        return (*self.controls, *self.sequences)

    @property
    def key_codes(self) -> frozenset[str]:
        """Every key that does something, by KeyboardEvent.code."""
        return frozenset(code for binding in self.bindings for code in binding.keys)

    def with_options(self, chosen: Mapping[str, object]) -> tuple[GameDefinition, dict[str, Scalar]]:
        """The game as it is with these options, and the value of every option by name.

        Raises:
            BadOptions: there is no such option, it has no such value, or the values do not go together.
        """
        values = choose_options(self.options, chosen)
        if not values:
            return self, {}
        try:
            definition = GameDefinition.from_json(apply_options(self.to_json(), values))
        except ValidationError as error:
            # A file's values were tried one by one: of all their combinations there may be millions.
            first = error.errors()[0]
            where = "".join(f"{part}: " for part in (".".join(str(part) for part in first["loc"]),) if part)
            raise BadOptions(f"With these options the game is not right: {where}{describe_mistake(first)}.") from error
        return definition, {name: each.value for name, each in values.items()}

    def with_keys(self, exchanged: Mapping[str, str]) -> GameDefinition:
        """The game for a player who presses other keys: `exchanged` says for a key of this game which stands in for it.

        Raises:
            BadKeys: it is no key of this game, or the other one is no key that a game may use, or has its own task.
        """
        if not exchanged:
            return self
        return GameDefinition.from_json(exchange_keys(self.to_json(), self.key_codes, exchanged))

    def environment_spec(self) -> EnvironmentSpec:
        """What opens the environment, complete, to be stored with every recording."""
        section = self.environment
        return EnvironmentSpec.of_game(section.id, section.kwargs, section.adapter, section.max_episode_steps)

    def pointer_key(self, x: float, y: float) -> str | None:
        """The key that a click at (x, y), fractions of the picture, is a tap of; None for no key."""
        return next((each.key for each in self.pointer if each.contains(x, y)), None)

    def to_json(self) -> dict[str, Any]:
        """The whole definition for `json.dumps`, as recordings keep it; its keys are those of the file."""
        return self.model_dump(mode="json", by_alias=True)

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> GameDefinition:
        """Read what `to_json` gave.

        Raises:
            ValueError: it is not what `to_json` gives.
        """
        return GameDefinition.model_validate_json(json.dumps(dict(stored)))

    def public_view(self) -> dict[str, Any]:
        """What a page that offers or plays the game needs, for `json.dumps`. Seeds are not in it."""
        whole = self.to_json()
        shared = (
            *("id", "title", "summary", "instructions", "tips", "tags"),
            *("options", "picture", "sequences", "pointer", "pointer_axes"),
        )
        return {
            **{key: whole[key] for key in shared},
            "controls": [{key: each[key] for key in ("does", "keys", "say")} for each in whole["controls"]],
            "flashing": self.warnings.flashing,
            "pacing": {"mode": self.pacing.mode, "tick_hz": self.tick_hz},
            "metric": whole["metric"],
            "max_steps": self.max_steps,
            "pause_limit_s": self.pause_limit_s,
        }


def _check_element(path: tuple[str | int, ...], element: int, size: int) -> None:
    if element >= size:
        raise problem_at((*path, "element"), f"`rest` has the elements 0 to {size - 1} only")
