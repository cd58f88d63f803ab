"""Verifying episodes in other processes, which an environment may take along when it dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import zip_longest
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import LifoQueue
from tempfile import TemporaryDirectory
from typing import Any, Self

from skill_arcade.archive.layout import Table
from skill_arcade.archive.store import BlobStore
from skill_arcade.dataset.dataset import open_journal_episode
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.journal_source import JournalSource
from skill_arcade.dataset.sealed_source import SealedSource
from skill_arcade.dataset.verification import VerificationResult
from skill_arcade.dataset.verify_order import Order
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.games.environments import warm
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.seal import seal_tables

_MOST_AT_ONCE = 8
_START_LIMIT_S = 120.0
_STEP_LIMIT_S = 0.05

# A fork copies one thread. pyarrow starts another for an allocator that it does not use by default.
_ENVIRONMENT = {
    **warm.ENVIRONMENT,
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    # Of the one that it uses: what is freed is used again, and not given back and zeroed by the kernel each time.
    "MIMALLOC_PURGE_DELAY": "-1",
    # And it is taken by the page: by two megabytes at a time, a replay takes three times as much, and no less time.
    "MIMALLOC_ALLOW_THP": "0",
}


class Verifier:
    """Verifies one episode after another; whoever has many to verify keeps one, and closes it.

    Replays happen in forks of a process that is started with the first episode and stays (`verify_child`): starting
    Python and loading a game takes longer than replaying a short episode.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process. The next episode starts another."""
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._process is not None:
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End whatever is being replayed, from another thread than the one that waits for it; then `close`."""
        if self._process is not None:
            self._process.terminate()

    def verify(self, episode: Episode, limit_s: float | None = None) -> VerificationResult:
        """Play a recording again and compare everything (REC-50); see `verify_episode`."""
        limit = limit_s if limit_s is not None else _START_LIMIT_S + _STEP_LIMIT_S * episode.n_steps
        with TemporaryDirectory(prefix="skill-arcade-verify-") as temporary:
            folder = Path(temporary)
            local = episode.source.copy_to(folder)
            environment = episode.info.environment
            order = Order(local, environment, folder / "result.json", folder / "last_words.txt", limit)
            status = self._carry_out(order)
            if order.result.exists():
                return _parse_result(json.loads(order.result.read_text()))
            if status is None:
                return _unverifiable(f"Replaying took longer than {limit:.0f} s.")
            words = (
                order.last_words.read_text(errors="replace").strip().splitlines() if order.last_words.exists() else []
            )
        last_words = f": {words[-1][:200]}" if words else ""
        return _unverifiable(f"The environment ended its process (exit status {status}){last_words}")

    def _carry_out(self, order: Order) -> int | None:
        """The exit status of the order's replay; None if that took too long."""
        if self._process is None or self._process.poll() is not None or self._orders is None:
            self.close()
            self._process, self._orders = _start()
        try:
            self._orders.send(order)
            status: int | None = self._orders.recv()
        except (EOFError, OSError):
            # An environment has ended more than its own process.
            return self._process.wait()
        return status


class Verifiers:
    """As many verifiers as episodes may be replayed at a time, for threads that each take what is free.

    Attributes:
        n_at_once: how many.
    """

    def __init__(self, n_at_once: int | None = None) -> None:
        """Start nothing yet.

        Args:
            n_at_once: by default one for each core that this process may use, eight at most. Each takes up to 0.3 GB of
                memory, by the number of games.
        """
        self.n_at_once = n_at_once or min(_count_cores(), _MOST_AT_ONCE)
        self._all = [Verifier() for _ in range(self.n_at_once)]
        # The one used last comes first: while one is enough, no other takes memory.
        self._idle = LifoQueue[Verifier]()
        for verifier in reversed(self._all):
            self._idle.put(verifier)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """End all processes; no thread may be verifying."""
        for verifier in self._all:
            verifier.close()

    def verify(self, episode: Episode, limit_s: float | None = None) -> VerificationResult:
        """See `verify_episode`; waits until a verifier is free."""
        verifier = self._idle.get()
        try:
            return verifier.verify(episode, limit_s)
        finally:
            self._idle.put(verifier)

    def kill(self) -> None:
        """End whatever is being replayed, from another thread than those that wait for it."""
        for verifier in self._all:
            verifier.kill()


