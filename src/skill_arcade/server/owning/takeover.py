"""Bringing an episode here that another server began: asking for it, claiming it, fetching its journals (REC-32).

Whoever comes with the resume token is let on by whichever server they reach. The server that has the episode lets go
of it when it is asked; one that gives no sign of life is not waited for, and then only what it had shipped goes on.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.archive.store import BlobStore
from skill_arcade.database import ownership as owners
from skill_arcade.database.backlog import fetch_unsealed_of
from skill_arcade.database.orphans import claim_orphan
from skill_arcade.database.ownership import Ownership
from skill_arcade.database.servers import fetch_server
from skill_arcade.database.tickets import fetch_beginning
from skill_arcade.database.transactions import Database, ReadSession
from skill_arcade.domain.episode import Status
from skill_arcade.domain.errors import EpisodeNotFound, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import has_begun, read_generation, write_generation
from skill_arcade.recorder.spool.restore import is_shipped, restore_episode
from skill_arcade.server.owning.journal_places import JournalPlaces
from skill_arcade.server.owning.leaving_folders import put_aside_folder

LOOK_EVERY_S = 0.2
SILENT_AFTER_S = 6.0
"""An owner whose heart has not beaten for so long while it was watched is not waited for.

Beats are a second apart, whatever else the owner does, and starting the process that gives them again takes seconds.
"""

PATIENCE_S = 12.0
"""How long a living owner gets to ship a journal and let go of it."""

logger = logging.getLogger(__name__)


class NotLetGo(SkillArcadeError):
    """The server that has the episode lives, and has not let go of it yet."""

    def __init__(self) -> None:
        super().__init__("Your game is still being brought here from another server; try again in a few seconds.")


class Takeover:
    """Brings episodes to this server; for the threads of a gateway."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        server_id: UUID,
        places: JournalPlaces,
        *,
        utc_clock: Callable[[], datetime],
        monotonic_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Bring nothing yet.

        Args:
            database: where it stands whose an episode is.
            store: where journals are that other servers shipped.
            server_id: of this server.
            places: where things lie.
            utc_clock: for the rows.
            monotonic_s: for waiting.
            sleep: for waiting.
        """
        self._database = database
        self._store = store
        self._server_id = server_id
        self._places = places
        self._utc_clock = utc_clock
        self._monotonic_s = monotonic_s
        self._sleep = sleep

    def bring_here(self, episode_id: UUID) -> Mapping[str, Any] | None:
        """Make this server the one that goes on with an episode, and put its journals where a session finds them.

        Returns:
            None where there are journals to go on from. Else the provenance with which the episode began: its server
            was lost before it had shipped anything.

        Raises:
            EpisodeNotFound: there is no such episode, or nothing is left of it.
            NotLetGo: another server has it still.
            StoreAway: its journals cannot be fetched now.
            DataFolderError: the database cannot be used now.
        """
        with self._database.read() as session:
            owned = _require(owners.fetch_ownership(session, episode_id), episode_id)
        if self._is_here(owned, episode_id) and owned.wanted_by is None:
            return None
        with self._places.alone(episode_id):
            owned = self._await_ownership(episode_id)
            if owned.status != Status.RUNNING or self._is_here(owned, episode_id):
                return None  # whoever asks for the session is told that it is over
            return self._fetch(episode_id, owned.generation)

    def adopt(self, episode_id: UUID) -> bool:
        """Take over an episode that nobody has any more, to have it ended and sealed here; whether there was anything.

        One of which the store has nothing is left to its server: all there is of it is on that one's disk.

        Raises:
            NotLetGo: somebody was faster, or its server lives.
            StoreAway: its journals cannot be fetched now.
            DataFolderError: the database cannot be used now.
        """
        with self._places.alone(episode_id):
            with self._database.read() as session:
                owned = _require(owners.fetch_ownership(session, episode_id), episode_id)
            if self._is_here(owned, episode_id):
                return True  # it was brought here meanwhile
            if not self._is_anywhere(episode_id):
                return False
            try:
                self._fetch(episode_id, self._claim_orphan(episode_id, owned))
            except EpisodeNotFound:
                return False
            return has_begun(self._places.of(episode_id))

    def list_cut_short(self) -> list[UUID]:
        """The episodes that this server has claimed, and whose journals it has not fetched: it was killed, say."""
        with self._database.read() as session:
            owned = owners.fetch_ownerships(session, fetch_unsealed_of(session, self._server_id))
        return [episode_id for episode_id, each in owned.items() if not self._is_here(each, episode_id)]

    # --- whose it is ---

    def _is_here(self, owned: Ownership, episode_id: UUID) -> bool:
        """Whether this server has the episode, and has all there is of it."""
        is_ours = owned.server_id == self._server_id
        return is_ours and read_generation(self._places.of(episode_id)) == owned.generation

    def _claim_orphan(self, episode_id: UUID, owned: Ownership) -> int:
        """The generation in which an episode without a server is this one's, since now or since a claim before."""
        if owned.server_id == self._server_id:
            return owned.generation
        with self._database.write() as work:
            generation = claim_orphan(work, episode_id, self._server_id, owned.generation)
        if generation is None:
            raise NotLetGo
        return generation

    def _await_ownership(self, episode_id: UUID) -> Ownership:
        """Claim the episode as soon as it is free, or its owner silent; how it stands then."""
        began_s = moved_s = self._monotonic_s()
        beats: int | None = None
        has_asked = False
        while True:
            with self._database.read() as session:
                owned = _require(owners.fetch_ownership(session, episode_id), episode_id)
                owner_beats = _read_beats(session, owned)
            if owned.status != Status.RUNNING or self._keeps(episode_id, owned):
                return owned
            now_s = self._monotonic_s()
            if owner_beats != beats:
                beats, moved_s = owner_beats, now_s
            if owned.server_id is None or owner_beats is None or now_s - moved_s > SILENT_AFTER_S:
                if owned.server_id is not None and not self._is_anywhere(episode_id):
                    self._find_beginning(episode_id)  # or all there is of it is on its owner's disk, and stays its own
                self._claim(episode_id, owned)
                continue
            if now_s - began_s > PATIENCE_S or (has_asked and owned.wanted_by != self._server_id):
                raise NotLetGo  # the latter: a third one wants it, or its player has come back to the owner
            if not has_asked:
                has_asked = True
                with self._database.write() as work:
                    owners.want(work, episode_id, self._server_id)
            self._sleep(LOOK_EVERY_S)

    def _keeps(self, episode_id: UUID, owned: Ownership) -> bool:
        """Whether the episode is this server's and stays so: whoever asks for it had its player before."""
        if owned.server_id != self._server_id or owned.wanted_by is None:
            return owned.server_id == self._server_id
        with self._database.write() as work:
            return owners.take_back(work, episode_id, self._server_id)

    def _claim(self, episode_id: UUID, owned: Ownership) -> None:
        """Try to become the owner. Somebody may be faster: the next look shows who it is."""
        with self._database.write() as work:
            generation = owners.claim(work, episode_id, self._server_id, owned.generation)
        if generation is not None:
            told = "%s goes on here, in generation %d"
            logger.info(told, episode_id, generation, extra=about(episode_id))

    # --- what there is of it ---

    def _fetch(self, episode_id: UUID, generation: int) -> Mapping[str, Any] | None:
        """Put the journals in their place; the generation says that all there is has been fetched."""
        folder, fetched = self._places.of(episode_id), self._places.incoming / str(episode_id)
        shutil.rmtree(fetched, ignore_errors=True)
        restored = restore_episode(self._store, episode_id, fetched, generation=generation)
        for problem in restored.problems:
            logger.error("%s goes on without a part of its record: %s", episode_id, problem, extra=about(episode_id))
        if folder.is_dir() and _has_all_of(folder, fetched):
            # It was begun here, or has come back: nobody has gone on with it meanwhile.
            shutil.rmtree(fetched, ignore_errors=True)
        else:
            if folder.exists():
                put_aside_folder(folder, self._places.set_aside, self._utc_clock())
            if restored:
                fetched.rename(folder)
        try:
            provenance = None if has_begun(folder) else self._find_beginning(episode_id)
        except EpisodeNotFound:
            write_generation(folder, generation)  # all there is of it has been fetched, which is nothing
            raise
        write_generation(folder, generation)
        return provenance

    def _find_beginning(self, episode_id: UUID) -> Mapping[str, Any]:
        with self._database.read() as session:
            provenance = fetch_beginning(session, episode_id)
        if provenance is None:
            raise EpisodeNotFound(str(episode_id))
        return provenance

    def _is_anywhere(self, episode_id: UUID) -> bool:
        return self._places.of(episode_id).is_dir() or is_shipped(self._store, episode_id)


def _has_all_of(folder: Path, other: Path) -> bool:
    """Whether a folder has all journals of another one, as long as there: each has one writer, so they are the same."""
    theirs = {path.name: path.stat().st_size for path in other.glob("*.journal")}
    mine = {path.name: path.stat().st_size for path in folder.glob("*.journal")}
    return all(mine.get(name, -1) >= n_bytes for name, n_bytes in theirs.items())


def _require(owned: Ownership | None, episode_id: UUID) -> Ownership:
    if owned is None:
        raise EpisodeNotFound(str(episode_id))
    return owned


def _read_beats(session: ReadSession, owned: Ownership) -> int | None:
    """The heartbeats of an episode's owner; None where it has none, or has stopped."""
    if owned.server_id is None:
        return None
    server = fetch_server(session, owned.server_id)
    return None if server is None or server.stopped_at is not None else server.beats
