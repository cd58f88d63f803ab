"""The games there are. Nobody needs to be logged in to look."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from skill_arcade.domain.errors import UnknownGame
from skill_arcade.games.bindings import KeyControl, KeySequence, PointerRegion
from skill_arcade.games.definition import GameDefinition, PictureSize
from skill_arcade.games.options import Option
from skill_arcade.games.outcome_rules import Metric
from skill_arcade.server.http.dependencies import ServicesHere
from skill_arcade.server.http.problems import responses

router = APIRouter(prefix="/games", tags=["games"])


class PacingAnswer(BaseModel):
    """How time passes."""

    mode: Literal["realtime", "turn"]
    tick_hz: float | None = Field(description="Steps in a second; null in a game of turns.")


class GameAnswer(BaseModel):
    """A game, as far as a page that offers or plays it needs to know (LIVE-38)."""

    id: str
    title: str
    summary: str
    instructions: list[str]
    tips: list[str] = Field(description="Good to know; a player does well without.")
    tags: list[str] = Field(description="Words by which it is found: `atari`, `puzzle`, `classic`.")
    options: list[Option] = Field(description="What may be chosen with a play ticket.")
    picture: PictureSize
    controls: list[KeyControl] = Field(description="Keys of which each does the same.")
    sequences: list[KeySequence] = Field(description="Keys pressed one after another, in games of turns.")
    pointer: list[PointerRegion] = Field(description="Where a click is a tap of a key.")
    flashing: bool = Field(description="Warn before it starts: it flashes.")
    pacing: PacingAnswer
    metric: Metric
    max_steps: int
    pause_limit_s: int = Field(description="Seconds that a pause may last.")


class GameList(BaseModel):
    """All games."""

    games: list[GameAnswer]


@router.get("")
def list_games(services: ServicesHere) -> GameList:
    """All games, in the order in which they are offered."""
    return GameList(games=[_answer(game) for game in services.catalogue])


@router.get("/{game_id}", responses=responses(UnknownGame))
def read_game(game_id: str, services: ServicesHere) -> GameAnswer:
    """One game."""
    return _answer(services.catalogue.get(game_id))


@router.get(
    "/{game_id}/picture.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **responses(UnknownGame)},
)
def read_game_picture(game_id: str, services: ServicesHere) -> Response:
    """A picture of the game, a moment after its start, painted by its environment."""
    png = services.pictures.read(services.catalogue.get(game_id))
    return Response(png, media_type="image/png", headers={"Cache-Control": "public, max-age=3600"})


def _answer(game: GameDefinition) -> GameAnswer:
    view = game.public_view()
    sections = {
        name: getattr(game, name) for name in ("options", "picture", "controls", "sequences", "pointer", "metric")
    }
    return GameAnswer.model_validate({**view, **sections})
