"""Where an episode's facts come from: one face for sealed files and for journals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from skill_arcade.archive.layout import SealedPlace, Table
from skill_arcade.domain.picture import Picture


class Frame(NamedTuple):
    """What there was to see after so many steps.

    Attributes:
        step: the picture's number, 0 … n.
        picture: uint8, of the format's shape; not to be written to.
        observation: the bytes of what an agent would have seen (REC-22); None where that is the picture.
    """

    step: int
    picture: Picture
    observation: bytes | None


class EpisodeSource(Protocol):
    """Gives the facts of one episode; raises RecordingError where they cannot be read, with the episode's id."""

    def read_row(self) -> Mapping[str, Any]:
        """The row of table `episodes`; JSON columns as JSON values."""
        ...

    def read_table(self, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
        """A table of the episode, of all its columns or of these; not FRAMES, which can be large, and not EPISODES."""
        ...

    def iterate_frames(self, start: int, stop: int) -> Iterator[Frame]:
        """Frames `start` … `stop` - 1."""
        ...

    def copy_to(self, folder: Path) -> LocalEpisode:
        """The same episode in files of this machine; fetched into `folder` if they are elsewhere."""
        ...


@dataclass(frozen=True, slots=True)
class LocalEpisode:
    """An episode in files of this machine, by names that can be told to another process.

    Attributes:
        journal: the folder of its journals, where it is read from there.
        root: the data folder of its sealed files, where it is read from those.
        place: the partition of the sealed files, with `root` only.
        row: the row of table `episodes`, with `root` only, while that file is not written yet.
    """

    journal: Path | None = None
    root: Path | None = None
    place: SealedPlace | None = None
    row: Mapping[str, Any] | None = None
