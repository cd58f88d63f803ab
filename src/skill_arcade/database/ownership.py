"""Which server may write an episode, and how that is handed on (REC-32): queries about one moment, decided in SQL.

The owner is `server_id`; `generation` counts how often it has changed. Each change is one UPDATE that names what it
changes, so of two servers that try at the same instant one succeeds. Whoever writes rows of an episode asks
`is_fenced` in the same transaction, with the row locked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from skill_arcade.database.episodes import is_running
from skill_arcade.database.tables import Episode
from skill_arcade.database.transactions import ReadSession, UnitOfWork
from skill_arcade.domain.generation import EPOCHS_OF_A_GENERATION


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose an episode is.

    Attributes:
        server_id: the only server that may write it; None when it is free.
        generation: how often it was taken over.
        wanted_by: a server to which its player has come, and that waits for it.
        status: of the episode; one that has ended is not taken over any more.
        epoch: the newest whose steps are indexed.
    """

    server_id: UUID | None
    generation: int
    wanted_by: UUID | None
    status: str
    epoch: int


_COLUMNS = tuple(getattr(Episode, name) for name in Ownership.__slots__)


def fetch_ownership(session: ReadSession, episode_id: UUID) -> Ownership | None:
    """Whose this episode is; None if the index does not know it."""
    return fetch_ownerships(session, [episode_id]).get(episode_id)


def fetch_ownerships(session: ReadSession, episode_ids: Iterable[UUID]) -> dict[UUID, Ownership]:
    """Whose these episodes are; of those that the index knows."""
    statement = select_columns(col(Episode.id), *_COLUMNS).where(col(Episode.id).in_(list(episode_ids)))
    return {row[0]: Ownership(*row[1:]) for row in session.rows(statement)}


def is_fenced(ownership: Ownership, server_id: UUID | None, epoch: int) -> bool:
    """Whether what this server writes of this epoch must be refused.

    Args:
        ownership: as it is now.
        server_id: who writes; None where it is no server but a person at the command line.
        epoch: in which it was recorded.
    """
    if epoch // EPOCHS_OF_A_GENERATION < ownership.generation:
        return True
    return is_of_another(ownership, server_id)


def is_of_another(ownership: Ownership, server_id: UUID | None) -> bool:
    """Whether another server than this one owns the episode; nobody does where it is free."""
    return None not in {server_id, ownership.server_id} and server_id != ownership.server_id


def want(work: UnitOfWork, episode_id: UUID, server_id: UUID) -> None:
    """Ask the owner of a running episode to release it to this server; of several who ask, the last one is noted."""
    wanted = update(Episode).where(col(Episode.id) == episode_id, is_running(), col(Episode.server_id) != server_id)
    work.run(wanted.values(wanted_by=server_id))


def fetch_wanted(session: ReadSession, server_id: UUID) -> list[UUID]:
    """The running episodes of this server that another one asks for."""
    statement = select(col(Episode.id)).where(*_runs_on(server_id), _is_wanted())
    return list(session.all(statement.order_by(col(Episode.key))))


def take_back(work: UnitOfWork, episode_id: UUID, server_id: UUID) -> bool:
    """Let nobody ask the owner for an episode any more: its player has come back. False if it is the owner no more."""
    mine = update(Episode).where(col(Episode.id) == episode_id, *_runs_on(server_id))
    return work.run(mine.values(wanted_by=None)) == 1


def release(work: UnitOfWork, episode_id: UUID, server_id: UUID) -> bool:
    """Set an episode free; False if nobody asks for it any more, it does not run, or is another's by now."""
    asked = update(Episode).where(col(Episode.id) == episode_id, *_runs_on(server_id), _is_wanted())
    return work.run(asked.values(server_id=None, wanted_by=None)) == 1


def release_all(work: UnitOfWork, server_id: UUID) -> int:
    """Set all running episodes of this server free; how many."""
    return work.run(update(Episode).where(*_runs_on(server_id)).values(server_id=None, wanted_by=None))


def claim(work: UnitOfWork, episode_id: UUID, server_id: UUID, expected_generation: int) -> int | None:
    """Make this server the owner of a running episode, whoever was; the old one is fenced from now on.

    Args:
        work: the transaction.
        episode_id: which.
        server_id: the new owner.
        expected_generation: as it was read when it was decided to take the episode over.

    Returns:
        The new generation; None if somebody was faster, or the episode does not run any more. Where it is not known
        whether the transaction was committed, the row says so: it has this server and the new generation.
    """
    unchanged = update(Episode).where(
        col(Episode.id) == episode_id, is_running(), col(Episode.generation) == expected_generation
    )
    generation = expected_generation + 1
    taken = unchanged.values(server_id=server_id, generation=generation, wanted_by=None)
    return generation if work.run(taken) == 1 else None


def _is_wanted() -> ColumnElement[bool]:
    return col(Episode.wanted_by).is_not(None)


def _runs_on(server_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return col(Episode.server_id) == server_id, is_running()
