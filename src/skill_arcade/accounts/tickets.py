"""Play tickets: made over HTTP, used once on a socket (LIVE-2 to LIVE-4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from skill_arcade.accounts.clock import Clock, read_utc_clock
from skill_arcade.accounts.tokens import compute_token_hash, make_token
from skill_arcade.database import tickets as ticket_queries
from skill_arcade.database.episodes import EpisodeRow, keep_episode
from skill_arcade.database.tickets import IssuedTicket
from skill_arcade.database.transactions import Database, UnitOfWork
from skill_arcade.domain.episode import Status, Verification
from skill_arcade.domain.errors import TicketRefused, UnknownGame
from skill_arcade.wire.limits import TICKET_LIFETIME_S

TICKET_LIFETIME = timedelta(seconds=TICKET_LIFETIME_S)


Begin = Callable[[Mapping[str, Any], int, datetime], dict[str, Any]]
"""(provenance of the ticket, attempt index, time now) to the provenance with which the episode begins."""


class Tickets:
    """Makes and takes play tickets."""

    def __init__(
        self, database: Database, begin: Begin, *, server_id: UUID | None = None, clock: Clock = read_utc_clock
    ) -> None:
        """Make the office.

        Args:
            database: where tickets are.
            begin: settles what is known of an episode only at the moment when it begins; the seed among it.
            server_id: of this server, which owns the episodes that begin here.
            clock: for what expires.
        """
        self._database = database
        self._server_id = server_id
        self._begin = begin
        self._clock = clock

    def issue(self, user_id: UUID, game_id: str, spec: Mapping[str, Any]) -> str:
        """A ticket for one socket.

        Args:
            user_id: who will play.
            game_id: the game that the socket must be opened for.
            spec: what the session process will be told: `episode_id`, `resume`, `provenance`; plain JSON.
        """
        token = make_token()
        now = self._clock()
        ticket = IssuedTicket(
            user_id=user_id,
            game_id=game_id,
            episode_id=UUID(spec["episode_id"]),
            spec=spec,
            expires_at=now + TICKET_LIFETIME,
            used_at=None,
        )
        token_hash = compute_token_hash(token)
        self._database.change(lambda work: ticket_queries.insert_ticket(work, token_hash, ticket, now))
        return token

    def redeem(self, token: str, game_id: str) -> dict[str, Any]:
        """Use a ticket up, and begin the episode if it is for a new one; all of it in one transaction.

        Returns:
            The spec that the ticket was made with; the `provenance` of a new episode is settled now.

        Raises:
            TicketRefused: the ticket is unknown, used or expired; these are not told apart.
            UnknownGame: the ticket is for another game; it stays unused.
        """
        token_hash = compute_token_hash(token)
        now = self._clock()
        return self._database.change(lambda work: self._use_up(work, token_hash, game_id, now))

    def _use_up(self, work: UnitOfWork, token_hash: str, game_id: str, now: datetime) -> dict[str, Any]:
        ticket = ticket_queries.fetch_ticket(work, token_hash)
        if ticket is not None and ticket.game_id != game_id:
            raise UnknownGame(game_id)
        if ticket is None or not ticket_queries.use_ticket(work, token_hash, now):
            raise TicketRefused("This ticket is unknown, used or older than 30 seconds: get another one.")
        spec = dict(ticket.spec)
        if not spec["resume"]:
            spec["provenance"] = self._begin_episode(work, ticket, now)
            # Another server goes on from there, should this one be lost before it has shipped anything.
            ticket_queries.note_beginning(work, token_hash, spec)
        return spec

    def _begin_episode(self, work: UnitOfWork, ticket: IssuedTicket, now: datetime) -> dict[str, Any]:
        attempt_index = ticket_queries.count_attempt(work, ticket.user_id, ticket.game_id)
        provenance = self._begin(ticket.spec["provenance"], attempt_index, now)
        row = EpisodeRow(
            id=ticket.episode_id,
            user_id=ticket.user_id,
            game_id=ticket.game_id,
            seed=provenance["seed"],
            n_steps=0,
            status=Status.RUNNING,
            time_created=now,
            time_updated=now,
            attempt_index=attempt_index,
            epoch=0,
            server_id=self._server_id,
            verification=Verification.PENDING,
            options=provenance.get("options", {}),
        )
        keep_episode(work, row)
        return provenance
