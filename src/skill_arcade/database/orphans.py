"""Queries about episodes that have lost their server, or belong to another one than was thought (REC-32)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import col, select

from skill_arcade.database.episodes import is_running, waits_for_sealing
from skill_arcade.database.tables import Episode, Server
from skill_arcade.database.transactions import ReadSession, UnitOfWork
from skill_arcade.domain.episode import EndReason, Status, Verification


def adopt_running(work: UnitOfWork, server_id: UUID) -> None:
    """Make this server the owner of all running episodes: it is the only one that this database ever has."""
    work.run(update(Episode).where(is_running()).values(server_id=server_id, wanted_by=None))


def fetch_owned_by_others(session: ReadSession, server_id: UUID, episode_ids: Iterable[UUID]) -> list[UUID]:
    """Those of these episodes that belong to another server than this one; not those that belong to nobody."""
    of_others = and_(col(Episode.server_id).is_not(None), col(Episode.server_id) != server_id)
    return list(session.all(select(col(Episode.id)).where(col(Episode.id).in_(list(episode_ids)), of_others)))


def fetch_orphans(
    session: ReadSession, silent_since: datetime, limit: int, *, but_not: Collection[UUID] = ()
) -> list[UUID]:
    """Episodes that are not sealed and whose server is no more, the oldest first.

    Args:
        session: the transaction.
        silent_since: those that run are left to their players until nothing has been heard of them since then.
        limit: at most so many.
        but_not: not these.
    """
    is_due = or_(col(Episode.status) != Status.RUNNING, col(Episode.time_updated) < silent_since)
    statement = select(col(Episode.id)).where(waits_for_sealing(), _has_no_server(), is_due)
    if but_not:
        statement = statement.where(col(Episode.id).not_in(list(but_not)))
    return list(session.all(statement.order_by(col(Episode.key)).limit(limit)))


def claim_orphan(work: UnitOfWork, episode_id: UUID, server_id: UUID, expected_generation: int) -> int | None:
    """Make this server the owner of an episode whose server is no more, whether it has ended or not.

    Returns:
        The new generation; None if somebody was faster, or it is sealed by now.
    """
    free = update(Episode).where(
        col(Episode.id) == episode_id,
        waits_for_sealing(),
        _has_no_server(),
        col(Episode.generation) == expected_generation,
    )
    generation = expected_generation + 1
    taken = free.values(server_id=server_id, generation=generation, wanted_by=None)
    return generation if work.run(taken) == 1 else None


def note_lost(work: UnitOfWork, episode_id: UUID, server_id: UUID, now: datetime) -> bool:
    """Note that nothing is left of an episode but what the index knows, and that nobody is to wait for it any more.

    Args:
        work: the transaction.
        episode_id: which.
        server_id: of the server that has looked for it in vain, and may own it.
        now: goes into the row.

    Returns:
        False if another server has gone on with it meanwhile, or it is sealed.
    """
    detail = "Its server was lost with its disk before anything of the recording had reached the store."
    is_ours = col(Episode.server_id) == server_id
    lost = update(Episode).where(col(Episode.id) == episode_id, waits_for_sealing(), or_(is_ours, _has_no_server()))
    told = {"end_reason": EndReason.ABANDONED, "end_detail": detail, "verification_detail": detail, "time_updated": now}
    return work.run(lost.values(status=Status.INCOMPLETE, verification=Verification.UNVERIFIABLE, **told)) == 1


def _has_no_server() -> ColumnElement[bool]:
    """Free, or of a server that has stopped or is gone."""
    stopped = select(col(Server.id)).where(col(Server.stopped_at).is_not(None))
    return or_(col(Episode.server_id).is_(None), col(Episode.server_id).in_(stopped))
