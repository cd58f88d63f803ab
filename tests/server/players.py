"""Those who play, as far as HTTP and the index know of them: logged in, with a ticket that was used, with a record."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fastapi.testclient import TestClient
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal

from skill_arcade.archive.local import LocalStore
from skill_arcade.database.people import Person
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.reindex import reindex
from skill_arcade.server.services import Services

Headers = dict[str, str]


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def log_in_player(services: Services) -> tuple[Person, Headers]:
    login = services.logins.log_in_guest()
    return login.person, bearer(login.token)


def begin(client: TestClient, services: Services, headers: Headers) -> UUID:
    """Get a ticket, use it: the episode's id."""
    answer = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=headers).json()
    services.tickets.redeem(answer["ticket"], "Breakout.v0")
    return UUID(answer["episode_id"])


def record(
    services: Services, person: Person, n_steps: int = 5, *, has_observation: bool = False, has_parts: bool = False
) -> CountingJournal:
    """A running episode of this person, in its journal and in the index."""
    folder = services.folder.journals / str(EPISODE)
    provenance = {**PROVENANCE, "user": person.pseudonym}
    journal = CountingJournal.begin(
        folder, has_observation=has_observation, has_parts=has_parts, provenance=provenance
    ).play(n_steps)
    index(services)
    return journal


def index(services: Services) -> None:
    writer = EpisodeIndex(services.database, lambda: datetime(2026, 2, 1, tzinfo=UTC))
    reindex(writer, LocalStore(services.folder.root), services.folder.journals)
