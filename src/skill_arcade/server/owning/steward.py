"""The steward: tells the other servers that this one lives, and lets go of the episodes that they ask for.

It never decides that an episode moves: its player does, by coming to another server with the resume token; or long
silence, of which another server is the witness.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from queue import Empty, SimpleQueue
from uuid import UUID

from skill_arcade.database.orphans import fetch_owned_by_others
from skill_arcade.database.ownership import fetch_ownership, fetch_wanted, release
from skill_arcade.database.servers import beat, fetch_servers, note_stopped, register_server
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.recorder.chain import read_chain
from skill_arcade.server.control import SessionControl
from skill_arcade.server.installation import describe_server
from skill_arcade.server.owning.journal_places import JournalPlaces
from skill_arcade.server.owning.leaving_folders import put_aside_folder, take_away_folder

LOOK_EVERY_S = 0.5
WATCH_EVERY_S = 5.0

_ID_LENGTH = len(str(UUID(int=0)))

logger = logging.getLogger(__name__)


class BeatsWatch:
    """Which servers have been silent for long, as one witness saw it who was awake all the time; pure.

    Neither clock nor row of another machine counts: only that a number did not change while this one looked.
    """

    def __init__(self, gone_after_s: float) -> None:
        self._gone_after_s = gone_after_s
        self._seen: dict[UUID, tuple[int, float]] = {}
        self._looked_s: float | None = None

    def look(self, beats: Mapping[UUID, int], now_s: float) -> frozenset[UUID]:
        """Note the beats of all other servers; those that have been silent for long.

        Args:
            beats: of each, as the database has them now.
            now_s: this moment, monotonic.
        """
        if self._looked_s is not None and now_s - self._looked_s > self._gone_after_s / 2:
            self._seen.clear()  # this witness slept: it cannot tell who else did
        self._looked_s = now_s
        self._seen = {
            server: known if (known := self._seen.get(server)) is not None and known[0] == n else (n, now_s)
            for server, n in beats.items()
        }
        return frozenset(server for server, (_, since_s) in self._seen.items() if now_s - since_s >= self._gone_after_s)

    def forget(self) -> None:
        """The database was away: nobody's silence says anything."""
        self._seen.clear()