def verify_episode(episode: Episode, limit_s: float | None = None) -> VerificationResult:
    """Play a recording again and compare everything (REC-50).

    Args:
        episode: sealed, unsealed, or running still (then PENDING is the best there is).
        limit_s: how long that may take; by default two minutes and 50 ms a step. Where another episode of the game was
            replayed before, and this one then takes too long, it is tried once more for as long.

    Returns:
        UNVERIFIABLE also where the environment ended its process, or took too long.

    Raises:
        RecordingError: the recording cannot be read.
    """
    with Verifier() as verifier:
        return verifier.verify(episode, limit_s)


def verify_episodes(
    episodes: Iterable[Episode], n_at_once: int | None = None
) -> Generator[tuple[Episode, VerificationResult], None, None]:
    """Verify many episodes, see `verify_episode`; each with what replaying it showed, in their order.

    Args:
        episodes: which; they are asked for as they are needed, a few ahead.
        n_at_once: see `Verifiers`.

    Raises (while iterating):
        RecordingError: a recording cannot be read; those after it are not told.
    """
    waiting = deque[tuple[Episode, Future[VerificationResult]]]()
    with Verifiers(n_at_once) as verifiers:
        pool = ThreadPoolExecutor(verifiers.n_at_once)
        try:
            for episode in episodes:
                waiting.append((episode, pool.submit(verifiers.verify, episode)))
                if len(waiting) > 2 * verifiers.n_at_once:
                    first, result = waiting.popleft()
                    yield first, result.result()
            for each, result in waiting:
                yield each, result.result()
        except BaseException:  # also of who asks no further, and Ctrl-C: no replay is to be waited for
            verifiers.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def verify_journal(folder: Path, limit_s: float | None = None) -> VerificationResult:
    """Verify the episode whose journals are in this folder; see `verify_episode`.

    Raises:
        EpisodeNotFound: no journal here has a complete OPEN.
        RecordingError: the recording cannot be read.
    """
    return verify_episode(open_journal_episode(folder), limit_s)


def open_sealed_tables(journal: EpisodeJournal, store: BlobStore) -> Episode:
    """What the first phase of sealing wrote, before `episodes` is written, as an episode to be verified.

    Args:
        journal: the episode.
        store: where `seal_tables` put the files; what is missing is put there first.

    Raises:
        RecordingError: the episode has not ended, or the recording cannot be read.
        StorageFull: the store has no room.
    """
    place = seal_tables(journal, store)
    return Episode(journal.episode_id, SealedSource(store, place, JournalSource(journal).read_row()))


def is_sealed_as_written(journal: EpisodeJournal, store: BlobStore) -> bool:
    """Whether steps and pictures, read back from the sealed files, are bit for bit those of the journals (REC-37).

    Needs no environment, and so proves less than verifying does.

    Args:
        journal: the episode.
        store: where `seal_tables` put the files.

    Raises:
        RecordingError: the recording cannot be read.
    """
    written, sealed = Episode(journal.episode_id, JournalSource(journal)), open_sealed_tables(journal, store)
    if not sealed.source.read_table(Table.STEPS).equals(written.source.read_table(Table.STEPS)):
        return False
    return all(a == b for a, b in zip_longest(_frames_as_bytes(sealed), _frames_as_bytes(written)))


def _frames_as_bytes(episode: Episode) -> Iterator[tuple[int, bytes, bytes | None]]:
    for frame in episode.source.iterate_frames(0, episode.n_steps + 2):  # also one too many
        yield frame.step, frame.picture.tobytes(), frame.observation


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start() -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = Pipe()
    # -P, and our own path handed on: the process must find the very environments that this one would.
    command = [sys.executable, "-P", "-m", "skill_arcade.dataset.verify_child", str(theirs.fileno())]
    path = os.pathsep.join(part for part in sys.path if part)
    with theirs:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": path},
            pass_fds=[theirs.fileno()],
        )
    return process, ours


def _unverifiable(detail: str) -> VerificationResult:
    return VerificationResult(Verification.UNVERIFIABLE, detail, None, 0, 0)


def _parse_result(members: dict[str, Any]) -> VerificationResult:
    if "unreadable" in members:
        raise RecordingError(members["unreadable"])
    return VerificationResult(**{**members, "verification": Verification(members["verification"])})
