"""All recorded episodes of a data folder or of an object store."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pyarrow as pa

from skill_arcade.archive.address import is_address
from skill_arcade.archive.layout import SealedPlace, Table, journals_folder, parse_table_key, table_prefix
from skill_arcade.archive.local import LocalStore
from skill_arcade.archive.opening import open_store
from skill_arcade.archive.store import BlobStore
from skill_arcade.dataset.episode import Episode
from skill_arcade.dataset.journal_source import JournalSource
from skill_arcade.dataset.sealed_source import SealedSource
from skill_arcade.domain.errors import EpisodeNotFound, RecordingError
from skill_arcade.recorder.lost_epochs import find_lost_epochs
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.table_file import make_batches
from skill_arcade.recorder.table_rows import encode_episode_row
from skill_arcade.recorder.tables import EPISODES
from skill_arcade.recorder.unreadable import naming_unreadable

TellUnreadable = Callable[[str, RecordingError], object]
"""Is told the id of an episode, and why it cannot be read."""


def _warn(episode_id: str, error: RecordingError) -> None:
    # Whoever iterates is meant: over `Dataset.episodes`, which goes on with `_unsealed`.
    warnings.warn(f"Episode {episode_id} cannot be read: {error}", stacklevel=4)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Sealed episodes of a store, and those that are still in journals.

    Attributes:
        store: where sealed episodes are.
        journals: the folder with the folders of journals; None if there are none to be read.
    """

    store: BlobStore
    journals: Path | None

    def episodes(self, tell_unreadable: TellUnreadable = _warn) -> Iterator[Episode]:
        """Every episode: sealed ones by game, date and id, then those that are only in journals.

        Args:
            tell_unreadable: is told of each episode whose journals cannot be read, which is left away; by default
                there is a UserWarning.
        """
        # Before the sealed ones: what is sealed from here on, and loses its journals, is looked for once more.
        folders = sorted(self.journals.iterdir()) if self.journals is not None and self.journals.is_dir() else []
        sealed: set[UUID] = set()
        for key in self.store.list(table_prefix(Table.EPISODES)):
            place = parse_table_key(key)[1]
            sealed.add(place.episode_id)
            yield Episode(place.episode_id, SealedSource(self.store, place))
        yield from self._unsealed(folders, sealed, tell_unreadable)

    def episodes_table(self) -> pa.Table:
        """Table `episodes` (REC-41) with a row for every episode."""
        rows = (encode_episode_row(episode.info.row, EPISODES) for episode in self.episodes())
        return pa.Table.from_batches(make_batches(rows, EPISODES, 1024), EPISODES)

    def episode(self, episode_id: UUID | str, place: SealedPlace | None = None) -> Episode:
        """One episode, from its sealed files if it is sealed.

        Args:
            episode_id: which.
            place: where its sealed files would be, if that is known; it saves looking through the store.

        Raises:
            EpisodeNotFound: no recording has this id.
            RecordingError: its journals cannot be read.
        """
        try:
            wanted = UUID(str(episode_id))
        except ValueError:
            raise EpisodeNotFound(str(episode_id)) from None
        found = place if place is not None and self._is_sealed(place) else self._find(wanted)
        if found is not None:
            return Episode(wanted, SealedSource(self.store, found))
        if self.journals is None:
            raise EpisodeNotFound(str(wanted))
        return self._open_unsealed(self.journals / str(wanted))

    def _is_sealed(self, place: SealedPlace) -> bool:
        return self.store.exists(place.key(Table.EPISODES))

    def _find(self, episode_id: UUID | str) -> SealedPlace | None:
        ending = f"/{episode_id}.parquet"
        keys = self.store.list(table_prefix(Table.EPISODES))
        return next((parse_table_key(key)[1] for key in keys if key.endswith(ending)), None)

    def _unsealed(
        self, folders: Iterable[Path], sealed: set[UUID], tell_unreadable: TellUnreadable
    ) -> Iterator[Episode]:
        names = {str(each) for each in sealed}
        for folder in folders:
            if folder.name in names:
                continue
            try:
                episode = self._open_unsealed(folder)
            except EpisodeNotFound:
                lost = "; ".join(damage.text for damage in find_lost_epochs(folder))
                if lost:  # else it has begun this moment: its first record is not whole yet
                    tell_unreadable(folder.name, RecordingError(f"No journal of it can be read any more ({lost})."))
                continue
            except RecordingError as error:
                # The others are sound, and whoever lists thousands is told of the one that is not.
                tell_unreadable(folder.name, error)
                continue
            yield episode

    def _open_unsealed(self, folder: Path) -> Episode:
        """An episode that was not sealed when that was looked at; if its journals have gone since, it is now."""
        try:
            return open_journal_episode(folder)
        except RecordingError:
            place = None if folder.is_dir() else self._find(folder.name)
            if place is None:
                raise
        return Episode(place.episode_id, SealedSource(self.store, place))


def open_dataset(source: Path | str | BlobStore, journals: Path | None = None) -> Dataset:
    """Open the recordings of a data folder, or of an object store.

    Args:
        source: the data folder (which holds `archive/` and `journal/`); or the address of a store
            (`gs://bucket/prefix`, `s3://bucket/prefix`, `file:///folder`), in which there are sealed episodes only; or
            a store.
        journals: a folder of journals to read beside a store.

    Raises:
        DataFolderError: the address is wrong, or the client for it is not installed.
    """
    if isinstance(source, str) and is_address(source):
        return Dataset(open_store(source, Path()), journals)
    if isinstance(source, Path | str):
        root = Path(source)
        return Dataset(LocalStore(root), journals or journals_folder(root))
    return Dataset(source, journals)


def open_journal_episode(folder: Path) -> Episode:
    """The episode whose journals are in this folder, as it stands now.

    Raises:
        EpisodeNotFound: no journal here has a complete OPEN.
        RecordingError: an epoch that is needed is missing, or the journal cannot be read.
    """
    with naming_unreadable(f"The journal of episode {folder.name}"):
        journal = read_episode_journal(folder)
    return Episode(journal.episode_id, JournalSource(journal))
