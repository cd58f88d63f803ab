"""Episodes in the index: one's own, or everybody's for an administrator."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from skill_arcade.database.episodes import EpisodeFilter, EpisodeRow, fetch_episode, fetch_episodes
from skill_arcade.database.people import Person
from skill_arcade.domain.episode import EndReason, PlayedBy, Status, Verification
from skill_arcade.domain.errors import EpisodeNotFound, LoginRequired
from skill_arcade.games.file.options import Scalar
from skill_arcade.server.http.dependencies import PersonHere, ServicesHere
from skill_arcade.server.http.packed_body import answer_json
from skill_arcade.server.http.problems import responses
from skill_arcade.server.http.refusals import BadRequest
from skill_arcade.server.services import Services

router = APIRouter(prefix="/episodes", tags=["episodes"])


class EpisodeAnswer(BaseModel):
    """One episode; names as in RECORDING.md, null where nothing is known."""

    id: UUID
    user_id: UUID | None = Field(description="Null when the person is not known here any more.")
    game_id: str
    options: dict[str, Scalar] = Field(description="The values of all of the game's options, by name.")
    seed: int
    n_steps: int = Field(description="Of a running episode: as of the last seconds.")
    status: Status
    time_created: datetime
    time_updated: datetime
    ended_at: datetime | None
    score: float | None = Field(description="Sum of all rewards.")
    metric: float | None
    active_time_s: float | None = Field(description="Seconds spent running, pauses left out.")
    end_reason: EndReason | None
    end_detail: str | None
    attempt_index: int = Field(description="From 1: which attempt of this person at this game.")
    played_by: PlayedBy | None
    verification: Verification
    verification_detail: str | None
    sealed: bool = Field(description="Whether its Parquet files are complete.")


class EpisodeList(BaseModel):
    """Episodes, newest first."""

    episodes: list[EpisodeAnswer]
    next_before: UUID | None = Field(description="Ask with `before` for the next page; null on the last.")


@router.get("", response_model=EpisodeList, responses=responses(LoginRequired, BadRequest))
def list_episodes(
    request: Request,
    services: ServicesHere,
    person: PersonHere,
    game_id: Annotated[str | None, Query(max_length=128)] = None,
    status: Status | None = None,
    owner: Annotated[Literal["me", "all"], Query(description="`all` is for administrators.")] = "all",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: UUID | None = None,
) -> Response:
    """List episodes: one's own; an administrator sees everybody's."""
    wanted = EpisodeFilter(
        user_id=None if person.is_admin and owner == "all" else person.id,
        game_id=game_id,
        status=status,
        before=before,
        limit=limit + 1,
    )
    with services.database.read() as session:
        found = fetch_episodes(session, wanted)
    page = found[:limit]
    next_before = page[-1].id if len(found) > limit else None
    return answer_json(EpisodeList(episodes=[_answer(row) for row in page], next_before=next_before), request.headers)


@router.get("/{episode_id}", responses=responses(LoginRequired, EpisodeNotFound, BadRequest))
def read_episode(episode_id: UUID, services: ServicesHere, person: PersonHere) -> EpisodeAnswer:
    """One episode."""
    return _answer(require_episode(services, person, episode_id))


def require_episode(services: Services, person: Person, episode_id: UUID) -> EpisodeRow:
    """The episode, if this person may see it.

    Raises:
        EpisodeNotFound: there is none, or it is somebody else's; the two are not told apart.
    """
    with services.database.read() as session:
        row = fetch_episode(session, episode_id)
    if row is None or not (person.is_admin or row.user_id == person.id):
        raise EpisodeNotFound(str(episode_id))
    return row


def _answer(row: EpisodeRow) -> EpisodeAnswer:
    return EpisodeAnswer.model_validate({field.name: getattr(row, field.name) for field in fields(row)})
