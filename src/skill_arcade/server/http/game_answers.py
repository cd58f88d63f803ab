"""What pages are told of the games; made once, and again only when the examiner has found something new."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, Field

from skill_arcade.domain.errors import UnknownGame
from skill_arcade.games.file.bindings import KeySequence, PointerAxis, PointerRegion
from skill_arcade.games.file.definition import GameDefinition, PictureSize
from skill_arcade.games.file.options import Option
from skill_arcade.games.file.outcome_rules import Metric
from skill_arcade.server.game_conditions import GameConditions
from skill_arcade.server.http.packed_body import PackedBody

_SETTLED_NS = 1_000_000_000
"""Clocks of file systems are coarse: a folder that changed this long ago is not changing in the same moment again."""


class PacingAnswer(BaseModel):
    """How time passes."""

    mode: Literal["realtime", "turn"]
    tick_hz: float | None = Field(description="Steps in a second; null in a game of turns.")


class ControlAnswer(BaseModel):
    """Keys of which each does the same."""

    does: str = Field(description="The action's meaning.")
    keys: list[str] = Field(description="As `KeyboardEvent.code`.")
    say: str = Field(description="What it does, for people.")


class GameAnswer(BaseModel):
    """A game, as far as a page that offers or plays it needs to know (LIVE-38)."""

    id: str
    title: str
    summary: str
    instructions: list[str]
    tips: list[str] = Field(description="Good to know; a player does well without.")
    tags: list[str] = Field(description="Words by which it is found: `atari`, `puzzle`, `classic`.")
    options: list[Option] = Field(description="What may be chosen with a play ticket.")
    unavailable: str | None = Field(description="Why it cannot be played here, in one sentence; null if it can.")
    sound: bool = Field(description="Whether it has sound.")
    picture: PictureSize
    controls: list[ControlAnswer] = Field(description="Keys of which each does the same.")
    sequences: list[KeySequence] = Field(description="Keys pressed one after another, in games of turns.")
    pointer: list[PointerRegion] = Field(description="Where a click is a tap of a key.")
    pointer_axes: list[PointerAxis] = Field(
        description="What the mouse does by its place over the picture; where this is empty it need not be sent."
    )
    flashing: bool = Field(description="Warn before it starts: it flashes.")
    pacing: PacingAnswer
    metric: Metric
    max_steps: int
    pause_limit_s: int = Field(description="Seconds that a pause may last.")


class GameList(BaseModel):
    """All games."""

    games: list[GameAnswer]


class GameAnswers:
    """The bodies of `GET /games` and `GET /games/{game_id}`. To be used by many threads."""

    def __init__(self, games: Iterable[GameDefinition], conditions: GameConditions) -> None:
        self._games = {game.id: game for game in games}
        self._conditions = conditions
        self._lock = threading.Lock()
        self._stamp: int | None = None
        self._problems: dict[str, str | None] = {}
        self._each: dict[str, bytes] = {}
        self._all = PackedBody.make(b"")

    def read_all(self) -> PackedBody:
        """A `GameList`."""
        self._refresh()
        return self._all

    def read_one(self, game_id: str) -> PackedBody:
        """A `GameAnswer`.

        Raises:
            UnknownGame: there is none.
        """
        self._refresh()
        if game_id not in self._each:
            raise UnknownGame(game_id)
        return PackedBody.make(self._each[game_id])

    def _refresh(self) -> None:
        stamp = self._conditions.read_stamp()
        if stamp == self._stamp:
            return
        with self._lock:
            changed = [game_id for game_id in self._games if self._has_changed(game_id)]
            for game_id in changed:
                self._each[game_id] = _encode(self._games[game_id], self._problems[game_id])
            if changed or self._stamp is None:
                self._all = PackedBody.make(b'{"games":[' + b",".join(self._each[each] for each in self._games) + b"]}")
            is_settled = time.time_ns() - stamp > _SETTLED_NS
            self._stamp = stamp if is_settled else -1

    def _has_changed(self, game_id: str) -> bool:
        condition = self._conditions.read_condition(game_id)
        problem = None if condition is None else condition.problem
        if game_id in self._each and self._problems[game_id] == problem:
            return False
        self._problems[game_id] = problem
        return True


def _encode(game: GameDefinition, problem: str | None) -> bytes:
    sections = {
        name: getattr(game, name) for name in ("options", "picture", "sequences", "pointer", "pointer_axes", "metric")
    }
    facts = {"unavailable": problem, "sound": game.environment_spec().adapter == "atari"}
    answer = GameAnswer.model_validate({**game.public_view(), **sections, **facts})
    return answer.model_dump_json(by_alias=True).encode()
