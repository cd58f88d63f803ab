"""What a server stands on, as far as a look from one of its processes tells: its disk, its database, its store."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skill_arcade import __version__
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.metrics.reach import Reach

_BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """As of one moment.

    Attributes:
        build: "version" of the program and "machine", the server's id.
        is_database_up: it answers.
        is_store_up: it answers.
        disk_free_bytes: of the data folder's disk.
        disk_size_bytes: the same.
        disk_reserve_bytes: with less free than that no new game begins.
        folder_bytes: of what waits in the data folder, by the folder's name.
    """

    build: Mapping[str, str]
    is_database_up: bool
    is_store_up: bool
    disk_free_bytes: int
    disk_size_bytes: int
    disk_reserve_bytes: int
    folder_bytes: Mapping[str, int]


class SurroundingsLook:
    """Looks around, each time anew."""

    def __init__(
        self,
        folder: DataFolder,
        *,
        min_free_mb: int,
        ask_database: Callable[[], object],
        ask_store: Callable[[], object],
    ) -> None:
        """Look at nothing yet.

        Args:
            folder: the data folder; its machine id is read once.
            min_free_mb: the setting.
            ask_database: a small question; raises SkillArcadeError or OSError where it does not answer.
            ask_store: the same.

        Raises:
            DataFolderError: the data folder has no machine id.
        """
        self._folder = folder
        self._build = {"version": __version__, "machine": str(folder.read_machine_id())}
        self._reserve_bytes = min_free_mb * _BYTES_PER_MB
        self._database = Reach(ask_database)
        self._store = Reach(ask_store)

    def look(self) -> Surroundings:
        """How it stands; two seconds later at the most."""
        disk = shutil.disk_usage(self._folder.root)
        folders = (self._folder.journals, self._folder.staging, self._folder.set_aside)
        return Surroundings(
            build=self._build,
            is_database_up=self._database.look(),
            is_store_up=self._store.look(),
            disk_free_bytes=disk.free,
            disk_size_bytes=disk.total,
            disk_reserve_bytes=self._reserve_bytes,
            folder_bytes={folder.name: measure_folder_bytes(folder) for folder in folders},
        )


def measure_folder_bytes(folder: Path) -> int:
    """The bytes of all files below a folder; 0 where there is none. What others take away meanwhile is not counted."""
    n_bytes = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                n_bytes += (Path(parent) / name).stat().st_size
            except FileNotFoundError:
                continue
    return n_bytes
