"""Recovering episodes whose server is no more: they are brought into this data folder, ended if asked for, and sealed.

Every part may be killed and done again: episodes change hands in the database alone, journals are fetched whole or
not at all, and what a lost machine had in the store goes last, when nobody needs it any more.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.archive.store import BlobStore
from skill_arcade.database.backlog import fetch_unsealed_of
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.database.orphans import fetch_orphans, note_lost
from skill_arcade.database.servers import ServerRow, fetch_server, note_stopped, register_server
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import VerifierPool
from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import DataFolderError, EpisodeNotFound, RecordingError, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import find_next_epoch, list_epochs
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.damage_told import tell_damage
from skill_arcade.recorder.episode_facts import facts_of_journal
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.index_rows import step_rows_of_journal
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.spool.restore import restore_episode
from skill_arcade.server.checkup import require_same_installation
from skill_arcade.server.data_folder import DataFolder, DataFolderInUse
from skill_arcade.server.database import open_database
from skill_arcade.server.installation import describe_server
from skill_arcade.server.owning.gone_machines import GoneMachines
from skill_arcade.server.owning.heartbeat import beating
from skill_arcade.server.owning.orphans import LEFT
from skill_arcade.server.owning.takeover import NotLetGo, Takeover
from skill_arcade.server.sealer_process import make_sealer
from skill_arcade.server.sealing.fence import Fence
from skill_arcade.server.sealing.known_steps import find_missing_steps, with_damage
from skill_arcade.server.sealing.share import Share
from skill_arcade.server.settings import Settings
from skill_arcade.server.spools import find_newest_epochs, read_spool, read_spools
from skill_arcade.server.store import open_settings_store

_ALL = 1_000_000
_ID_LENGTH = len(str(UUID(int=0)))
_WATCH_EVERY_S = 0.5
_WATCH_STOPPED_S = 3.0
"""A server that is noted as stopped takes that back with its next heartbeat, a second later, if it lives."""

logger = logging.getLogger(__name__)


class StillAlive(SkillArcadeError):
    """The machine that is said never to come back gives signs of life."""

    def __init__(self, machine: UUID) -> None:
        super().__init__(f"The server of machine {machine} gives signs of life: stop it first. Nothing was changed.")


@dataclass(slots=True)
class Recovery:
    """What has come of it.

    Attributes:
        taken: episodes that were taken over, and are here with their journals.
        lost: episodes of which nothing is left but what the index knows.
        ended: episodes that were closed here, since they had no end.
        n_sealed: episodes that were sealed here.
        is_served: whether a server runs on this data folder: it seals what has ended.
        unsealed: episodes that are here and are not sealed yet.
        needed: of the machine that is gone: episodes for which its segments in the store are still needed.
        is_cleared: whether nothing is left of the machine that is gone, in the store and in the database.
        problems: one sentence for each thing that did not work.
    """

    taken: list[UUID] = field(default_factory=list)
    lost: list[UUID] = field(default_factory=list)
    ended: list[UUID] = field(default_factory=list)
    n_sealed: int = 0
    is_served: bool = False
    unsealed: list[UUID] = field(default_factory=list)
    needed: list[UUID] = field(default_factory=list)
    is_cleared: bool = False
    problems: list[str] = field(default_factory=list)


def recover(
    settings: Settings,
    machine: UUID | None = None,
    *,
    ends: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Recovery:
    """Recover what can be; to be called again where something did not work.

    Args:
        settings: of this data folder's server.
        machine: one that will never come back; all of its episodes are taken, however new they are.
        ends: whether episodes without an end are closed at once instead of being left to their players.
        sleep: for watching whether the machine gives signs of life.

    Raises:
        StillAlive: the machine does.
        DataFolderError: nobody knows the machine.
        SkillArcadeError: data folder, database or store cannot be used now.
    """
    folder = DataFolder(settings.data)
    folder.prepare()
    database = open_database(settings)
    recovery = Recovery()
    try:
        require_same_installation(settings, database)
        with ExitStack() as stack:
            try:
                stack.enter_context(folder.occupied())
            except DataFolderInUse:
                recovery.is_served = True
            if settings.database_url is not None and not recovery.is_served:
                stack.enter_context(_present(database, folder.read_machine_id()))
            _Recoverer(settings, folder, database, open_settings_store(settings), recovery).run(
                machine, ends=ends, sleep=sleep
            )
    finally:
        database.dispose()
    return recovery


@contextmanager
def _present(database: Database, server_id: UUID) -> Iterator[None]:
    """Give the signs of life of this data folder's server, lest another one takes away what is recovered here."""

    def beat() -> None:
        with database.write() as work:
            register_server(work, describe_server(server_id, read_utc_clock()), read_utc_clock())

    beat()
    try:
        with beating(beat):
            yield
    finally:
        # Where that fails the others see it by themselves: no more signs of life come.
        with suppress(SkillArcadeError), database.write() as work:
            note_stopped(work, server_id, read_utc_clock())


