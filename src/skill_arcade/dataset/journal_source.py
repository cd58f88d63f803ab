"""An episode read from its journals: one that runs still, or is not sealed yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from skill_arcade.archive.layout import Table
from skill_arcade.dataset.source import Frame, LocalEpisode
from skill_arcade.domain.episode import Verification
from skill_arcade.recorder.damage_told import tell_damage
from skill_arcade.recorder.episode_journal import EpisodeJournal
from skill_arcade.recorder.episode_row import build_episode_row
from skill_arcade.recorder.gathering import gather_records
from skill_arcade.recorder.table_content import read_table_content
from skill_arcade.recorder.unreadable import naming_unreadable


@dataclass(frozen=True, slots=True)
class JournalSource:
    """The episode as it stood when the journals were looked at; for news, open it again."""

    journal: EpisodeJournal

    def read_row(self) -> Mapping[str, Any]:
        """See EpisodeSource."""
        with self._reading():
            return build_episode_row(self.journal, Verification.PENDING, tell_damage(self.journal))

    def read_table(self, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
        """See EpisodeSource."""
        with self._reading():
            content = read_table_content(self.journal, table, gather_records(self.journal))
            whole = pa.Table.from_batches(content.batches, content.schema)
        return whole if columns is None else whole.select(columns)

    def iterate_frames(self, start: int, stop: int) -> Iterator[Frame]:
        """See EpisodeSource. Every picture is a change to the one before: the way to a late one is long."""
        with self._reading():
            observations = None if self.journal.observation_kind.is_picture else self.journal.observation_bytes
            for number, picture in self.journal.pictures:
                if number >= stop:
                    return
                observation = None if observations is None else next(observations)[1]
                if number >= start:
                    yield Frame(number, picture.copy(), observation)

    def copy_to(self, folder: Path) -> LocalEpisode:
        """See EpisodeSource. Journals are files of this machine: nothing goes into the folder."""
        return LocalEpisode(journal=self.journal.folder)

    def _reading(self) -> AbstractContextManager[None]:
        return naming_unreadable(f"The journal of episode {self.journal.episode_id}")
