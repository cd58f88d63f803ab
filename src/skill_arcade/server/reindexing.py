"""Rebuilding the index of an installation that may have several servers: nothing that is another's is touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from typing_extensions import override

from skill_arcade.accounts.clock import Clock, read_utc_clock
from skill_arcade.archive.store import BlobStore
from skill_arcade.database.ownership import fetch_ownerships
from skill_arcade.database.steps import StepRow
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.episode_facts import EpisodeFacts
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.reindex import Reindexed, reindex
from skill_arcade.server.spools import find_newest_epochs, read_spools


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuilding found.

    Attributes:
        found: what is indexed now, and what cannot be read.
        elsewhere: of each other machine the number of episodes that are in its journals alone, and so not indexed.
    """

    found: Reindexed
    elsewhere: Mapping[UUID, int]


class _RebuiltIndex(EpisodeIndex):
    """Of what is sealed there is but one, whoever brings it; what is in this machine's journals is this machine's."""

    def __init__(
        self, database: Database, clock: Clock, machine: UUID, newest_elsewhere: Mapping[UUID, int], *, is_shared: bool
    ) -> None:
        super().__init__(database, clock)
        self._own = EpisodeIndex(database, clock, machine)
        self._newest_elsewhere = newest_elsewhere
        self._is_shared = is_shared

    @override
    def reconcile(self, facts: EpisodeFacts, rows: Callable[[], Iterator[StepRow]], *, sealed: bool) -> bool:
        if sealed:
            return super().reconcile(facts, rows, sealed=True)
        if self._newest_elsewhere.get(facts.episode_id, 0) > facts.epoch:
            return False  # another server has gone on with it
        return self._own.reconcile(facts, rows, sealed=False)

    @override
    def forget_unbegun(
        self, journals: Path, *, after: timedelta = timedelta(0), sealed: Collection[str] = (), only: UUID | None = None
    ) -> list[UUID]:
        own = self._own.forget_unbegun(journals, after=after, sealed=sealed, only=only)
        if self._is_shared:
            return own  # what belongs to nobody may be on its way from one server to another
        return own + super().forget_unbegun(journals, after=after, sealed=sealed, only=only)


def rebuild_index(
    database: Database,
    store: BlobStore,
    journals: Path,
    machine: UUID,
    *,
    is_shared: bool,
    clock: Clock = read_utc_clock,
) -> Rebuilt:
    """Make the index say what the store and this machine's journals say.

    Args:
        database: with the index.
        store: with the sealed episodes, and the journals that machines have shipped.
        journals: of this machine.
        machine: its id.
        is_shared: whether other servers use the database.
        clock: UTC.

    Raises:
        StoreAway, DataFolderError: store or database cannot be used now; what was indexed stays.
    """
    others = [spool for spool in read_spools(store) if spool.machine != machine]
    index = _RebuiltIndex(database, clock, machine, find_newest_epochs(others), is_shared=is_shared)
    found = reindex(index, store, journals)
    with database.read() as session:
        known = fetch_ownerships(session, find_newest_epochs(others))
    unknown = {spool.machine: len(spool.epochs.keys() - known.keys()) for spool in others}
    return Rebuilt(found, {each: n_episodes for each, n_episodes in unknown.items() if n_episodes})
