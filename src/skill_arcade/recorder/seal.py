"""Sealing: an ended episode's journals become six Parquet files in the object store (REC-35 to REC-37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.archive.store import BlobStore
from skill_arcade.domain.episode import Verification
from skill_arcade.domain.errors import RecordingError
from skill_arcade.recorder.damage_told import add_damage, tell_damage
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.episode_row import build_episode_row
from skill_arcade.recorder.gathering import gather_records
from skill_arcade.recorder.journal import is_locked, journal_path
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.table_content import read_table_content
from skill_arcade.recorder.table_file import make_batches, write_table_file
from skill_arcade.recorder.table_rows import encode_episode_row
from skill_arcade.recorder.tables import EPISODES_FILE
from skill_arcade.recorder.unreadable import FAULTS_OF_A_RECORD


class Unsealable(RecordingError):
    """A record holds what no table can; trying again helps only after something has changed."""


@contextmanager
def naming_unsealable(episode: str) -> Iterator[None]:
    """Turn what a record's unsound values raise into Unsealable, which names the episode."""
    try:
        yield
    except FAULTS_OF_A_RECORD as error:
        raise Unsealable(f"Episode {episode} cannot be sealed: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class SealedEpisode:
    """An episode whose files are all in the store.

    Attributes:
        episode_id: whose.
        place: where its files are.
        row: its row of table `episodes`; JSON columns are JSON values.
    """

    episode_id: UUID
    place: SealedPlace
    row: Mapping[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all six files."""
        return tuple(self.place.key(table) for table in Table)


def seal_episode(
    folder: Path,
    store: BlobStore,
    verification: Verification = Verification.PENDING,
    verification_detail: str | None = None,
) -> SealedEpisode:
    """Both phases of sealing at once: `seal_tables`, then `seal_row`.

    Args:
        folder: the episode's journals.
        store: where the files go.
        verification: see `seal_row`.
        verification_detail: see `seal_row`.

    Raises:
        RecordingError: the episode has not ended, or somebody still writes its journal.
        StorageFull: the store has no room; seal again later.
    """
    journal = read_episode_journal(folder)
    seal_tables(journal, store)
    return seal_row(journal, store, verification, verification_detail)


def seal_tables(journal: EpisodeJournal, store: BlobStore) -> SealedPlace:
    """The first phase: every table but `episodes`. May be cut short and repeated; files that are there stay.

    Args:
        journal: the episode.
        store: where the files go.

    Raises:
        RecordingError: the episode has not ended, or somebody still writes its journal.
        StorageFull: the store has no room.
    """
    _check_ended(journal)
    place = find_place(journal)
    missing = [table for table in Table if table is not Table.EPISODES and not store.exists(place.key(table))]
    if not missing:
        return place
    gathered = gather_records(journal)
    with TemporaryDirectory(prefix="skill-arcade-seal-") as temporary:
        for table in missing:
            path = Path(temporary) / f"{table}.parquet"
            content = read_table_content(journal, table, gathered)
            write_table_file(path, table, content.schema, content.batches)
            store.put_if_absent(place.key(table), path)
            path.unlink()
    return place


def seal_row(
    journal: EpisodeJournal,
    store: BlobStore,
    verification: Verification = Verification.PENDING,
    verification_detail: str | None = None,
) -> SealedEpisode:
    """The second phase: the row of table `episodes`, which makes the episode a sealed one.

    Args:
        journal: the episode.
        store: where the files of the first phase are.
        verification: what replaying showed.
        verification_detail: why, where it is not VERIFIED. What is damaged in the journals is told behind it.

    Raises:
        RecordingError: the episode has not ended, or the first phase is not complete.
        StorageFull: the store has no room.
    """
    _check_ended(journal)
    place = find_place(journal)
    for table in Table:
        if table is not Table.EPISODES and not store.exists(place.key(table)):
            raise RecordingError(f"Episode {journal.episode_id} has no table {table} yet: seal the tables first.")
    row = build_episode_row(journal, verification, add_damage(verification_detail, tell_damage(journal)))
    with TemporaryDirectory(prefix="skill-arcade-seal-") as temporary:
        path = Path(temporary) / "episodes.parquet"
        batches = make_batches([encode_episode_row(row, EPISODES_FILE)], EPISODES_FILE, 1)
        write_table_file(path, Table.EPISODES, EPISODES_FILE, batches)
        store.put_if_absent(place.key(Table.EPISODES), path)
    return SealedEpisode(journal.episode_id, place, row)


def _check_ended(journal: EpisodeJournal) -> None:
    if journal.end is None:
        raise RecordingError(f"Episode {journal.episode_id} has not ended.")
    # Only the newest epoch: what an old writer may still append is set aside anyway (REC-30).
    if is_locked(journal_path(journal.folder, journal.adopted[-1].epoch)):
        raise RecordingError(f"A journal of episode {journal.episode_id} is still being written.")


def find_place(journal: EpisodeJournal) -> SealedPlace:
    """Where the sealed files of an episode are, or are to be.

    Raises:
        RecordingError: its provenance does not say when it started.
    """
    row = build_episode_row(journal, Verification.PENDING, None)
    return SealedPlace(row["game_id"], row["date"], journal.episode_id)
