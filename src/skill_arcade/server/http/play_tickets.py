"""Play tickets: the right to open one socket, given when nothing is left that could refuse a player."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from skill_arcade.database.episodes import EpisodeRow, fetch_episode
from skill_arcade.database.own_games import OwnSettings, fetch_own_settings
from skill_arcade.database.people import Person
from skill_arcade.database.servers import fetch_server
from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import (
    AtCapacity,
    BadOptions,
    EpisodeNotFound,
    GameUnavailable,
    LoginRequired,
    NotAllowed,
    StorageFull,
    UnknownGame,
)
from skill_arcade.games.file.options import Scalar
from skill_arcade.games.file.own_keys import apply_keys
from skill_arcade.server.http.chosen_options import SentOptions, choose
from skill_arcade.server.http.dependencies import PersonHere, ServicesHere
from skill_arcade.server.http.problems import responses
from skill_arcade.server.http.refusals import BadRequest, EpisodeEnded, EpisodeInUse
from skill_arcade.server.provenance import build_provenance
from skill_arcade.server.services import Services
from skill_arcade.sessions.supervision.control import SessionStatus, SupervisorAway
from skill_arcade.wire.limits import OWNER_SILENCE_S, TICKET_LIFETIME_S

router = APIRouter(tags=["play"])

RETRY_AFTER_START_S = 3


class PlayTicketRequest(BaseModel):
    """A game, for a new episode, and its options; or an episode to go on with, and its resume token if at hand."""

    model_config = ConfigDict(extra="forbid")

    game_id: str | None = Field(default=None, max_length=128)
    options: SentOptions = Field(
        default_factory=dict, description="Of the game, by name; what is left out has its default."
    )
    episode_id: UUID | None = None
    resume_token: str | None = Field(default=None, max_length=128)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> PlayTicketRequest:
        if (self.game_id is None) == (self.episode_id is None):
            raise ValueError("send either `game_id` or `episode_id`")
        if self.resume_token is not None and self.episode_id is None:
            raise ValueError("`resume_token` goes with `episode_id`")
        if self.options and self.game_id is None:
            raise ValueError("`options` go with `game_id`: those of an episode were chosen when it began")
        return self


class PlayTicketAnswer(BaseModel):
    """A ticket, good for one socket."""

    ticket: str
    game_id: str
    episode_id: UUID
    expires_in_s: Annotated[int, Field(description="Seconds from now.")]
    path: str = Field(description="Of the socket, with the ticket in it.")


@router.post(
    "/play-tickets",
    status_code=201,
    responses=responses(
        LoginRequired,
        NotAllowed,
        UnknownGame,
        EpisodeNotFound,
        GameUnavailable,
        EpisodeEnded,
        EpisodeInUse,
        BadOptions,
        BadRequest,
        AtCapacity,
        StorageFull,
    ),
)
def issue_play_ticket(body: PlayTicketRequest, services: ServicesHere, person: PersonHere) -> PlayTicketAnswer:
    """Get a ticket for a new episode, or for one to go on with (LIVE-2)."""
    if body.game_id is not None:
        return _begin(services, person, body.game_id, body.options)
    assert body.episode_id is not None
    return _resume(services, person, body.episode_id, body.resume_token)


def _begin(services: Services, person: Person, game_id: str, sent: Mapping[str, Scalar]) -> PlayTicketAnswer:
    game, options = choose(services.catalogue.get(game_id), sent)
    _require_available(services, game_id)
    services.folder.require_free_mb(services.settings.min_free_mb)
    episode_id = uuid4()
    _require_room(services, episode_id, person)
    with services.database.read() as session:
        own = fetch_own_settings(session, person.id, game_id).get(game_id, OwnSettings())
    spec = {
        "episode_id": str(episode_id),
        "resume": False,
        "provenance": build_provenance(
            apply_keys(game, own.keys), options, user=person.pseudonym, recording=services.settings.recording
        ),
    }
    return _issue(services, person, game_id, episode_id, spec)


def _resume(services: Services, person: Person, episode_id: UUID, token: str | None) -> PlayTicketAnswer:
    with services.database.read() as session:
        episode = fetch_episode(session, episode_id)
    holds_token = token is not None and services.secret.accepts_resume_token(episode_id, token)
    if episode is None or not (holds_token or episode.user_id == person.id):
        # Somebody else's episode and none at all are not told apart.
        raise EpisodeNotFound(str(episode_id))
    if episode.status != Status.RUNNING:
        raise EpisodeEnded("This episode is over.")
    if not holds_token:
        _require_nowhere_else(services, episode)
        _require_quiet(services, episode)
    _require_place(services, episode_id)
    spec = {"episode_id": str(episode_id), "resume": True, "provenance": None}
    return _issue(services, person, episode.game_id, episode_id, spec)


def _issue(
    services: Services, person: Person, game_id: str, episode_id: UUID, spec: dict[str, object]
) -> PlayTicketAnswer:
    ticket = services.tickets.issue(person.id, game_id, spec)
    return PlayTicketAnswer(
        ticket=ticket,
        game_id=game_id,
        episode_id=episode_id,
        expires_in_s=TICKET_LIFETIME_S,
        path=f"/ws/{game_id}?token={ticket}",
    )


def _require_available(services: Services, game_id: str) -> None:
    """Make sure that the game was not found to be unplayable here.

    Raises:
        GameUnavailable: it was.
    """
    condition = services.conditions.read_condition(game_id)
    if condition is not None and condition.problem is not None:
        raise GameUnavailable(condition.problem)


def _require_room(services: Services, episode_id: UUID, person: Person) -> None:
    """Have a place promised to a new episode of somebody.

    Raises:
        AtCapacity: there is none, or the processors have no room for one more player.
    """
    try:
        capacity = services.control.admit(episode_id, person.id)
    except SupervisorAway as error:
        raise AtCapacity(str(error), RETRY_AFTER_START_S) from error
    if not capacity.may_start:
        raise AtCapacity(capacity.why, capacity.retry_after_s)


def _require_place(services: Services, episode_id: UUID) -> None:
    """Make sure that the session of an episode to go on with runs already, or may start: however busy the processors.

    Raises:
        AtCapacity: it may not.
    """
    try:
        capacity = services.control.capacity()
        if capacity.may_start or _find_session(services, episode_id) is not None:
            return
    except SupervisorAway as error:
        raise AtCapacity(str(error), RETRY_AFTER_START_S) from error
    raise AtCapacity(capacity.why, capacity.retry_after_s)


def _require_nowhere_else(services: Services, episode: EpisodeRow) -> None:
    """Make sure that no other server that lives has the episode: only the resume token asks it to let go.

    Raises:
        EpisodeInUse: one has it.
    """
    if episode.server_id in {None, services.server_id}:
        return
    with services.database.read() as session:
        owner = fetch_server(session, episode.server_id)
    if owner is not None and owner.stopped_at is None:
        raise EpisodeInUse("This episode is open on another server: go on where it was begun.")


def _require_quiet(services: Services, episode: EpisodeRow) -> None:
    """Make sure that nobody is connected to the episode, nor was a moment ago.

    Raises:
        EpisodeInUse: somebody is or was.
        AtCapacity: nobody can tell now.
    """
    try:
        session = _find_session(services, episode.id)
    except SupervisorAway as error:
        raise AtCapacity(str(error), RETRY_AFTER_START_S) from error
    if session is None:
        return
    quiet_s = session.disconnected_for_s
    if quiet_s is None or quiet_s < OWNER_SILENCE_S:
        raise EpisodeInUse("This episode is open somewhere else: close it there, or wait ten seconds.")


def _find_session(services: Services, episode_id: UUID) -> SessionStatus | None:
    return next((each for each in services.control.status() if each.episode_id == str(episode_id)), None)
