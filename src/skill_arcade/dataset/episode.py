"""One recorded episode, sealed or not: its facts, its steps, its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skill_arcade.archive.layout import Table
from skill_arcade.dataset.episode_info import EpisodeInfo, make_episode_info
from skill_arcade.dataset.journal_source import JournalSource
from skill_arcade.dataset.source import EpisodeSource, Frame
from skill_arcade.domain.observation import Observation
from skill_arcade.domain.picture import Picture
from skill_arcade.recorder.unreadable import naming_unreadable


class Episode:
    """One episode. Nothing is read before it is asked for; RecordingError is raised where it cannot be read."""

    def __init__(self, episode_id: UUID, source: EpisodeSource) -> None:
        self.id = episode_id
        self.source = source

    @property
    def is_sealed(self) -> bool:
        """Whether this is read from sealed files, which never change."""
        return not isinstance(self.source, JournalSource)

    @cached_property
    def info(self) -> EpisodeInfo:
        """What the episode is."""
        row = self.source.read_row()
        with naming_unreadable(f"Episode {self.id}"):
            return make_episode_info(row)

    @property
    def n_steps(self) -> int:
        """Steps; there is one picture more."""
        return self.info.n_steps

    def steps(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Table `steps` (REC-44): one row a step; all columns, or these, in this order."""
        return self.source.read_table(Table.STEPS, columns)

    def step_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Table `steps`, a numpy array a column; numbers with nulls among them are float64 with NaN."""
        table = self.steps()
        return {name: table.column(name).to_numpy() for name in table.column_names}

    def events(self) -> pa.Table:
        """Table `events` (REC-45): raw inputs, and what the server did to the game's time."""
        return self.source.read_table(Table.EVENTS)

    def segments(self) -> pa.Table:
        """Table `segments` (REC-42): stretches on one server boot and one page load."""
        return self.source.read_table(Table.SEGMENTS)

    def clock_samples(self) -> pa.Table:
        """Table `clock_samples` (REC-43)."""
        return self.source.read_table(Table.CLOCK_SAMPLES)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Picture]]:
        """Numbers and pictures `start` … `stop` - 1 (None: to the last one); not to be written to."""
        return ((frame.step, frame.picture) for frame in self._iterate(start, stop))

    def observations(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Observation]]:
        """Numbers and observations: what an agent would have seen; see `observation`."""
        return ((frame.step, self._observation_of(frame)) for frame in self._iterate(start, stop))

    def picture(self, step: int) -> Picture:
        """Picture `step`: uint8, of `info.picture_format.shape`.

        Raises:
            IndexError: there is no such picture.
        """
        return self._frame(step).picture

    def observation(self, step: int) -> Observation:
        """The observation after `step` steps.

        Returns:
            An array of the environment's own dtype and shape; in RGB where the observation is the picture. Where it
            has parts (REC-22): a dict of them by name, each an array, or the value of the JSON.

        Raises:
            IndexError: there is no such observation.
        """
        return self._observation_of(self._frame(step))

    def _iterate(self, start: int, stop: int | None) -> Iterator[Frame]:
        return self.source.iterate_frames(max(0, start), self.n_steps + 1 if stop is None else stop)

    def _frame(self, step: int) -> Frame:
        if step >= 0:
            for frame in self.source.iterate_frames(step, step + 1):
                return frame
        raise IndexError(f"episode {self.id} has no picture {step}: it has 0 to {self.n_steps}")

    def _observation_of(self, frame: Frame) -> Observation:
        if frame.observation is not None:
            return self.info.observation_kind.parse(frame.observation)
        return np.asarray(self.info.picture_format.to_rgb(frame.picture))
