"""The games of ALE, which need no file: a definition for each ROM that one person can play.

What people are told of a game is written by hand in `atari_games.toml`; what can be measured of it is in
`atari_measured.csv`, which `scripts/make_atari_games.py` writes. Nothing here opens an emulator.

Which actions a game has is decided here for all of them. ALE knows a *minimal* set for each game, the one that agents
have by default, and *all* actions of the joystick. A game has the minimal set, so that a recording speaks of actions as
agents do, and because keys are better than a joystick in one thing: where a game knows no diagonals, the newer of two
arrows wins, and where it knows no FIRE with DOWN, braking wins over the accelerator (`ChordControls`). On the joystick
both go down together, which does nothing in Frogger and Q*bert, and in Wizard of Wor is always up or down.

A dozen games have all actions (`joystick = "whole"`), each with its reason beside it. In some the minimal set has no
way to go on moving while the button is down (Breakout, Kaboom!, King Kong, Turmoil), which people need. In others it
lacks an action that the keys must have for themselves: FIRE without a direction, a direction without FIRE, NOOP.

A game has keys for those directions, and the button, that its minimal set has in any of its actions.
"""

from __future__ import annotations

import csv
import importlib.util
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.located_yaml import LocatedYaml

WRITTEN = Path(__file__).with_suffix(".toml")
MEASURED = Path(__file__).with_name("atari_measured.csv")

KEYS = {
    "UP": ("Move up", ("ArrowUp", "KeyW")),
    "DOWN": ("Move down", ("ArrowDown", "KeyS")),
    "LEFT": ("Move left", ("ArrowLeft", "KeyA")),
    "RIGHT": ("Move right", ("ArrowRight", "KeyD")),
    "FIRE": ("Fire", ("Space",)),
}
"""What an action does where the table says nothing else, and its keys."""

POINTS = {"name": "Score", "unit": "points"}

TICK_HZ = 60.0
MAX_STEPS = 108_000
"""Half an hour, as in most work with ALE."""


@dataclass(frozen=True, slots=True)
class MeasuredGame:
    """A row of the measured table.

    Attributes:
        rom: the ROM's name in ale-py.
        ale_name: that of its id: `ALE/<ale_name>-v5`.
        width: pixels.
        height: pixels.
        mode: the first of those ALE knows for the game.
        difficulty: the first of those ALE knows. Left out, it is 0, at which backgammon only lets one set up a board.
        lives: at the start, as ALE counts them; 0 where there is no such count.
        noop_starts: the most no-op steps before an episode that neither end it nor are scored; 30 at most.
        flashing: whether it flashes, by the rule in `scripts/make_atari_games.py`.
        actions: the minimal set, by index.
    """

    rom: str
    ale_name: str
    width: int
    height: int
    mode: int
    difficulty: int
    lives: int
    noop_starts: int
    flashing: bool
    actions: tuple[str, ...]

    @property
    def meanings(self) -> tuple[str, ...]:
        """The directions, and FIRE, that any of its actions has."""
        return tuple(word for word in KEYS if any(word in action for action in self.actions))

    def to_row(self) -> dict[str, str]:
        """The row in the table."""
        row: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return {**{name: str(value) for name, value in row.items()}, "actions": " ".join(self.actions)}

    @staticmethod
    def from_row(row: Mapping[str, str]) -> MeasuredGame:
        """Read what `to_row` gave."""
        return MeasuredGame(
            rom=row["rom"],
            ale_name=row["ale_name"],
            width=int(row["width"]),
            height=int(row["height"]),
            mode=int(row["mode"]),
            difficulty=int(row["difficulty"]),
            lives=int(row["lives"]),
            noop_starts=int(row["noop_starts"]),
            flashing=row["flashing"] == "True",
            actions=tuple(row["actions"].split()),
        )


def read_written() -> dict[str, dict[str, Any]]:
    """The table that is written by hand, by ROM."""
    return tomllib.loads(WRITTEN.read_text(encoding="utf-8"))


def read_measured(path: Path = MEASURED) -> dict[str, MeasuredGame]:
    """The measured table, by ROM."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["rom"]: MeasuredGame.from_row(row) for row in csv.DictReader(file)}


def find_atari_games() -> Iterator[tuple[GameDefinition, LocatedYaml]]:
    """The games, and where their words stand; none where ale-py is not installed."""
    return make_atari_games() if importlib.util.find_spec("ale_py") is not None else iter(())


def make_atari_games() -> Iterator[tuple[GameDefinition, LocatedYaml]]:
    """The games, and where their words stand."""
    lines = WRITTEN.read_text(encoding="utf-8").splitlines()
    line_of = {line.strip("[]"): number for number, line in enumerate(lines, 1) if line.startswith("[")}
    measured = read_measured()
    for rom, written in read_written().items():
        yield make_definition(measured[rom], written), LocatedYaml(str(WRITTEN), {}, {(): line_of[rom]})


def make_definition(game: MeasuredGame, written: Mapping[str, Any]) -> GameDefinition:
    """The game, from what was measured of it and its table in what was written."""
    words = written.get("say", {})
    lives = [f"You have {game.lives} lives."] if game.lives > 1 else []
    noop_starts = {"policy": "random", "at_most": game.noop_starts}
    return GameDefinition.model_validate(
        {
            "id": written.get("id", f"{game.ale_name}.v0"),
            "title": written["title"],
            "summary": written["summary"],
            "instructions": [*written["how"], *lives],
            "tags": ["atari", *written["tags"]],
            "warnings": {"flashing": game.flashing},
            "environment": {
                "id": f"ALE/{game.ale_name}-v5",
                "kwargs": {
                    "frameskip": 1,
                    "repeat_action_probability": 0.0,
                    "full_action_space": written.get("joystick") == "whole",
                    "mode": game.mode,
                    "difficulty": game.difficulty,
                },
            },
            # A television drew these pixels some 1.7 times as wide as high, see Breakout.v0.yaml.
            "picture": {"width": game.width, "height": game.height, "pixel_aspect": 2.0},
            "pacing": {"mode": "realtime", "tick_hz": TICK_HZ},
            "controls": [
                {"does": meaning, "keys": KEYS[meaning][1], "say": words.get(meaning, KEYS[meaning][0])}
                for meaning in game.meanings
            ],
            "no_key": {"action": "NOOP"},
            "metric": {**POINTS, **written.get("metric", {}), "from": "reward", "better": "higher"},
            "outcome": {"won": {"score_at_least": written["won"]} if "won" in written else "never"},
            "max_steps": MAX_STEPS,
            # Without sticky actions the seed changes nothing; the no-op steps vary the start instead.
            "seed": {"policy": "fixed", "value": 0},
            "noop_starts": noop_starts if game.noop_starts > 0 else {"policy": "fixed", "value": 0},
            "deterministic": True,
        }
    )