class _Recoverer:
    """One recovery into one data folder."""

    def __init__(
        self,
        settings: Settings,
        folder: DataFolder,
        database: Database,
        store: BlobStore,
        recovery: Recovery,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._database = database
        self._store = store
        self._recovery = recovery
        self._is_shared = settings.database_url is not None
        self._server_id = folder.read_machine_id()
        self._takeover = Takeover(database, store, self._server_id, folder.journal_places, utc_clock=read_utc_clock)
        index = EpisodeIndex(database, read_utc_clock, self._server_id)
        self._fence = Fence(database, index, self._server_id, self._is_shared)

    def run(self, machine: UUID | None, *, ends: bool, sleep: Callable[[float], None]) -> None:
        if machine is not None:
            self._require_gone(machine, sleep)
            self._adopt_all(self._list_episodes_of(machine), is_for_good=True)
        if self._is_shared:
            self._adopt_all([*self._list_orphans(ends=ends), *self._takeover.list_cut_short()], is_for_good=False)
        if ends:
            self._end_all(self._recovery.taken if self._recovery.is_served else self._list_here())
        if not self._recovery.is_served:
            self._seal()
        self._recovery.unsealed = self._list_here() if not self._recovery.is_served else self._list_unsealed_taken()
        if machine is not None:
            self._clear(machine)

    # ------------------------------------------------------------------------------------------- whether it is gone

    def _require_gone(self, machine: UUID, sleep: Callable[[float], None]) -> None:
        """Watch whether anything of the machine moves; from then on it counts as gone."""
        if machine == self._server_id:
            raise DataFolderError(
                f"{machine} is the machine of this data folder itself: run `skill-arcade recover` without --machine."
            )
        with self._database.read() as session:
            row = fetch_server(session, machine)
        has_stopped = row is not None and row.stopped_at is not None
        watched_s = 0.0
        before = self._read_signs(machine)
        if before == (None, None):
            raise DataFolderError(
                f"Neither database nor store knows a machine {machine} (any more): `skill-arcade pipeline` shows those "
                "they know."
            )
        while watched_s < (_WATCH_STOPPED_S if has_stopped else self._settings.gone_after_s):
            sleep(_WATCH_EVERY_S)
            watched_s += _WATCH_EVERY_S
            if self._read_signs(machine) != before:
                raise StillAlive(machine)
        with self._database.write() as work:
            if row is None:  # a new database does not know it: only known servers can be known as stopped
                now = read_utc_clock()
                register_server(work, ServerRow(machine, "gone", "unknown", now), now)
            note_stopped(work, machine, read_utc_clock())

    def _read_signs(self, machine: UUID) -> tuple[int | None, str | None]:
        with self._database.read() as session:
            row = fetch_server(session, machine)
        return None if row is None else row.beats, read_spool(self._store, machine).made_utc

    # --------------------------------------------------------------------------------------------- taking them over

    def _list_orphans(self, *, ends: bool) -> list[UUID]:
        """What has ended, or has been silent for long; with `ends` whatever has no server."""
        silent_s = 0.0 if ends else self._settings.abandon_after_s
        silent_since = read_utc_clock() - timedelta(seconds=silent_s)
        with self._database.read() as session:
            return fetch_orphans(session, silent_since, _ALL)

    def _list_episodes_of(self, machine: UUID) -> list[UUID]:
        """All that the index knows of as the machine's, and what its segments hold and the index does not know."""
        self._index_unknown(machine)
        with self._database.read() as session:
            return fetch_unsealed_of(session, machine)

    def _index_unknown(self, machine: UUID) -> None:
        """Bring rows of episodes that are in the machine's segments alone, as in a database that is new."""
        newest = find_newest_epochs(spool for spool in read_spools(self._store) if spool.machine != machine)
        spool = read_spool(self._store, machine)
        self._recovery.problems += spool.problems
        index = EpisodeIndex(self._database, read_utc_clock, machine)
        for episode_id, epoch in spool.epochs.items():
            with self._database.read() as session:
                is_known = fetch_episode(session, episode_id) is not None
            if is_known or newest.get(episode_id, 0) > epoch:
                continue  # another machine has gone on with it
            with self._naming(episode_id):
                self._index_one(index, episode_id)

    def _index_one(self, index: EpisodeIndex, episode_id: UUID) -> None:
        fetched = self._folder.incoming / f"{episode_id}.unknown"
        shutil.rmtree(fetched, ignore_errors=True)
        try:
            restored = restore_episode(self._store, episode_id, fetched)
            if not restored:
                raise RecordingError(" ".join(restored.problems) or "the store has nothing of it")
            journal = read_episode_journal(fetched)
            index.reconcile(facts_of_journal(journal), lambda: step_rows_of_journal(journal), sealed=False)
        finally:
            shutil.rmtree(fetched, ignore_errors=True)

    def _adopt_all(self, episodes: Iterable[UUID], *, is_for_good: bool) -> None:
        for episode_id in episodes:
            with self._naming(episode_id):
                try:
                    is_there = self._takeover.adopt(episode_id)
                except NotLetGo:
                    continue  # another server was faster, or it is sealed by now
                if is_there:
                    self._recovery.taken.append(episode_id)
                    continue
                if not is_for_good:
                    self._recovery.problems.append(f"{episode_id}: {LEFT}")
                    continue
                with self._database.write() as work:
                    is_lost = note_lost(work, episode_id, self._server_id, read_utc_clock())
                if is_lost:
                    self._recovery.lost.append(episode_id)

    # ------------------------------------------------------------------------------------------ ending and sealing

    def _list_here(self) -> list[UUID]:
        """The episodes of which there is a journal here."""
        journals = self._folder.journals
        named = [folder for folder in sorted(journals.iterdir()) if len(folder.name) == _ID_LENGTH]
        return [UUID(folder.name) for folder in named if list_epochs(folder)]

    def _end_all(self, episodes: Iterable[UUID]) -> None:
        for episode_id in episodes:
            with self._naming(episode_id):
                if self._end(self._folder.journals / str(episode_id), episode_id):
                    self._recovery.ended.append(episode_id)

    def _end(self, folder: Path, episode_id: UUID) -> bool:
        """Close an episode that has no end, if it is this server's; whether that was done."""
        newest = journal_path(folder, list_epochs(folder)[-1])
        if is_locked(newest) or not self._fence.owns(episode_id, find_next_epoch(folder)):
            return False  # it is being played here; or sealing puts it aside, as another server has it
        try:
            journal = read_episode_journal(folder)
        except EpisodeNotFound:
            return False  # nothing was begun here
        if journal.end is not None:
            return False
        with self._database.read() as session:
            missing = find_missing_steps(journal, fetch_episode(session, episode_id))
        close_orphan(folder, EndReason.ABANDONED, tell_damage(with_damage(journal, missing)))
        return True

    def _seal(self) -> None:
        n_at_once = VerifierPool.count_by_cores()
        with VerifierPool(n_at_once) as verifiers:
            verify = partial(verifiers.verify, limit_s=self._settings.verify_timeout_s)
            sealer = make_sealer(self._settings, self._database, self._store, verify, Share(0, 1, n_at_once))
            self._recovery.n_sealed = sealer.work_until_idle()
            reasons = sealer.status().reasons
        self._recovery.problems += [f"{n} episodes could not be sealed: {why}" for why, n in reasons.items()]

    def _list_unsealed_taken(self) -> list[UUID]:
        return [episode_id for episode_id in self._recovery.taken if not self._is_sealed(episode_id)]

    # -------------------------------------------------------------------------------------- what is left of a machine

    def _clear(self, machine: UUID) -> None:
        """Remove what the machine has in the store, and its row, as soon as no episode needs them."""
        machines = GoneMachines(self._database, self._store, self._server_id, utc_clock=read_utc_clock)
        cleared = machines.clear(machine)
        self._recovery.needed, self._recovery.is_cleared = list(cleared.needed), cleared.is_forgotten

    def _is_sealed(self, episode_id: UUID) -> bool:
        with self._database.read() as session:
            row = fetch_episode(session, episode_id)
        return row is not None and row.sealed

    @contextmanager
    def _naming(self, episode_id: UUID) -> Iterator[None]:
        """Go on with the next episode where this one cannot be had."""
        try:
            yield
        except (SkillArcadeError, OSError) as error:
            logger.warning("%s is not recovered yet: %s", episode_id, error, extra=about(episode_id))
            self._recovery.problems.append(f"{episode_id}: {error}")
