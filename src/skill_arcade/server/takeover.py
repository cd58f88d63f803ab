"""Bringing an episode here that another server began: asking for it, claiming it, fetching its journals (REC-32).

Whoever comes with the resume token is let on by whichever server they reach. The server that has the episode lets go
of it when it is asked; one that gives no sign of life is not waited for, and then only what it had shipped goes on.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from skill_arcade.archive.store import BlobStore
from skill_arcade.database import ownership as owners
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
from skill_arcade.server.leaving_folders import put_aside_folder

LOOK_EVERY_S = 0.2
SILENT_AFTER_S = 4.0
"""An owner whose heart has not beaten for so long while it was watched is not waited for: beats are a second apart."""

PATIENCE_S = 12.0
"""How long a living owner gets to ship a journal and let go of it."""

_N_LOCKS = 1024
"""Two episodes that share one by chance wait for each other; a file for each would stay for ever."""

logger = logging.getLogger(__name__)


class NotLetGo(SkillArcadeError):
    """The server that has the episode lives, and has not let go of it yet."""

    def __init__(self) -> None:
        super().__init__("Your game is still being brought here from another server; try again in a few seconds.")


@dataclass(frozen=True, slots=True)
class TakeoverPlaces:
    """Where things lie.

    Attributes:
        journals: the folder of all journals.
        incoming: where journals are put together; on the same disk. Whoever brings episodes into one data folder uses
            the same one: who does it at the moment is told by locks in it.
        set_aside: where journals go that belong to nothing any more; on the same disk.
    """

    journals: Path
    incoming: Path
    set_aside: Path


class Takeover:
    """Brings episodes to this server; for the threads of a gateway."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        server_id: UUID,
        places: TakeoverPlaces,
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
            if self._is_here(owners.fetch_ownership(session, episode_id), episode_id):
                return None
        with self._alone(episode_id):
            owned = self._await_ownership(episode_id)
            if owned.status != Status.RUNNING or self._is_here(owned, episode_id):
                return None  # whoever asks for the session is told that it is over
            return self._fetch(episode_id, owned.generation)

    def adopt(self, episode_id: UUID, *, is_for_good: bool) -> bool:
        """Take over an episode that nobody has any more, to have it ended and sealed here; whether there was anything.

        Args:
            episode_id: which.
            is_for_good: whether its server never comes back. If it may, an episode of which the store has nothing is
                left to it: all there is of it is on that server's disk.

        Raises:
            NotLetGo: somebody was faster, or its server lives.
            StoreAway: its journals cannot be fetched now.
            DataFolderError: the database cannot be used now.
        """
        with self._alone(episode_id):
            with self._database.read() as session:
                owned = owners.fetch_ownership(session, episode_id)
            if owned is None:
                raise EpisodeNotFound(str(episode_id))
            if not is_for_good and not self._is_anywhere(episode_id):
                return False
            with self._database.write() as work:
                generation = claim_orphan(work, episode_id, self._server_id, owned.generation)
            if generation is None:
                raise NotLetGo
            try:
                self._fetch(episode_id, generation)
            except EpisodeNotFound:
                return False
            return has_begun(self._folder(episode_id))

    # --- whose it is ---

    def _is_here(self, owned: Ownership | None, episode_id: UUID) -> bool:
        """Whether this server has the episode, and has all there is of it."""
        if owned is None:
            raise EpisodeNotFound(str(episode_id))
        is_ours = owned.server_id == self._server_id
        return is_ours and read_generation(self._folder(episode_id)) == owned.generation

    def _await_ownership(self, episode_id: UUID) -> Ownership:
        """Claim the episode as soon as it is free, or its owner silent; how it stands then."""
        began_s = moved_s = self._monotonic_s()
        beats: int | None = None
        has_asked = False
        while True:
            with self._database.read() as session:
                owned = owners.fetch_ownership(session, episode_id)
                owner_beats = _read_beats(session, owned)
            if owned is None:
                raise EpisodeNotFound(str(episode_id))
            if owned.server_id == self._server_id or owned.status != Status.RUNNING:
                return owned
            now_s = self._monotonic_s()
            if owner_beats != beats:
                beats, moved_s = owner_beats, now_s
            if owned.server_id is None or owner_beats is None or now_s - moved_s > SILENT_AFTER_S:
                self._claim(episode_id, owned)
                continue
            if now_s - began_s > PATIENCE_S or (has_asked and owned.wanted_by != self._server_id):
                raise NotLetGo  # the latter: a third one wants it, or its player has come back to the owner
            if not has_asked:
                has_asked = True
                with self._database.write() as work:
                    owners.want(work, episode_id, self._server_id)
            self._sleep(LOOK_EVERY_S)

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
        folder, fetched = self._folder(episode_id), self._places.incoming / str(episode_id)
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
        provenance = None if has_begun(folder) else self._find_beginning(episode_id)
        write_generation(folder, generation)
        return provenance

    def _find_beginning(self, episode_id: UUID) -> Mapping[str, Any]:
        with self._database.read() as session:
            provenance = fetch_beginning(session, episode_id)
        if provenance is None:
            raise EpisodeNotFound(str(episode_id))
        return provenance

    def _is_anywhere(self, episode_id: UUID) -> bool:
        return self._folder(episode_id).is_dir() or is_shipped(self._store, episode_id)

    def _folder(self, episode_id: UUID) -> Path:
        return self._places.journals / str(episode_id)

    @contextmanager
    def _alone(self, episode_id: UUID) -> Iterator[None]:
        """Be the only one of all that bring episodes into this data folder that brings this one."""
        self._places.incoming.mkdir(parents=True, exist_ok=True)
        with (self._places.incoming / f"{episode_id.int % _N_LOCKS}.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _has_all_of(folder: Path, other: Path) -> bool:
    """Whether a folder has all journals of another one, as long as there: each has one writer, so they are the same."""
    theirs = {path.name: path.stat().st_size for path in other.glob("*.journal")}
    mine = {path.name: path.stat().st_size for path in folder.glob("*.journal")}
    return all(mine.get(name, -1) >= n_bytes for name, n_bytes in theirs.items())


def _read_beats(session: ReadSession, owned: Ownership | None) -> int | None:
    """The heartbeats of an episode's owner; None where it has none, or has stopped."""
    if owned is None or owned.server_id is None:
        return None
    server = fetch_server(session, owned.server_id)
    return None if server is None or server.stopped_at is not None else server.beats
