"""Verifying: one episode, many of them, or what is about to be sealed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from skill_arcade.archive.layout import Table
from skill_arcade.archive.store import BlobStore
from skill_arcade.dataset.dataset import open_journal_episode
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.journal_source import JournalSource
from skill_arcade.dataset.sealed_source import SealedSource
from skill_arcade.dataset.verification import VerificationResult
from skill_arcade.dataset.verifier import Verifier, VerifierPool
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.seal import seal_tables

Told: TypeAlias = VerificationResult | RecordingError
"""What is told of one of many episodes: what replaying it showed, or why it cannot be read."""

OpenAgain: TypeAlias = Callable[[UUID], Episode]


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
        VerifyingStopped: the process that verifies was ended from outside, or failed: nothing is known of the episode.
    """
    with Verifier() as verifier:
        return verifier.verify(episode, limit_s)


def verify_episodes(
    episodes: Iterable[Episode], n_at_once: int | None = None, open_again: OpenAgain | None = None
) -> Generator[tuple[Episode, Told], None, None]:
    """Verify many episodes, see `verify_episode`; each with what is told of it, in their order.

    Args:
        episodes: which; they are asked for as they are needed, a few ahead.
        n_at_once: see `VerifierPool`.
        open_again: opens an episode anew whose journals cannot be read; where they went because it was sealed
            meanwhile, it is verified from its sealed files. None where nothing is sealed meanwhile.

    Raises (while iterating):
        VerifyingStopped: see `verify_episode`; those after it are not told.
    """
    waiting = deque[tuple[Episode, Future[Told]]]()
    with VerifierPool(n_at_once) as verifiers:
        pool = ThreadPoolExecutor(verifiers.n_at_once)
        try:
            for episode in episodes:
                waiting.append((episode, pool.submit(_verify_or_tell, verifiers, episode, open_again)))
                if len(waiting) > 2 * verifiers.n_at_once:
                    first, result = waiting.popleft()
                    yield first, result.result()
            for each, result in waiting:
                yield each, result.result()
        except BaseException:  # also of who asks no further, and Ctrl-C: no replay is to be waited for, or begun
            pool.shutdown(wait=False, cancel_futures=True)
            verifiers.kill()
            raise
        finally:
            pool.shutdown()


def _verify_or_tell(verifiers: VerifierPool, episode: Episode, open_again: OpenAgain | None) -> Told:
    try:
        return verifiers.verify(episode)
    except RecordingError as error:
        if episode.is_sealed or open_again is None:
            return error
        unreadable = error
    try:
        again = open_again(episode.id)
    except RecordingError as error:
        return error
    return _verify_or_tell(verifiers, again, None) if again.is_sealed else unreadable


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
