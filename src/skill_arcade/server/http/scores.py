"""The best that people did in a game; nobody's name is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from skill_arcade.database.scores import fetch_scores
from skill_arcade.domain.errors import BadOptions, LoginRequired, UnknownGame
from skill_arcade.server.http.chosen_options import choose, parse_options
from skill_arcade.server.http.dependencies import PersonHere, ServicesHere
from skill_arcade.server.http.problems import responses
from skill_arcade.server.http.refusals import BadRequest

router = APIRouter(prefix="/games", tags=["games"])


class ScoreAnswer(BaseModel):
    """The best that one person did."""

    metric: float
    score: float | None = Field(description="Sum of all rewards.")
    n_steps: int
    time: datetime = Field(description="When the episode ended.")
    own: bool = Field(description="Whether that is the person who asks.")
    status: Literal["won", "lost"]


class ScoreListAnswer(BaseModel):
    """Better ones first, of each person the best."""

    scores: list[ScoreAnswer]
    n_players: int = Field(description="People who played this game with these options to an end.")
    n_episodes: int = Field(description="How often they did.")


@router.get("/{game_id}/scores", responses=responses(LoginRequired, UnknownGame, BadOptions, BadRequest))
def list_scores(
    game_id: str,
    services: ServicesHere,
    person: PersonHere,
    options: Annotated[
        str | None,
        Query(max_length=2000, description="A JSON object of options by name; the others have their defaults."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> ScoreListAnswer:
    """The best ended episodes that people played with exactly these options."""
    game = services.catalogue.get(game_id)
    chosen_game, chosen = choose(game, {} if options is None else parse_options(options))
    higher = chosen_game.metric.better == "higher"
    with services.database.read() as session:
        found = fetch_scores(session, game_id, chosen, higher_is_better=higher, limit=limit)
    return ScoreListAnswer(
        scores=[
            ScoreAnswer.model_validate(
                {
                    **{name: getattr(each, name) for name in ("metric", "score", "n_steps", "time", "status")},
                    "own": each.user_id == person.id,
                }
            )
            for each in found.scores
        ],
        n_players=found.n_players,
        n_episodes=found.n_episodes,
    )