class Steward:
    """Looks after what this server owns; one for each server."""

    def __init__(
        self,
        database: Database,
        server_id: UUID,
        control: SessionControl,
        places: JournalPlaces,
        moved: SimpleQueue[UUID],
        *,
        ship_out: Callable[[UUID], bool],
        gone_after_s: float,
        utc_clock: Callable[[], datetime],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look after nothing yet.

        Args:
            database: where it stands whose an episode is.
            server_id: of this server.
            control: puts sessions aside.
            places: where things lie.
            moved: episodes that another server has, since the database refused what this one wrote of them; any thread
                may put some there.
            ship_out: ships the journals of an episode to their end; whether the store has all of them.
            gone_after_s: after so much silence another server counts as gone.
            utc_clock: for the rows.
            monotonic_s: for everything else.
        """
        self._database = database
        self._server_id = server_id
        self._control = control
        self._places = places
        self._moved = moved
        self._ship_out = ship_out
        self._utc_clock = utc_clock
        self._monotonic_s = monotonic_s
        self._watch = BeatsWatch(gone_after_s)
        self._watching = threading.Lock()
        self._watch_due_s = 0.0

    def beat(self) -> None:
        """Give a sign of life; by a thread of its own, since moving an episode takes longer than others wait for one.

        Raises:
            DataFolderError: the database cannot be used now.
        """
        try:
            with self._database.write() as work:
                if not beat(work, self._server_id, self._utc_clock()):
                    register_server(work, describe_server(self._server_id, self._utc_clock()), self._utc_clock())
        except SkillArcadeError:
            self._forget_silence()
            raise

    def look(self) -> None:
        """Do what is due now; to be called again a little later, whatever it raises.

        Raises:
            DataFolderError: the database cannot be used now.
        """
        try:
            now_s = self._monotonic_s()
            if now_s >= self._watch_due_s:
                self._watch_due_s = now_s + WATCH_EVERY_S
                self._look_for_gone(now_s)
                self._look_for_moved()
            with self._database.read() as session:
                wanted = fetch_wanted(session, self._server_id)
        except SkillArcadeError:
            self._forget_silence()
            raise
        for episode_id in wanted:
            self._try(self._let_go, episode_id)
        while (moved := self._next_moved()) is not None:
            self._try(self._put_aside_alone, moved)

    def _forget_silence(self) -> None:
        with self._watching:
            self._watch.forget()

    def _look_for_gone(self, now_s: float) -> None:
        with self._database.read() as session:
            servers = fetch_servers(session)
        beats = {each.id: each.beats for each in servers if each.id != self._server_id and each.stopped_at is None}
        with self._watching:
            gone = self._watch.look(beats, now_s)
        for server_id in gone:
            logger.warning("the server %s is gone: it has given no sign of life", server_id)
            with self._database.write() as work:
                note_stopped(work, server_id, self._utc_clock())

    def _look_for_moved(self) -> None:
        """What has a journal here and belongs to another server: it was claimed while this one did not look."""
        here = [UUID(folder.name) for folder in self._places.journals.iterdir() if len(folder.name) == _ID_LENGTH]
        with self._database.read() as session:
            moved = fetch_owned_by_others(session, self._server_id, here)
        for episode_id in moved:
            self._moved.put(episode_id)

    def _try(self, work: Callable[[UUID], None], episode_id: UUID) -> None:
        try:
            work(episode_id)
        except (SkillArcadeError, OSError) as error:
            # It is looked at again: wanted episodes are asked for, and what has moved is refused, until it is done.
            logger.warning("%s does not move yet: %s", episode_id, error, extra=about(episode_id))

    def _let_go(self, episode_id: UUID) -> None:
        """Let another server go on with an episode, once the store has all of it."""
        folder = self._places.of(episode_id)
        with self._places.alone(episode_id):
            if not self._is_wanted(episode_id) or not self._control.put_aside(episode_id):
                return
            shipped = _measure(folder)
            if not self._ship_out(episode_id):
                return
            with self._database.write() as work:
                if not release(work, episode_id, self._server_id):
                    return
            logger.info("%s was let go: its player is at another server", episode_id, extra=about(episode_id))
            self._remove(episode_id, folder, shipped)

    def _is_wanted(self, episode_id: UUID) -> bool:
        """Whether it is wanted still: its player may have come back since it was asked for."""
        with self._database.read() as session:
            owned = fetch_ownership(session, episode_id)
        return owned is not None and owned.server_id == self._server_id and owned.wanted_by is not None

    def _remove(self, episode_id: UUID, folder: Path, shipped: Mapping[str, int]) -> None:
        """Remove the journals of an episode that was let go, unless somebody has written there meanwhile.

        A player who came here a moment before may have been let on; where the folder was taken away nobody is any more.
        """
        if not folder.is_dir():
            return
        away = take_away_folder(folder, self._places.removed)
        if self._control.put_aside(episode_id) and _measure(away) == shipped and not _has_more_than_adopted(away):
            shutil.rmtree(away, ignore_errors=True)
        else:
            self._keep(episode_id, away)

    def _put_aside_alone(self, episode_id: UUID) -> None:
        with self._places.alone(episode_id):
            self._put_aside(episode_id)

    def _put_aside(self, episode_id: UUID) -> None:
        """Put away what this server still writes of an episode that another one has."""
        with self._database.read() as session:
            if not fetch_owned_by_others(session, self._server_id, [episode_id]):
                return  # it was brought here just now: only its older epochs are refused
        folder = self._places.of(episode_id)
        if self._control.put_aside(episode_id) and folder.is_dir():
            self._keep(episode_id, folder)

    def _keep(self, episode_id: UUID, folder: Path) -> None:
        target = put_aside_folder(folder, self._places.set_aside, self._utc_clock())
        told = "%s goes on at another server: what was still written here is in %s"
        logger.warning(told, episode_id, target, extra=about(episode_id))

    def _next_moved(self) -> UUID | None:
        try:
            return self._moved.get_nowait()
        except Empty:
            return None


def _has_more_than_adopted(folder: Path) -> bool:
    """Whether an older epoch goes on where the next one left it: perhaps damaged, for a person to see (REC-37)."""
    pairs = pairwise(read_chain(folder))
    return any(each.path.stat().st_size > after.adopts.n_bytes for each, after in pairs if after.adopts is not None)


def _measure(folder: Path) -> dict[str, int]:
    """The journals in a folder, and how many bytes each has."""
    return {path.name: path.stat().st_size for path in folder.glob("*.journal")}
