"""A sealer with everything around it in a test's hands: clocks, verdicts, a store that is near or far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Lock
from uuid import UUID

from tests.accounts.hand_clock import HandClock
from tests.recorder.recordings import EPISODE

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.store import BlobStore
from skill_arcade.database.episodes import EpisodeRow, fetch_episode, fetch_keys
from skill_arcade.database.steps import count_steps
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import Episode, VerificationResult
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.server.owning.journal_places import JournalPlaces
from skill_arcade.server.sealing.episode_sealer import EpisodeSealer
from skill_arcade.server.sealing.fence import Fence
from skill_arcade.server.sealing.sealer import Sealer
from skill_arcade.server.sealing.share import Share
from skill_arcade.server.sealing.silence import SilenceWatch
from skill_arcade.server.sealing.sweeper import Sweeper
from skill_arcade.server.sealing.workshop import Workshop

DAY_S = 86_400.0
HERE, ELSEWHERE = UUID(int=1), UUID(int=2)
"""Two servers."""

ALONE = Share(0, 1, 1)


class Killed(BaseException):
    """Nothing catches it, like a kill."""


@dataclass
class FarStore:
    """A store that is not a folder of this machine, and that fails when it is told to.

    Attributes:
        near: where its blobs are.
        calls: method and key of every call so far.
        fails_at: the call, from 0, that fails; None for none.
        error: what it raises then.
        is_done_first: whether what was asked is done all the same, and only the answer lost.
        is_away: every call fails.
    """

    near: LocalStore
    calls: list[tuple[str, str]] = field(default_factory=list)
    fails_at: int | None = None
    error: BaseException = field(default_factory=Killed)
    is_done_first: bool = False
    is_away: bool = False
    is_local: bool = False

    def put_if_absent(self, key: str, content: bytes | Path) -> bool:
        fails = self._note("put", key)
        is_stored = self.near.put_if_absent(key, content)
        self._fail(fails)
        return is_stored

    def get(self, key: str) -> bytes:
        fails = self._note("get", key)
        data = self.near.get(key)
        self._fail(fails)
        return data

    def get_range(self, key: str, start: int, n_bytes: int) -> bytes:
        self._note("get", key)
        return self.near.get_range(key, start, n_bytes)

    def size(self, key: str) -> int:
        self._note("size", key)
        return self.near.size(key)

    def list(self, prefix: str) -> Iterator[str]:
        self._note("list", prefix)
        return self.near.list(prefix)

    def delete(self, key: str) -> None:
        fails = self._note("delete", key)
        self.near.delete(key)
        self._fail(fails)

    def exists(self, key: str) -> bool:
        fails = self._note("exists", key)
        is_there = self.near.exists(key)
        self._fail(fails)
        return is_there

    def count(self, method: str) -> int:
        return sum(called == method for called, _ in self.calls)

    def _note(self, method: str, key: str) -> bool:
        fails = self.is_away or len(self.calls) == self.fails_at
        self.calls.append((method, key))
        if not self.is_done_first:
            self._fail(fails)
        return fails

    def _fail(self, fails: bool) -> None:
        if fails:
            raise self.error


class SealingBench:
    """One data folder, one database, and as many sealers as a test makes."""

    def __init__(self, root: Path, database: Database) -> None:
        self.root = root
        self.database = database
        self.journals = root / "journal"
        self.folder = self.journals / str(EPISODE)
        self.set_aside = root / "set-aside"
        self.staging = LocalStore(root / "staging")
        self.store: BlobStore = LocalStore(root)
        self.server_id = HERE
        self.is_shared = True
        self.clock = HandClock()
        self.clock.now = datetime.now(UTC)
        self.monotonic_s = 0.0
        self.jitter = 1.0
        self.verdict = Verification.VERIFIED
        self.verified: list[UUID] = []
        self.n_at_once = 0
        self.most_at_once = 0
        self.meet = Barrier(1)
        self._lock = Lock()
        self.sealer = self.make_sealer()

    def use_far_store(self) -> FarStore:
        """Seal into a store that is not a folder; the next sealer that is made does."""
        self.store = store = FarStore(LocalStore(self.root / "far"))
        self.sealer = self.make_sealer()
        return store

    def make_sealer(self, share: Share = ALONE) -> Sealer:
        """A sealer that has just been started."""
        index = EpisodeIndex(self.database, self.clock, self.server_id)
        places = JournalPlaces(self.journals, self.root / "removed", self.set_aside, self.root / "incoming")
        staging = None if self.store.is_local else self.staging
        episodes = EpisodeSealer(
            places,
            Workshop(self.store, staging, self.verify),
            self.database,
            EpisodeIndex(self.database, self.clock),
            Fence(self.database, index, self.server_id, self.is_shared),
            SilenceWatch(self.clock, self.read_monotonic_s),
            abandon_after_s=DAY_S,
            utc_clock=self.clock,
        )
        bench = self.store if isinstance(self.store, LocalStore) else staging
        sweeper = Sweeper(places, bench, index, is_staging=staging is not None) if share.number == 0 else None
        return Sealer(
            self.journals, episodes, sweeper, share, monotonic_s=self.read_monotonic_s, jitter=lambda: self.jitter
        )

    def read_monotonic_s(self) -> float:
        return self.monotonic_s

    def run(self) -> int:
        """Let the sealer seal all it can."""
        return self.sealer.work_until_idle()

    def restart(self) -> int:
        """Seal all it can with a sealer that has just been started."""
        self.sealer = self.make_sealer()
        return self.run()

    def verify(self, episode: Episode) -> VerificationResult:
        assert episode.is_sealed
        episode.steps()  # as a replay would
        with self._lock:
            self.verified.append(episode.id)
            self.n_at_once += 1
            self.most_at_once = max(self.most_at_once, self.n_at_once)
        try:
            self.meet.wait(20)
        finally:
            with self._lock:
                self.n_at_once -= 1
        detail = None if self.verdict is Verification.VERIFIED else "It led elsewhere."
        return VerificationResult(self.verdict, detail, None, 0, 0)

    def read_row(self, episode_id: UUID = EPISODE) -> EpisodeRow:
        row = self.find_row(episode_id)
        assert row is not None
        return row

    def find_row(self, episode_id: UUID = EPISODE) -> EpisodeRow | None:
        with self.database.read() as session:
            return fetch_episode(session, episode_id)

    def count_rows(self, episode_id: UUID = EPISODE) -> int:
        with self.database.read() as session:
            return count_steps(session, fetch_keys(session, [episode_id])[episode_id])

    def list_sealed(self) -> list[str]:
        """The keys of all files in the store."""
        prefixes = [f"archive/{table}/" for table in Table]
        return [key for prefix in prefixes for key in LocalStore(self._store_root()).list(prefix)]

    def _store_root(self) -> Path:
        return self.store.near.root if isinstance(self.store, FarStore) else self.root
