"""What the person who asks has set and reached, game by game."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.database import scores
from skill_arcade.database.own_games import OwnSettings, change_own_settings, fetch_own_settings
from skill_arcade.database.scores import Extremes
from skill_arcade.database.transactions import ReadSession
from skill_arcade.domain.errors import BadKeys, BadOptions, LoginRequired, UnknownGame
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.options import Scalar
from skill_arcade.games.file.own_keys import check_keys
from skill_arcade.server.http.dependencies import PersonHere, ServicesHere
from skill_arcade.server.http.packed_body import answer_json
from skill_arcade.server.http.problems import responses
from skill_arcade.server.http.refusals import BadRequest

router = APIRouter(prefix="/me/games", tags=["games"])

SentCode = Annotated[str, StringConstraints(max_length=32)]


class RunningAnswer(BaseModel):
    """An episode that one may go on with."""

    episode_id: UUID
    n_steps: int = Field(description="As of the last seconds.")
    options: dict[str, Scalar]
    started: datetime


class BestAnswer(BaseModel):
    """The best metric with these options."""

    options: dict[str, Scalar]
    metric: float


class OwnGameAnswer(BaseModel):
    """One game, and what one has set and reached in it."""

    game_id: str
    favourite: bool
    keys: dict[str, str] = Field(description="Key of the game to the one that stands in for it.")
    attempts: int = Field(description="How often one has begun it.")
    last_played: datetime | None
    running: RunningAnswer | None = Field(description="The newest episode that has not ended.")
    best: list[BestAnswer] = Field(description="Of episodes that ended won or lost; the options first played first.")


class OwnGameList(BaseModel):
    """The games that one has played or set something for."""

    games: list[OwnGameAnswer]


class OwnGameChange(BaseModel):
    """What is to be set; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    favourite: StrictBool | None = None
    keys: Annotated[dict[SentCode, SentCode], Field(max_length=200)] | None = Field(
        default=None, description="All of one's own keys in this game, as KeyboardEvent.code; {} for the game's own."
    )


@router.get("", response_model=OwnGameList, responses=responses(LoginRequired))
def list_own_games(request: Request, services: ServicesHere, person: PersonHere) -> Response:
    """The games that one has played or set something for, in the order in which they are offered."""
    with services.database.read() as session:
        games = list(_read(session, services.catalogue, person.id))
    return answer_json(OwnGameList(games=games), request.headers)


@router.put("/{game_id}", responses=responses(LoginRequired, UnknownGame, BadKeys, BadRequest))
def change_own_game(game_id: str, body: OwnGameChange, services: ServicesHere, person: PersonHere) -> OwnGameAnswer:
    """Make a game a favourite or not, or exchange its keys for oneself."""
    game = services.catalogue.get(game_id)
    if body.keys:
        check_keys(game, body.keys)
    with services.database.write() as work:
        change_own_settings(work, person.id, game_id, read_utc_clock(), favourite=body.favourite, keys=body.keys)
        found = list(_read(work, services.catalogue, person.id, game_id))
    return found[0] if found else _empty_answer(game_id)


def _read(
    session: ReadSession, catalogue: Catalogue, user_id: UUID, game_id: str | None = None
) -> Iterator[OwnGameAnswer]:
    """Every game that the person has touched and that is offered still: a few queries, however many games there are."""
    own = fetch_own_settings(session, user_id, game_id)
    attempts = scores.fetch_attempts(session, user_id, game_id)
    last_played = scores.fetch_last_played(session, user_id, game_id)
    running = scores.fetch_running(session, user_id, game_id)
    extremes = scores.fetch_extremes(session, user_id, game_id)
    touched = own.keys() | attempts.keys() | last_played.keys()
    for game in catalogue:
        if game.id not in touched:
            continue
        settings = own.get(game.id, OwnSettings())
        episode = running.get(game.id)
        yield OwnGameAnswer(
            game_id=game.id,
            favourite=settings.favourite,
            keys=dict(settings.keys),
            attempts=attempts.get(game.id, 0),
            last_played=last_played.get(game.id),
            running=None if episode is None else RunningAnswer.model_validate(episode, from_attributes=True),
            best=[
                BestAnswer(options=dict(each.options), metric=_better_of(game, each))
                for each in extremes
                if each.game_id == game.id
            ],
        )


def _better_of(game: GameDefinition, extremes: Extremes) -> float:
    if any("metric" in each.changes for option in game.options for each in option.values):
        with suppress(BadOptions):  # the game had other options then
            game, _ = game.with_options(extremes.options)
    return extremes.highest if game.metric.better == "higher" else extremes.lowest


def _empty_answer(game_id: str) -> OwnGameAnswer:
    return OwnGameAnswer(game_id=game_id, favourite=False, keys={}, attempts=0, last_played=None, running=None, best=[])
